"""Cycles are collected in the thread of the window, and in no other."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from designer.garbage import Collector
from runtime.collecting import collect_if_due


class Ring:
    """Reaches itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def often() -> Iterator[None]:
    """Every new object makes a collection due."""
    before = gc.get_threshold()
    gc.set_threshold(1)
    yield
    gc.set_threshold(*before)


def test_a_thread_destroys_nothing_of_the_windows(qapp, qtbot, often):
    gc.enable()
    owner = QObject()
    collector = Collector(owner)
    assert not gc.isenabled()
    destroyed_in: list[int] = []
    ring = Ring()
    weakref.finalize(ring, lambda: destroyed_in.append(threading.get_ident()))
    del ring
    thread = threading.Thread(target=lambda: [[] for _ in range(10_000)])
    thread.start()
    thread.join()
    assert destroyed_in == []
    qtbot.waitUntil(lambda: destroyed_in == [threading.get_ident()])
    assert collector.parent() is owner


def test_the_oldest_generation_that_is_due_is_collected(monkeypatch):
    collected: list[int] = []
    monkeypatch.setattr(gc, "collect", collected.append)
    monkeypatch.setattr(gc, "get_threshold", lambda: (700, 10, 10))
    for counts in ((700, 10, 10), (701, 10, 10), (0, 11, 10), (800, 11, 11)):
        monkeypatch.setattr(gc, "get_count", lambda counts=counts: counts)
        collect_if_due()
    assert collected == [0, 1, 2]
