"""A journal's lines are told apart from one Started to the next, each kind in its order."""

from __future__ import annotations

from runtime.runs import Finished, Noted, Progress, Samples, Started, StateChanged
from runtime.stretches import Heard, heard

STARTED = Started(0.0, 1, 4, Samples(4, 0, 0), 1, "cpu", 1)


def progress(step: int) -> Progress:
    return Progress(step, step / 4, [1.0], [0.0], 0.1, 1.0, 1.0)


def test_each_other_line_knows_how_many_of_progress_came_before_it() -> None:
    lines = [progress(0), Noted(1, "a"), progress(1), progress(2), StateChanged("paused"), Finished(3, 1.0, "done")]
    [stretch] = Heard(lines).stretches
    assert stretch.progress == [lines[0], lines[2], lines[3]]
    assert stretch.others == [(1, lines[1]), (3, lines[4]), (3, lines[5])]


def test_a_started_begins_a_stretch() -> None:
    lines = [progress(0), STARTED, progress(0), STARTED, Noted(1, "b"), progress(1)]
    first, second, third = Heard(lines).stretches
    assert (first.progress, first.others) == ([lines[0]], [])
    assert (second.progress, second.others) == ([lines[2]], [(0, STARTED)])
    assert (third.progress, third.others) == ([lines[5]], [(0, STARTED), (0, lines[4])])


def test_of_nothing_there_is_no_stretch() -> None:
    assert Heard().stretches == ()


def test_what_was_told_apart_is_so_for_all_who_hear() -> None:
    lines = Heard([progress(0), Noted(1, "a")])
    assert heard(lines) is lines
    assert heard(list(lines)).of(Noted) == [Noted(1, "a")]
