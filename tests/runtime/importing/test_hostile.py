"""Files made to do harm, or damaged: a sentence, soon, in little memory, and nothing of them is run."""

from __future__ import annotations

import base64
import pickle
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from nodes.spec.shapes import Shape
from runtime.exchange.importing import onnx_graph, onnx_trial
from runtime.exchange.importing.onnx_claims import MOST_NUMBERS
from runtime.exchange.importing.sources import import_onnx, import_source
from runtime.faults import MENDABLE, RefusalError
from runtime.layers.opaque import OnnxPart
from runtime.runs import TrainingError
from runtime.transfer.read import read_weights
from tests.runtime.importing.fuzzing import CORPUS, fault, mutated, seeds
from tests.runtime.importing.models import CONVERTED, model_of

SMALL = (CONVERTED / "test_Conv2d" / "model.onnx").read_bytes()


def linear() -> onnx.ModelProto:
    gemm = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)
    return model_of([gemm], ["N", 4], {"w": np.ones((3, 4), np.float32)})


def refusal(tmp_path: Path, data: bytes | onnx.ModelProto) -> str:
    file = tmp_path / "evil.onnx"
    file.write_bytes(data if isinstance(data, bytes) else data.SerializeToString())
    with pytest.raises(RefusalError) as caught:
        import_onnx(file)
    return str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n" + bytes(200), SMALL[: len(SMALL) // 2], b"{}" * 500])
def test_what_is_no_whole_onnx_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "evil.onnx" in refusal(tmp_path, data)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    body = b""
    for _ in range(3000):  # graphs in attributes of nodes of graphs
        body = _field(1, _field(5, _field(6, body)))
    assert "no ONNX file" in refusal(tmp_path, _field(7, body))


def test_numbers_that_are_claimed_but_not_there_are_refused(tmp_path: Path) -> None:
    model = linear()
    model.graph.initializer[0].dims[:] = [2**30, 2]
    assert "claims 2,147,483,648 numbers" in refusal(tmp_path, model)
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend([-4, 3])
    assert "impossible sizes" in refusal(tmp_path, model)
    assert MOST_NUMBERS <= 2**31


def test_a_constant_of_two_gigabytes_made_of_a_few_bytes_is_refused(tmp_path: Path) -> None:
    fill = helper.make_node("ConstantOfShape", ["s"], ["w"])
    add = helper.make_node("Add", ["x", "w"], ["y"])
    model = model_of([fill, add], ["N", 4], {"s": np.array([2**20, 2**20], np.int64)})
    assert "constant" in refusal(tmp_path, model).lower()


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    data = linear().SerializeToString().replace(b"Gemm", b"G\xffmm")
    assert "damaged" in refusal(tmp_path, data)


def test_nodes_in_a_circle_are_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    assert "circle" in refusal(tmp_path, model_of(nodes, ["N", 4], output="b"))


def test_attributes_of_the_wrong_kind_are_refused(tmp_path: Path) -> None:
    conv = helper.make_node("Conv", ["x", "w"], ["y"], strides="two", pads=1.5)
    model = model_of([conv], ["N", 1, 8, 8], {"w": np.ones((1, 1, 3, 3), np.float32)})
    assert "onnxruntime refuses it" in refusal(tmp_path, model)


@pytest.mark.parametrize("where", ["../secret.bin", "/etc/passwd", "..\\secret.bin", "link.bin", "absent.bin", ""])
def test_weights_outside_the_folder_are_not_read(tmp_path: Path, where: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(48))
    (inner / "link.bin").symlink_to(tmp_path / "secret.bin")
    model = linear()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.append(onnx.StringStringEntryProto(key="location", value=where))
    assert "evil.onnx" in refusal(inner, model)


def test_weights_beside_the_file_are_read_within_their_file(tmp_path: Path) -> None:
    model = linear()
    tensor = model.graph.initializer[0]
    (tmp_path / "w.bin").write_bytes(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.append(onnx.StringStringEntryProto(key="location", value="w.bin"))
    (tmp_path / "good.onnx").write_bytes(model.SerializeToString())
    [weights] = import_onnx(tmp_path / "good.onnx").weights.values()
    assert torch.equal(weights, torch.ones(3, 4))
    tensor.external_data.append(onnx.StringStringEntryProto(key="offset", value="40"))
    assert "which has 48" in refusal(tmp_path, model)


def outside(name: str, where: str, sizes: tuple[int, ...] = (3, 4)) -> TensorProto:
    """A tensor whose numbers lie in another file."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=sizes, data_location=TensorProto.EXTERNAL)
    tensor.external_data.append(onnx.StringStringEntryProto(key="location", value=where))
    return tensor


def branches(tensor: TensorProto) -> onnx.NodeProto:
    """An If whose branches hold a tensor."""
    inner = helper.make_graph(
        [helper.make_node("Identity", ["inner"], ["z"])], "branch", [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)], [tensor],
    )  # fmt: skip
    return helper.make_node("If", ["yes"], ["c"], then_branch=inner, else_branch=inner)


@pytest.mark.parametrize("where", ["secret.bin", "../secret.bin", "/etc/passwd", "x" * 5000])
@pytest.mark.parametrize("place", ["constant", "branch", "function"])
def test_only_weights_may_lie_in_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, place: str
) -> None:
    """A constant in a step would be looked for in the folder that the program was started in."""
    (tmp_path / "secret.bin").write_bytes(bytes(48))
    monkeypatch.chdir(tmp_path)
    tensor = outside("inner", where)
    constant = helper.make_node("Constant", [], ["c"], value=tensor)
    step = branches(tensor) if place == "branch" else constant
    nodes = [helper.make_node("Add", ["x", "c"], ["y"])]
    model = model_of(nodes if place == "function" else [step, *nodes], ["N", 4], {"yes": np.array(True)})
    if place == "function":
        model.functions.append(
            helper.make_function("mine", "f", [], ["c"], [constant], [helper.make_opsetid("", 17)])
        )
    assert "lies in another file" in refusal(tmp_path, model)


@pytest.mark.parametrize("where", ["x" * 5000, "x\0y"])
def test_names_of_files_that_no_file_can_have_are_refused(tmp_path: Path, where: str) -> None:
    model = linear()
    model.graph.initializer[0].CopyFrom(outside("w", where))
    assert "evil.onnx keeps" in refusal(tmp_path, model)


def test_a_part_in_a_drawing_reads_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.bin").write_bytes(np.ones(4, np.float32).tobytes())
    model = model_of([helper.make_node("Add", ["x", "w"], ["y"])], ["N", 4])
    model.graph.output[0].type.tensor_type.shape.dim.extend(model.graph.input[0].type.tensor_type.shape.dim)
    model.graph.initializer.append(outside("w", "secret.bin", (4,)))
    part = OnnxPart(base64.b64encode(zlib.compress(model.SerializeToString())).decode())
    with pytest.raises(Exception, match="External data path validation failed"):
        part(torch.zeros(1, 4))


def test_many_tensors_cannot_be_made_of_one_small_file(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(bytes(4 * 1000))
    model = linear()
    for number in range(3):
        tensor = outside(f"t{number}", "w.bin", (900 - number,))
        model.graph.initializer.append(tensor)
    assert "want more bytes of w.bin than it has" in refusal(tmp_path, model)


def test_what_a_file_makes_of_itself_is_bounded_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert onnx_graph.ALLOWANCE == 2**30
    monkeypatch.setattr(onnx_graph, "ALLOWANCE", 2**22)
    fills = [helper.make_node("ConstantOfShape", ["s"], [f"f{n}"]) for n in range(40)]
    joined = [helper.make_node("Concat", [f"f{n}", f"f{n}"], [f"g{n}"], axis=0) for n in range(40)]
    adds = [helper.make_node("Add", ["x" if n == 0 else f"y{n}", f"g{n}"], ["y" if n == 39 else f"y{n + 1}"])
            for n in range(40)]  # fmt: skip
    model = model_of([*fills, *joined, *adds], ["N", 4], {"s": np.array([2**13, 4], np.int64)})
    assert "would grow to more than" in refusal(tmp_path, model)


def test_many_indices_of_a_large_table_are_no_constant(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["i"], value=onnx.numpy_helper.from_array(np.zeros(1, np.int64))),
        helper.make_node("Gather", ["t", "i"], ["g"]),
        helper.make_node("Add", ["x", "g"], ["y"]),
    ]
    constants = {"s": np.array([2**20], np.int64), "t": np.zeros((2, 1024), np.float32)}
    assert refusal(tmp_path, model_of(nodes, ["N", 4], constants))


def test_a_part_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_trial, "SECONDS", 0.5)
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 4]) for name in ("v", "vo")]
    flags = [helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("c", "co")]
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["co"]), helper.make_node("Sin", ["v"], ["vo"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), flags[0], value[0]], [flags[1], value[1]],
    )  # fmt: skip
    loop = helper.make_node("Loop", ["n", "yes", "x"], ["y"], body=body)
    model = model_of([loop], ["N", 4], {"n": np.array(10**15, np.int64), "yes": np.array(True)})
    assert "It runs for more than 0.5 seconds" in refusal(tmp_path, model)


def test_a_part_that_wants_eight_gigabytes_is_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Sin", ["x"], ["s"]), helper.make_node("Tile", ["s", "n"], ["t"]),
             helper.make_node("Cos", ["t"], ["y"])]  # fmt: skip
    assert "refuses" in refusal(tmp_path, model_of(nodes, ["N", 1], {"n": np.array([1, 10**9], np.int64)}))


@pytest.mark.parametrize("where", ["x" * 300, "x\0y"])
def test_weights_of_a_name_that_no_file_can_have_are_refused(where: str) -> None:
    with pytest.raises(TrainingError, match=r"cannot be read|There is no"):
        read_weights(where)


def test_an_archive_of_weights_that_would_unpack_to_more_is_refused(tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(1000, 1000)}, tmp_path / "w.pt")
    with (
        zipfile.ZipFile(tmp_path / "w.pt") as whole,
        zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for info in whole.infolist():
            packed.writestr(info.filename, whole.read(info))
    with pytest.raises(TrainingError, match="unpacks to more"):
        read_weights(str(tmp_path / "packed.pt"))


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Evil:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
            return open, (str(marker), "w")

    file = tmp_path / "weights.pt"
    file.write_bytes(pickle.dumps(Evil(), protocol=2))
    with pytest.raises(TrainingError):
        read_weights(str(file))
    with pytest.raises(MENDABLE):
        import_source("torchvision:squeezenet1_1", str(file))
    assert not marker.exists()


def test_python_and_exported_programs_wait_for_consent(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    code = tmp_path / "mine.py"
    code.write_text(f"open({str(marker)!r}, 'w')\n")
    with pytest.raises(RefusalError, match="nobody has said to trust"):
        import_source(f"{code}:Net", inputs=[Shape(3)])
    program = tmp_path / "mine.pt2"
    program.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(RefusalError, match="can run code"):
        import_source(str(program))
    with pytest.raises(RefusalError, match="cannot be read"):
        import_source(str(program), trust=True)
    assert not marker.exists()


@pytest.mark.parametrize(
    "header", [b"\xff" * 8, (2**40).to_bytes(8, "little"), (100).to_bytes(8, "little") + b'{"w":{"dtype":"F32","sha'
               ], ids=["endless", "terabyte", "cut"]
)  # fmt: skip
def test_damaged_safetensors_are_refused(tmp_path: Path, header: bytes) -> None:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(header + bytes(40))
    with pytest.raises(TrainingError):
        read_weights(str(file))


@pytest.mark.parametrize("file", sorted(CORPUS.iterdir()), ids=lambda file: file.name)
def test_what_once_failed_is_told_in_a_sentence(file: Path) -> None:
    assert fault(file) is None


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors", ".pt", ".netwrun"])
@pytest.mark.filterwarnings("ignore")  # what the readers of damaged pickles say
def test_mutated_files_are_read_or_refused(suffix: str, sound: dict[str, list[bytes]], tmp_path: Path) -> None:
    """The long form is ``python -m tests.benchmarks fuzz``."""
    chance, file = random.Random(3), tmp_path / f"mutated{suffix}"
    for _ in range(25):
        file.write_bytes(mutated(chance.choice(sound[suffix]), chance))
        assert fault(file) is None


@pytest.fixture(scope="module")
def sound() -> dict[str, list[bytes]]:
    return seeds()


def _field(number: int, body: bytes) -> bytes:
    """A message within a message, as protobuf writes it."""
    size, count = b"", len(body)
    while count > 127:
        size += bytes([count & 127 | 128])
        count >>= 7
    return bytes([number << 3 | 2]) + size + bytes([count]) + body
