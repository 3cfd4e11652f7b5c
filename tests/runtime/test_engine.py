"""The engine gives every request one answer, whatever it holds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from nodes.graph.files import write
from nodes.graph.model import Network
from runtime import protocol
from runtime.engine import replies_to, reply_to
from runtime.protocol import Answer, Refused
from runtime.questions.basic import CompileCheck, DescribeData, Predict
from runtime.questions.exchange import Export
from tests.runtime.networks import digits_graph

DIGITS = write(Network(digits_graph(), "Digits", data={"source": "digits"})).decode()


def ask(request: protocol.Request) -> protocol.Reply:
    return reply_to(protocol.encode(request))


def test_messages_survive_the_line():
    for message in (CompileCheck(1, "x"), Export(2, "onnx", "out", "run"), Predict(3, "run", "file")):
        assert protocol.decode_request(protocol.encode(message)) == message
    for reply in (Answer(4, {"a": [1.5]}), Refused(5, "fact", "remedy", "node"), protocol.Ready()):
        assert protocol.decode_reply(protocol.encode(reply)) == reply


def test_a_network_is_compiled_and_run():
    answer = ask(CompileCheck(1, DIGITS))
    assert isinstance(answer, Answer)
    assert answer.result["outputs"] == {"scores": [10]}
    assert answer.result["weights"] == 4 * 9 + 4 + 144 * 10 + 10


def test_a_mistake_in_the_drawing_is_told_with_its_node():
    graph = digits_graph().without_links(digits_graph().incoming("fc").values())
    answer = ask(CompileCheck(2, write(Network(graph)).decode()))
    assert answer == Refused(2, "fc has nothing at its input x.", "Connect a value to it.", "fc")


def test_data_are_described():
    answer = ask(DescribeData(3, {"source": "digits"}, "."))
    assert isinstance(answer, Answer)
    image, label = answer.result["fields"]
    assert (image["name"], image["shape"]) == ("image", [1, 8, 8])
    assert label["classes"] == list("0123456789")
    assert sum(answer.result["samples"].values()) == 1797
    assert 0.2 < answer.result["mean"][0] < 0.4


def test_an_untrained_network_is_exported_with_a_proof(tmp_path):
    answer = ask(Export(4, "onnx", str(tmp_path / "model.onnx"), network=DIGITS))
    assert isinstance(answer, Answer)
    assert answer.result["proof_max_abs_diff"] <= 1e-5
    assert answer.result["is_proven_on_data"]
    assert answer.result["bytes"] == (tmp_path / "model.onnx").stat().st_size
    assert list(answer.result["outputs"]) == ["scores"]


def test_a_network_is_exported_as_python(tmp_path):
    answer = ask(Export(5, "python", str(tmp_path / "model.py"), network=DIGITS))
    assert isinstance(answer, Answer)
    assert answer.result["class_name"] == "Digits"
    assert "class Digits(nn.Module):" in (tmp_path / "model.py").read_text()


@pytest.mark.parametrize(
    ("request_", "fact"),
    [
        (CompileCheck(7, "{}"), "This is no network file"),
        (CompileCheck(7, "["), "This is no network file"),
        (DescribeData(7, {"source": "/nowhere"}, "."), "There is no data folder /nowhere."),
        (DescribeData(7, {"colour": 1}, "."), "The data choice has no setting colour."),
        (Export(7, "onnx", "x.onnx", "/nowhere"), "There is no file /nowhere."),
        (Export(7, "onnx", "/nowhere/x.onnx", network=DIGITS), "There is no folder /nowhere."),
        (Predict(7, "/nowhere", "x.png"), "There is no file /nowhere/network.netw."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_done_is_refused_in_a_sentence(request_, fact):
    answer = ask(request_)
    assert isinstance(answer, Refused)
    assert answer.id == 7
    assert answer.fact.startswith(fact)


def test_a_fault_of_the_program_is_a_refusal_too(monkeypatch, capsys):
    def fail(request: protocol.Request) -> dict[str, object]:
        raise ZeroDivisionError("nothing to share")

    monkeypatch.setattr("runtime.answers.basic.check_compiles", fail)
    answer = ask(CompileCheck(8, ""))
    assert isinstance(answer, Refused)
    assert "ZeroDivisionError: nothing to share" in answer.fact
    assert "Traceback" in capsys.readouterr().err


def test_the_process_survives_bad_lines_and_keeps_what_libraries_print_out_of_its_answers():
    lines = [
        b"no json\n",
        b'{"type":"Sing","id":41}\n',
        b"\xff\xfe\n",
        b"\n",
        protocol.encode(DescribeData(42, {"source": "digits"}, ".")),
    ]
    ended = subprocess.run(
        [sys.executable, "-c", "import runtime.engine as e; print('early'); e.main(); print('late')"],
        input=b"".join(lines),
        capture_output=True,
        check=True,
    )
    early, *replies = ended.stdout.splitlines()
    assert early == b"early"
    decoded = [protocol.decode_reply(line) for line in replies]
    assert decoded[0] == protocol.Ready()
    assert [type(reply) for reply in decoded[1:]] == [Refused, Refused, Refused, Answer]
    assert [reply.id for reply in decoded[1:]] == [protocol.NO_ID, 41, protocol.NO_ID, 42]  # type: ignore[union-attr]
    assert b"late" in ended.stderr


def test_parts_of_an_answer_come_before_its_end(monkeypatch):
    def count(request: protocol.Request) -> Iterator[dict[str, object]]:
        yield {"counted": 1}
        yield {"counted": 2}
        return {"counted": 3}

    monkeypatch.setattr("runtime.answers.basic.check_compiles", count)
    replies = list(replies_to(protocol.encode(CompileCheck(9, ""))))
    assert replies == [
        protocol.Partly(9, {"counted": 1}),
        protocol.Partly(9, {"counted": 2}),
        Answer(9, {"counted": 3}),
    ]
