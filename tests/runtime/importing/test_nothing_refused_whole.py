"""Files with steps that no node says come in all the same: those steps run by onnxruntime, as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from runtime.commands import run
from runtime.exchange.importing.imported import Imported, write
from runtime.exchange.importing.sources import import_onnx
from runtime.exchange.onnx import speed
from runtime.faults import RefusalError
from tests.runtime.importing.models import model_of, outputs_of

NETWORKS = Path(__file__).parents[3] / "resources" / "networks"
ONE = helper.make_tensor_value_info


def import_of(model: onnx.ModelProto, folder: Path, size: tuple[int, ...] = ()) -> Imported:
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    return import_onnx(folder / "m.onnx", size)


def require_same(
    model: onnx.ModelProto, found: Imported, *values: torch.Tensor, types: tuple[str, ...] = (), close: float = 1e-6
) -> None:
    """What was imported gives what onnxruntime gives for the file."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    arrays = [value.numpy() for value in values]
    kinds = types or tuple(str(array.dtype) for array in arrays)
    names = [one.name for one in session.get_inputs()]
    given = {name: array.astype(kind) for name, array, kind in zip(names, arrays, kinds, strict=True)}
    for ours, theirs in zip(outputs_of(found, *values), session.run(None, given), strict=False):
        wanted = torch.from_numpy(np.asarray(theirs).astype(np.float64))
        torch.testing.assert_close(ours.double(), wanted, atol=close, rtol=close)


def test_a_part_takes_any_size_that_the_file_leaves_open(tmp_path: Path) -> None:
    nodes = [helper.make_node("Sin", ["x"], ["s"]), helper.make_node("Relu", ["s"], ["y"])]
    model = model_of(nodes, ["N", "L", 4])
    found = import_of(model, tmp_path)
    assert found.report["opaque"] == ["Sin"]
    for length in (1, 5, 9):
        require_same(model, found, torch.randn(2, length, 4))


def test_branches_may_read_values_from_around_them(tmp_path: Path) -> None:
    def branch(operator: str) -> onnx.GraphProto:
        step = helper.make_node(operator, ["a"], ["z"])
        return helper.make_graph([step], operator, [], [ONE("z", TensorProto.FLOAT, None)])

    nodes = [
        helper.make_node("Abs", ["x"], ["a"]),
        helper.make_node("If", ["yes"], ["y"], then_branch=branch("Sqrt"), else_branch=branch("Neg")),
    ]
    model = model_of(nodes, ["N", 4], {"yes": np.array(True)})
    require_same(model, import_of(model, tmp_path), torch.randn(3, 4))


def test_functions_of_a_file_become_nodes(tmp_path: Path) -> None:
    body = [helper.make_node("MatMul", ["a", "b"], ["c"]), helper.make_node("Relu", ["c"], ["d"])]
    opset = helper.make_opsetid("", 17)
    model = model_of([helper.make_node("Dense", ["x", "w"], ["y"], domain="mine")], ["N", 4],
                     {"w": np.random.default_rng(0).standard_normal((4, 3), dtype=np.float32)})  # fmt: skip
    model.functions.append(helper.make_function("mine", "Dense", ["a", "b"], ["d"], body, [opset]))
    model.opset_import.append(helper.make_opsetid("mine", 1))
    found = import_of(model, tmp_path)
    assert found.report["opaque"] == []
    assert {row["to"] for row in found.report["became"]} == {"Linear", "ReLU"}
    require_same(model, found, torch.randn(2, 4))


def test_functions_that_call_each_other_are_refused(tmp_path: Path) -> None:
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)]
    model = model_of([helper.make_node("F", ["x"], ["y"], domain="mine")], ["N", 4])
    for name, other in (("F", "G"), ("G", "F")):
        body = [helper.make_node(other, ["a"], ["b"], domain="mine")]
        model.functions.append(helper.make_function("mine", name, ["a"], ["b"], body, opset))
    model.opset_import.append(opset[1])
    with pytest.raises(RefusalError, match="without end"):
        import_of(model, tmp_path)


def test_bytes_go_in_as_real_numbers(tmp_path: Path) -> None:
    nodes = [helper.make_node("Cast", ["x"], ["f"], to=1), helper.make_node("Relu", ["f"], ["y"])]
    model = model_of(nodes, ["N", 4])
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    found = import_of(model, tmp_path)
    assert "is uint8 in the file" in " ".join(found.report["notes"])
    require_same(model, found, torch.randint(0, 255, (3, 4)).float(), types=("uint8",))


def test_a_mask_goes_in_and_comes_out_as_numbers(tmp_path: Path) -> None:
    model = model_of([helper.make_node("Not", ["x"], ["y"])], ["N", 4])
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.BOOL
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.BOOL
    found = import_of(model, tmp_path)
    assert list(found.network.graph.nodes)[-1] == "y"
    require_same(model, found, torch.tensor([[0.0, 1, 1, 0]]), types=("bool",))


def test_a_value_of_seven_axes_stays_within_a_part(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Reshape", ["x", "seven"], ["a"]),
        helper.make_node("Transpose", ["a"], ["b"], perm=[0, 6, 5, 4, 3, 2, 1]),
        helper.make_node("Reshape", ["b", "flat"], ["y"]),
    ]
    sizes = {"seven": np.array([-1, 2, 1, 2, 1, 2, 2], np.int64), "flat": np.array([-1, 16], np.int64)}
    model = model_of(nodes, ["N", 16], sizes)
    require_same(model, import_of(model, tmp_path), torch.randn(3, 16))


def test_sizes_that_are_open_or_missing_are_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = model_of([helper.make_node("Relu", ["x"], ["y"])], ["N", 3, "H", "W"])
    assert import_of(model, tmp_path, (3, 8, 9)).report["inputs"] == {"x1": ["3", "8", "9"]}
    with pytest.raises(RefusalError, match="takes 3 × H × W, not 1 × 8 × 8"):
        import_of(model, tmp_path, (1, 8, 8))
    model.graph.input[0].type.tensor_type.ClearField("shape")
    with pytest.raises(RefusalError, match="--input"):
        import_of(model, tmp_path)
    assert import_of(model, tmp_path, (3, 8, 9)).report["inputs"] == {"x1": ["3", "8", "9"]}
    words = ["import", str(tmp_path / "m.onnx"), "-o", str(tmp_path / "m.netw"), "--input", "3,8,9"]
    assert run(words) == 0
    assert run([*words, "--weights", "other.safetensors"]) == 2
    assert "has weights of its own" in " ".join(capsys.readouterr().err.split())


def test_parts_go_out_again_as_they_were(tmp_path: Path) -> None:
    def branch(operator: str) -> onnx.GraphProto:
        step = helper.make_node(operator, ["a"], ["z"])
        return helper.make_graph([step], operator, [], [ONE("z", TensorProto.FLOAT, None)])

    nodes = [
        helper.make_node("Sin", ["x"], ["s"]),
        helper.make_node("Relu", ["s"], ["a"]),
        helper.make_node("If", ["yes"], ["c"], then_branch=branch("Sin"), else_branch=branch("Neg")),
        helper.make_node("Mul", ["c", "w"], ["d"]),
        helper.make_node("Cos", ["d"], ["y"]),
    ]
    constants = {"yes": np.array(True), "w": np.array([1.0, 2, 3, 4], np.float32)}
    model = model_of(nodes, ["N", "L", 4], constants)
    found = import_of(model, tmp_path)
    write(found, tmp_path / "m.netw")
    assert run(["export", str(tmp_path / "m.netw"), "--onnx", str(tmp_path / "again.onnx")]) == 0
    again = onnx.load(tmp_path / "again.onnx")
    assert [node.op_type for node in again.graph.node] == ["Sin", "Relu", "If", "Mul", "Cos"]
    x = np.random.default_rng(0).standard_normal((2, 5, 4), dtype=np.float32)
    one, other = (
        onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"])
        for m in (model, again)
    )
    first, second = (s.run(None, {s.get_inputs()[0].name: x})[0] for s in (one, other))
    np.testing.assert_allclose(np.asarray(first), np.asarray(second), rtol=1e-6)


@pytest.mark.parametrize("words", [["--prepared"], ["--precision", "float16"], ["--precision", "int8"]], ids="-".join)
def test_our_own_files_of_every_kind_come_in(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "SECONDS", 0.0)
    file = tmp_path / "digits.onnx"
    assert run(["export", str(NETWORKS / "digits.netw"), "--onnx", str(file), *words]) == 0
    found, model = import_onnx(file), onnx.load(file)
    if words == ["--prepared"]:
        assert "The output class is text, and was left out." in found.report["notes"]
        require_same(model, found, torch.randint(0, 255, (3, 8, 8, 1)).float(), types=("uint8",))
    else:
        require_same(model, found, torch.randn(3, 1, 8, 8), close=1e-3)
