"""The example networks against published figures."""

import pytest

from nodes.graph.check import problems
from nodes.graph.files import read
from nodes.graph.infer import Inference, infer
from nodes.spec.sizes import as_size
from runtime.data.choice import DataChoice
from runtime.recipe import Recipe
from tests.networks.drawings import FOLDER, index
from tests.networks.drawn import DRAWINGS
from tests.networks.drawn.basics import digits, lenet5, mlp
from tests.networks.drawn.recurrent import char_lstm

each_drawing = pytest.mark.parametrize("name", DRAWINGS)


def inferred(name: str) -> Inference:
    return infer(DRAWINGS[name]().graph)


@each_drawing
def test_the_file_holds_the_drawing(name: str) -> None:
    """Run ``python -m tests.networks.drawings`` after changing one."""
    opened = read((FOLDER / f"{name}.netw").read_bytes())
    assert not opened.faults
    assert opened.network == DRAWINGS[name]()


def test_there_is_a_drawing_for_every_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.netw")} == set(DRAWINGS)


def test_the_index_lists_every_drawing() -> None:
    assert (FOLDER / "index.json").read_bytes() == index()


@each_drawing
def test_the_network_is_without_problems(name: str) -> None:
    assert [p for p in problems(DRAWINGS[name]().graph, inferred(name)) if p.severity != "remark"] == []


@each_drawing
def test_data_and_recipe_are_understood(name: str) -> None:
    network = DRAWINGS[name]()
    assert Recipe.read(network.recipe).written().items() >= dict(network.recipe).items()
    assert DataChoice.read(network.data).written().items() >= dict(network.data).items()


def test_lenet5_has_61_706_weights() -> None:
    assert infer(lenet5().graph).totals.weights == 61_706


def test_resnet50_has_the_weights_and_multiply_adds_of_torchvision() -> None:
    totals = inferred("resnet50").totals
    assert totals.weights == 25_557_032
    assert totals.multiply_adds == 4_089_184_256


def test_resnet50_ends_in_2048_maps_of_7x7() -> None:
    facts = inferred("resnet50").facts
    assert facts["rest4"].outputs["result"] == (2048, 7, 7)


def test_digits_counts() -> None:
    weights = {name: facts.weight_count for name, facts in infer(digits().graph).facts.items() if facts.weights}
    assert weights == {"conv1": 160, "bn1": 32, "conv2": 4_640, "bn2": 64, "fc1": 5_130}


def test_a_character_model_works_for_any_length() -> None:
    facts = infer(char_lstm().graph).facts
    assert facts["next_char"].outputs["output"] == (as_size("L"), 65)
    assert facts["lstm"].weight_count == 4 * 256 * (64 + 256 + 2) + 4 * 256 * (256 + 256 + 2)


def test_the_perceptron_has_2_410_weights() -> None:
    assert infer(mlp().graph).totals.weights == 65 * 32 + 33 * 10
