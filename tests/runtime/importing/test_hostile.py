"""Files made to do harm, or damaged: a sentence, soon, in little memory, and nothing of them is run."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from nodes.graph.files import NetworkFileError
from runtime.exchange.importing.onnx_reading import MOST_NUMBERS
from runtime.exchange.importing.sources import import_onnx, import_source
from runtime.faults import MENDABLE, RefusalError
from runtime.runs import TrainingError
from runtime.transfer.read import read_weights
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
        import_source(f"{code}:Net", size=(3,))
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


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_mutated_files_give_a_network_or_a_sentence(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The long form is ``python -m tests.benchmarks fuzz``."""
    changed = mutated(
        SMALL, data.draw(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=8))
    )
    file = tmp_path_factory.getbasetemp() / "mutated.onnx"
    file.write_bytes(changed)
    with suppress(RefusalError, NetworkFileError, *MENDABLE):  # any other exception is a fault of ours
        import_onnx(file)


def mutated(whole: bytes, changes: list[tuple[int, int]]) -> bytes:
    """The bytes with some of them replaced."""
    found = bytearray(whole)
    for place, value in changes:
        found[place] = value
    return bytes(found)


def _field(number: int, body: bytes) -> bytes:
    """A message within a message, as protobuf writes it."""
    size, count = b"", len(body)
    while count > 127:
        size += bytes([count & 127 | 128])
        count >>= 7
    return bytes([number << 3 | 2]) + size + bytes([count]) + body
