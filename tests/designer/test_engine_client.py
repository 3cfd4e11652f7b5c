"""The engine client pairs answers with requests and outlives the engine."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from designer.engine_client import EngineClient
from runtime.questions.basic import DescribeData
from tests.designer.programs import program

ECHO_ENGINE = """
    import json, sys
    print(json.dumps({"type": "Ready"}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        source = asked["data"]["source"]
        if source == "crash":
            sys.exit("CUDA fault")
        if source == "missing":
            answer = {"type": "Refused", "id": asked["id"], "fact": "There is none.", "remedy": "Look elsewhere."}
        else:
            answer = {"type": "Answer", "id": asked["id"], "result": {"source": source}}
        print("library chatter", flush=True)
        print(json.dumps(answer), flush=True)
"""


class Replies(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.answers: list[object] = []
        self.refusals: list[object] = []

    def __len__(self) -> int:
        return len(self.answers) + len(self.refusals)


@pytest.fixture
def client(tmp_path, qtbot):
    client = EngineClient(program(tmp_path, ECHO_ENGINE))
    yield client
    client.close()


def ask(client: EngineClient, replies: Replies, source: str) -> int:
    request = DescribeData(id=0, data={"source": source}, base="")
    return client.ask(replies, request, replies.answers.append, replies.refusals.append)


def test_the_engine_is_not_started_before_it_is_needed(client):
    assert client.process_id == 0


def test_answers_reach_those_who_asked(client, qtbot):
    first, second = Replies(), Replies()
    ask(client, first, "digits")
    ask(client, second, "mnist")
    qtbot.waitUntil(lambda: len(first) + len(second) == 2)
    assert (first.answers[0].result, second.answers[0].result) == ({"source": "digits"}, {"source": "mnist"})


def test_a_refusal_carries_fact_and_remedy(client, qtbot):
    replies = Replies()
    ask(client, replies, "missing")
    qtbot.waitUntil(lambda: len(replies) == 1)
    assert replies.refusals[0].fact == "There is none."
    assert not client.is_busy


def test_requests_that_waited_when_it_died_are_refused(client, qtbot):
    replies = Replies()
    ask(client, replies, "crash")
    ask(client, replies, "digits")
    qtbot.waitUntil(lambda: len(replies) == 2)
    assert [r.fact for r in replies.refusals] == ["The engine process ended unexpectedly. It said: CUDA fault"] * 2


def test_the_next_request_starts_it_anew(client, qtbot):
    replies = Replies()
    with qtbot.waitSignal(client.died):
        ask(client, replies, "crash")
    ask(client, replies, "digits")
    qtbot.waitUntil(lambda: len(replies.answers) == 1)


def test_a_forgotten_request_calls_nobody(client, qtbot):
    forgotten, replies = Replies(), Replies()
    client.forget(ask(client, forgotten, "digits"))
    ask(client, replies, "digits")
    qtbot.waitUntil(lambda: len(replies) == 1)
    assert len(forgotten) == 0


def test_an_asker_that_is_gone_is_not_told_that_the_engine_died(client, qtbot):
    gone, replies = Replies(), Replies()
    ask(client, gone, "crash")
    ask(client, replies, "digits")
    gone.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(lambda: len(replies) == 1)
    assert len(gone) == 0
