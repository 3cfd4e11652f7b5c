import pytest

from nodes.boundary import Input
from nodes.code import PythonCode, class_name_of, fingerprint, found_settings, trials
from nodes.graph.files import read, write
from nodes.graph.infer import infer
from nodes.graph.model import Network
from nodes.spec.settings import SettingError
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from tests.nodes.drawing import chain

SWISH = "class Swish(nn.Module):\n    def forward(self, x: Tensor) -> Tensor:\n        return x * torch.sigmoid(x)\n"


def answer(size, values="real", weights=None, multiply_adds=0):
    return {
        "size": size,
        "values": values,
        "weights": weights or {},
        "buffers": {},
        "multiply_adds": multiply_adds,
    }


def found(inputs, *answers, code=SWISH):
    return PythonCode(code, **found_settings(code, inputs, answers))


def test_a_shape_is_known_once_it_was_found():
    image = Shape(3, 8, 8)
    with pytest.raises(ShapeError, match=r"not known yet for an image \(3 × 8 × 8\)\. Press Find shape"):
        PythonCode(SWISH).shape(image)
    settings = found((image,), answer([3, 8, 8], weights={"fc.weight": [4, 3]}, multiply_adds=12))
    assert settings.shape(image) == image
    assert settings.weights(image) == {"fc.weight": (4, 3)}
    assert settings.multiply_adds(image) == 12


def test_other_inputs_or_other_code_ask_for_it_anew():
    settings = found((Shape(4),), answer([2]))
    assert settings.shape(Shape(4)) == Shape(2)
    for changed, inputs in (
        (settings, (Shape(5),)),
        (settings, (Shape(4), Shape(4))),
        (settings.replaced(code=SWISH + "\n"), (Shape(4),)),
    ):
        with pytest.raises(ShapeError, match="Press Find shape") as refused:
            changed.shape(*inputs)
        assert refused.value.kind == "code"


def test_a_size_that_goes_with_an_unknown_one_gets_its_name():
    words = (Shape("L", 8),)
    assert trials(words) == ((Shape(32, 8),), (Shape(45, 8),))
    settings = found(words, answer([32, 16]), answer([45, 16]))
    assert settings.shape(*words) == Shape("L", 16)


def test_a_size_may_follow_one_that_has_no_name_of_its_own():
    pooled = (Shape(3, as_size("H") // 2, 5),)
    settings = found(pooled, answer([1, 16, 5]), answer([1, 22, 5]))
    assert settings.output_size == (1, "x1_2", 5)
    assert settings.shape(*pooled) == (1, as_size("H") // 2, 5)


def test_a_size_that_is_none_of_the_inputs_is_refused_with_its_numbers():
    with pytest.raises(ShapeError, match=r"was 30 in one trial, then 43.*Set L in the input to a number"):
        found_settings(SWISH, (Shape("L", 8),), [answer([30, 8]), answer([43, 8])])


def test_indices_have_no_channels():
    assert found((Shape(3, 8, 8),), answer([8, 8], values="index")).shape(Shape(3, 8, 8)).axes == "HW"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("class A(nn.Module):\n  def forward(self)\n    pass", "Line 2 is no valid Python"),
        ("", "holds no classes"),
        (SWISH + SWISH, "holds 2 classes"),
        (SWISH + "print(1)\n", "Line 4 stands outside the class"),
        ("from __future__ import annotations\n" + SWISH, "Line 1 stands outside"),
        ("class A:\n  def forward(self, x): return x", "A is not derived from nn.Module. Write class A"),
        ("class A(nn.Module):\n  pass", "A has no forward"),
        ("class nn(nn.Module):\n  def forward(self, x): return x", "“nn” means something else"),
        ("x = '\0'", "no valid Python|cannot be read"),
        ("(" * 15_000, "no valid Python|cannot be read"),
    ],
)
def test_code_that_is_no_layer_is_told_in_a_sentence(code, sentence):
    with pytest.raises(ShapeError, match=sentence) as refused:
        PythonCode(code).shape(Shape(4))
    assert refused.value.parameter == "code"
    assert PythonCode(code).summary() == "does not read as a class"


def test_imports_may_stand_above_the_class():
    assert class_name_of("import itertools\n" + SWISH) == "Swish"


@pytest.mark.parametrize(
    "numbers", ["{", "[]", '{"weights":{}}', '{"weights":{"a":[-1]},"buffers":{},"multiply_adds":0}']
)
def test_damaged_numbers_are_refused(numbers):
    with pytest.raises(SettingError, match="found_numbers is damaged"):
        PythonCode(found_numbers=numbers)


def test_axes_need_a_letter_each():
    with pytest.raises(SettingError, match="one letter"):
        PythonCode(output_size=(3, 4), output_axes="C")


def test_a_network_with_code_survives_its_file():
    settings = found((Shape(1, 28, 28),), answer([1, 28, 28], weights={"w": [3]}))
    graph = chain(image=Input(), own=settings)
    opened = read(write(Network(graph)))
    assert opened.faults == ()
    assert opened.network.graph == graph
    assert infer(opened.network.graph).facts["own"].weight_count == 3


def test_fingerprints_tell_kinds_apart():
    assert fingerprint(SWISH, (Shape(4),)) != fingerprint(SWISH, (Shape(4, axes="L"),))
