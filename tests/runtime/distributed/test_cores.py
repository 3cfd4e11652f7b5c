"""Each process of a launch has cores of its own, unless someone has chosen them."""

from __future__ import annotations

import os

import pytest

from runtime.distributed.cores import on_own_cores, share_of

ALL = {0, 1, 2, 3, 4, 5, 6}


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """What a computer of seven cores was told, the last at the end."""
    told = [ALL]
    monkeypatch.setattr(os, "cpu_count", lambda: len(ALL))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: told[-1], raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, some: told.append(set(some)), raising=False)
    return told


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_shares_are_even_and_leave_nothing(size: int) -> None:
    shares = [share_of(ALL, rank, size) for rank in range(size)]
    assert sorted(core for share in shares for core in share) == sorted(ALL)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_process_has_its_share_for_a_while(cores: list[set[int]]) -> None:
    with on_own_cores(1, 2):
        assert cores[-1] == {4, 5, 6}
    assert cores == [ALL, {4, 5, 6}, ALL]


@pytest.mark.parametrize("size", [1, 8])
def test_one_alone_or_more_than_there_are_cores_go_anywhere(size: int, cores: list[set[int]]) -> None:
    with on_own_cores(0, size):
        assert cores == [ALL]


def test_a_choice_made_before_stands(cores: list[set[int]]) -> None:
    cores.append({2, 3})
    with on_own_cores(0, 2):
        assert cores == [ALL, {2, 3}]
