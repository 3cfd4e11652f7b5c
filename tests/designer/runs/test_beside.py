"""Journals of other runs are followed piece by piece, through torn lines and journals that are cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.training import beside
from designer.training.beside import COLORS, BesideRuns, FollowedRun
from designer.training.legend import short_titles
from runtime.runs import JOURNAL, Journal, Progress, Samples, Started, read_entries


def journal_of(run: Path, lines: int) -> None:
    run.mkdir(parents=True, exist_ok=True)
    with Journal(run) as journal:
        journal.append(Started(0.0, 2, 1_000, Samples(10, 1, 1), 1, "cpu", 650))
        for number in range(lines):
            journal.append(Progress(number, number / 1_000, [1.0], [0.5], 0.1, 1.0, 1.0, float(number)))


def test_a_long_journal_is_read_in_pieces(tmp_path, qtbot: QtBot, monkeypatch):
    monkeypatch.setattr(beside, "PIECE", 4_096)
    journal_of(tmp_path / "long", 2_000)
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    followed = BesideRuns(widget)
    followed.follow([tmp_path / "long"])
    (other,) = followed.others
    assert 0 < other.data.steps < 200
    qtbot.waitUntil(lambda: other.data.steps == 2_000)


def test_a_line_that_is_not_whole_is_waited_for(tmp_path):
    journal_of(tmp_path, 3)
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    followed = FollowedRun(tmp_path, COLORS[0])
    while followed.is_behind:
        followed.read_on()
    assert followed.beside.data.steps == 2
    path.write_bytes(whole)
    assert followed.is_behind
    followed.read_on()
    assert followed.beside.data.steps == 3


def test_a_journal_that_was_cut_and_has_grown_beyond_is_read_anew(tmp_path):
    journal_of(tmp_path, 30)
    followed = FollowedRun(tmp_path, COLORS[0])
    followed.read_on()
    assert followed.beside.data.steps == 30
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    (tmp_path / JOURNAL).write_bytes(b"".join(lines[:11]))
    with Journal(tmp_path) as journal:
        for number in range(10, 60):
            journal.append(Progress(number, number / 1_000, [2.0], [0.5], 0.1, 1.0, 1.0, float(number)))
    while followed.is_behind:
        followed.read_on()
    data = followed.beside.data
    assert data.steps == 60
    assert data.loss.training.raw.values[9:11].tolist() == [1.0, 2.0]


def test_colours_stay_with_their_runs_and_a_missing_journal_is_no_trouble(tmp_path, qtbot: QtBot):
    for name in "abc":
        journal_of(tmp_path / name, 2)
    widget = QWidget()
    qtbot.addWidget(widget)
    followed = BesideRuns(widget)
    followed.follow([tmp_path / "a", tmp_path / "b", tmp_path / "gone"])
    assert [other.title for other in followed.others] == ["a", "b"]
    color = followed.colors()[tmp_path / "b"]
    followed.follow([tmp_path / "b", tmp_path / "c"])
    assert followed.colors()[tmp_path / "b"] == color
    assert len(set(followed.colors().values())) == 2


@pytest.mark.parametrize("most", [1, 100, 10_000])
def test_a_piece_ends_with_a_whole_line(tmp_path, most: int):
    journal_of(tmp_path, 5)
    offset, seen = 0, 0
    while True:
        entries, after = read_entries(tmp_path, offset, most)
        if after == offset:
            break
        offset, seen = after, seen + len(entries)
    assert seen == 6


def test_titles_in_a_legend_are_short_where_they_stay_different():
    assert short_titles(["20260101-000000-wide", "20260101-000001-deep"]) == ["wide", "deep"]
    same = ["20260101-000000-wide", "20260101-000001-wide", "other"]
    assert short_titles(same) == same


def test_a_journal_that_cannot_be_read_is_looked_at_twice_a_second_and_no_more(tmp_path, qtbot: QtBot, monkeypatch):
    def away(*_: object) -> None:
        raise OSError("The disk is away.")

    journal_of(tmp_path / "a", 3)
    monkeypatch.setattr(beside, "read_entries", away)
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    followed = BesideRuns(widget)
    followed.follow([tmp_path / "a"])
    followed.look()
    assert followed._timer.interval() == beside.REST_MS


def test_a_look_asks_for_the_size_of_a_journal_once(tmp_path, qtbot: QtBot, monkeypatch):
    journal_of(tmp_path / "a", 3)
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    followed = BesideRuns(widget)
    followed.follow([tmp_path / "a"])
    while followed._followed[tmp_path / "a"].is_behind:
        followed.look()
    sizes: list[int] = []
    monkeypatch.setattr(FollowedRun, "_size", lambda each: sizes.append(1) or each._seen)
    followed.look()
    assert len(sizes) == 1
