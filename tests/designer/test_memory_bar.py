"""The memory of the chosen device, live while one draws."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QObject, Signal

from designer.document import Document
from designer.memory_bar import MemoryBar
from designer.status_line import StatusLine
from runtime.engine import reply_to
from runtime.machine import free_memory, total_memory
from runtime.protocol import encode
from runtime.questions.device_memory import DeviceMemory
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier

GPU = {"kind": "cuda", "title": "RTX", "total": 8 << 30, "free": 6 << 30}


class ReadyEngine(QObject, ScriptedEngine):
    ready = Signal()
    is_ready = True

    def __init__(self):
        QObject.__init__(self)
        self.clear()


def test_there_is_more_memory_than_is_free():
    assert total_memory() > free_memory() > 0


def test_a_bar_has_what_is_taken_and_what_a_step_takes(qapp):
    bar = MemoryBar()
    bar.show_memory(1000, 600, 200)
    assert bar.shares == (0.4, 0.2)
    assert bar.fits
    bar.show_memory(1000, 600, 700)
    assert bar.shares == (0.4, 0.6)
    assert not bar.fits
    assert bar.accessibleDescription() == "400 B of 1000 B are taken, a step takes 700 B"


def test_a_step_that_does_not_fit_is_red(qapp):
    bar = MemoryBar()
    bar.show_memory(1000, 600, 300)
    fine = bar.grab().toImage().pixelColor(40, 4)
    bar.show_memory(1000, 200, 300)
    assert bar.grab().toImage().pixelColor(70, 4) != fine


@pytest.fixture
def status(qtbot, monkeypatch):
    monkeypatch.setattr("designer.status_line.free_memory", lambda: 1 << 20)
    monkeypatch.setattr("designer.status_line.total_memory", lambda: 4 << 20)
    made = StatusLine(Document(digits_classifier(batch_size=64)))
    qtbot.addWidget(made)
    made.resize(1000, 27)
    made.show()
    made.show_memory()
    return made


def test_the_bar_follows_the_batch_size(status):
    small = status.bar.needed
    assert (status.bar.total, status.bar.free) == (4 << 20, 1 << 20)
    assert status.bar.isVisible()
    status._document.edit_network(digits_classifier(batch_size=640), "A larger batch")
    status.show_memory()
    assert status.bar.needed > 5 * small


def test_memory_is_told_for_the_precision_of_the_recipe(status):
    """Small networks gain nothing by fewer bits: copies of weights and inputs are held beside."""
    whole, largest = status.bar.needed, largest_batch(status)
    status._document.edit_network(digits_classifier(batch_size=64, precision="bf16"), "In bf16")
    status.show_memory()
    assert "batch 64 in bf16" in status.memory.text()
    assert status.bar.needed != whole
    assert largest_batch(status) != largest


def largest_batch(status) -> int:
    words = status.memory.text().partition("at most batch ")[2]
    return int(re.sub(r"\D", "", words))


def test_what_is_free_is_looked_at_again(status, monkeypatch):
    monkeypatch.setattr("designer.status_line.free_memory", lambda: 2 << 20)
    status._look_again()
    assert status.bar.free == 2 << 20


def test_the_memory_of_a_gpu_takes_the_place_of_the_machines(status):
    engine = ReadyEngine()
    status.ask_of_device(engine)
    engine.ready.emit()
    assert engine.requests == [DeviceMemory(0, "auto")]
    engine.answer(**GPU)
    assert (status.bar.total, status.bar.free) == (8 << 30, 6 << 30)
    assert "are free on RTX." in status.memory.toolTip()
    status._document.edit_network(digits_classifier(batch_size=64, device="cpu"), "On the CPU")
    status.show_memory()
    assert status.bar.total == 4 << 20


def test_a_machine_without_a_gpu_is_asked_once(status):
    engine = ReadyEngine()
    status.ask_of_device(engine)
    engine.ready.emit()
    engine.answer(kind="cpu", title="cpu", total=1, free=1)
    status._look_again()
    assert len(engine.requests) == 1
    assert status.bar.total == 4 << 20


def test_the_engine_knows_the_memory_of_the_cpu():
    told = reply_to(encode(DeviceMemory(1, "cpu"))).result
    assert told["kind"] == "cpu"
    assert told["total"] == total_memory()


def test_a_drawing_without_nodes_has_no_bar(status):
    status._document.edit_network(type(status._document.network)(), "Nothing")
    status.follow()
    assert status.bar.isHidden()
