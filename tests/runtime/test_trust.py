"""Code of users: what it gives, and that none of it runs before somebody has said so."""

import json
import subprocess
import sys

import pytest
import torch

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.code import PythonCode, found_settings, trials
from nodes.graph.files import load, save
from nodes.graph.model import Network, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.reshape import Flatten
from nodes.spec.shapes import Shape
from runtime import trust
from runtime.commands import run
from runtime.compile import build
from runtime.engine import reply_to
from runtime.faults import MENDABLE, RefusalError
from runtime.protocol import Refused, encode
from runtime.questions.basic import FindShape, Shaped
from runtime.runs import Failed, TrainingError, create_run, read_entries
from runtime.source import write_source
from runtime.train import train
from runtime.trust import TrustError
from runtime.user_code import tried
from tests.nodes.drawing import chain, joined

VECTOR = Shape(64)
SCALED = """class Scaled(nn.Module):
    def __init__(self) -> None:
        super(Scaled, self).__init__()
        self.factor = nn.Parameter(torch.full((1,), 3.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x
"""


@pytest.fixture(autouse=True)
def nothing_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(trust, "user_config_path", lambda *_, **__: tmp_path / "config")


def evil(marker):
    """Code that leaves a file behind wherever it is run: as it is read, as it is built, as it is used."""
    touch = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    return f"""class Evil(nn.Module):
    {touch}

    def __init__(self) -> None:
        super().__init__()
        {touch}

    def forward(self, x: Tensor) -> Tensor:
        {touch}
        return x
"""


def noted(code, *inputs, sizes=(64,)):
    """A node as it is after Find shape."""
    facts = {"size": list(sizes), "values": "real", "weights": {}, "buffers": {}, "multiply_adds": 0}
    return PythonCode(code, **found_settings(code, inputs or (VECTOR,), [facts]))


def digits(settings):
    graph = chain(
        image=Input(size=(1, 8, 8)), flatten=Flatten(), mine=settings, fc=Linear(10), loss=CrossEntropyLoss()
    )
    return joined(graph.with_node("scores", Node(Output())), {"fc.output": "scores.x"})


@pytest.fixture
def hostile(tmp_path):
    """A network file whose code leaves ``ran`` behind if it is ever run."""
    file = tmp_path / "hostile.netw"
    recipe = {"epochs": 1, "device": "cpu"}
    save(Network(digits(noted(evil(tmp_path / "ran"))), "hostile", recipe=recipe), file)
    return file


@pytest.mark.parametrize(
    "command",
    [
        ["check", "{file}"],
        ["check", "{file}", "--json"],
        ["export", "{file}", "--python", "{out}/model.py"],
    ],
    ids=lambda command: " ".join(command[::2]),
)
def test_hostile_code_is_read_checked_and_written_out_without_running(hostile, tmp_path, command, capsys):
    assert run([part.format(file=hostile, out=tmp_path) for part in command]) == 0
    assert not (tmp_path / "ran").exists()
    capsys.readouterr()


@pytest.mark.parametrize(
    "command",
    [["train", "{file}", "--out", "{out}/runs"], ["export", "{file}", "--onnx", "{out}/model.onnx"]],
    ids=lambda command: command[0],
)
def test_what_would_run_hostile_code_is_refused_in_a_sentence(hostile, tmp_path, command, capsys):
    assert run([part.format(file=hostile, out=tmp_path) for part in command]) == 2
    assert "mine holds Python code that nobody has said to trust" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()


def test_a_training_process_refuses_it_too(hostile, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "runtime.train", str(hostile), "--out", str(tmp_path / "runs")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "add --trust" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_with_trust_it_trains_and_is_remembered(tmp_path, capsys):
    file = tmp_path / "mine.netw"
    settings = noted(SCALED)
    recipe = {"epochs": 1, "device": "cpu"}
    save(Network(digits(settings), "mine", recipe=recipe), file)
    command = ["train", str(file), "--out", str(tmp_path / "runs"), "--json"]
    assert run(command) == 2
    assert run([*command, "--trust"]) == 0
    assert trust.is_trusted(load(file).network.graph)
    capsys.readouterr()


def test_every_level_of_blocks_is_looked_at():
    inner = chain(x=Input(kind="vector", size=(64,)), deep=noted(SCALED), y=Output())
    outer = chain(x=Input(kind="vector", size=(64,)), block=Block("Inner", inner), y=Output())
    graph = chain(x=Input(kind="vector", size=(64,)), outer=Block("Outer", outer), y=Output())
    assert trust.user_code(graph) == {SCALED: "outer"}
    with pytest.raises(TrustError, match=r"^outer holds Python code"):
        build(graph)
    trust.trust(graph)
    assert build(graph)(torch.ones(1, 64)).sum().item() == 192


def test_one_letter_changed_is_other_code():
    graph = chain(x=Input(kind="vector", size=(64,)), mine=noted(SCALED), y=Output())
    trust.trust(graph)
    assert trust.is_trusted(graph)
    other = graph.with_settings("mine", noted(SCALED.replace("3.0", "4.0")))
    assert not trust.is_trusted(other)
    assert trust.is_trusted(chain(x=Input(), y=Output()))


def test_two_classes_of_one_name_live_beside_each_other():
    graph = chain(
        x=Input(kind="vector", size=(64,)),
        three=noted(SCALED),
        four=noted(SCALED.replace("3.0", "4.0")),
        again=noted(SCALED),
        y=Output(),
    )
    trust.trust(graph)
    source = write_source(graph)
    assert source.text.count("class Scaled(nn.Module)") == 1
    assert source.text.count("class Scaled2(nn.Module)") == 1
    assert "super(Scaled2, self)" in source.text
    assert build(graph)(torch.ones(1, 64))[0, 0].item() == 36


def test_the_engine_finds_shapes_and_weights():
    code = (
        "class Half(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(8, 4)\n"
        "    def forward(self, x, y):\n        return self.fc(x) + y.mean()\n"
    )
    inputs = (Shape("L", 8), Shape(3))
    trust.trust_code([code])
    shaped = [[Shaped(list(s), s.axes, s.values) for s in trial] for trial in trials(inputs)]
    reply = reply_to(encode(FindShape(1, code, shaped)))
    settings = PythonCode(code, **found_settings(code, inputs, reply.result["answers"]))
    assert settings.shape(*inputs) == Shape("L", 4)
    assert settings.weights(*inputs) == {"fc.weight": (4, 8), "fc.bias": (4,)}
    graph = chain(x=Input(kind="sequence", size=("L", 8)), mine=settings, y=Output())
    graph = graph.with_node("n", Node(Input(kind="vector", size=(3,))))
    module = build(joined(graph, {"n.output": "mine.x2"}))
    assert module(torch.randn(2, 5, 8), torch.randn(2, 3)).shape == (2, 5, 4)


def test_the_engine_refuses_code_that_is_not_trusted(tmp_path):
    reply = reply_to(encode(FindShape(1, evil(tmp_path / "ran"), [[Shaped([4], "C")]])))
    assert isinstance(reply, Refused)
    assert "nobody has said to trust" in reply.fact
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return x @ x", r"Line 3 \(return x @ x\): RuntimeError: "),
        ("return [x]", "forward gives list. Let it return one tensor"),
        ("return x.sum()", "forward gives one number for a batch of 2"),
        ("raise SystemExit('gone')", r"Line 3 .*SystemExit: gone"),
        ("return undefined", r"Line 3 .*NameError: name 'undefined' is not defined"),
    ],
)
def test_what_the_code_did_wrong_is_told_with_its_line(body, sentence):
    code = f"class Wrong(nn.Module):\n    def forward(self, x):\n        {body}\n"
    trust.trust_code([code])
    with pytest.raises(RefusalError, match=sentence):
        tried(code, [[Shape(3, 4, 5)]])


def test_multiply_adds_are_counted():
    code = (
        "class Fc(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(8, 4)\n"
        "    def forward(self, x):\n        return self.a(x)\n"
    )
    trust.trust_code([code])
    assert tried(code, [[Shape(8)]])[0]["multiply_adds"] == 32


def test_what_is_remembered_may_be_damaged(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "trusted").write_bytes(b"\xff\xfe not a digest")
    assert trust.untrusted([SCALED]) == (SCALED,)
    trust.trust_code([SCALED])
    assert trust.untrusted([SCALED]) == ()


def test_a_trust_error_is_the_users_to_mend():
    assert TrustError in MENDABLE
    assert json.dumps(TrustError("mine").remedy)


def test_a_run_folder_with_hostile_code_is_not_trained(hostile, tmp_path):
    folder = create_run(tmp_path / "runs", load(hostile).network)
    with pytest.raises(TrainingError, match="mine holds Python code that nobody has said to trust"):
        train(folder)
    assert any(isinstance(entry, Failed) and entry.node == "mine" for entry in read_entries(folder)[0])
    assert not (tmp_path / "ran").exists()
