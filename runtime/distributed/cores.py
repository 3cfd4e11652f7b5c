"""Each process of a launch on cores of its own.

Processes that meet after every step wake each other. Linux likes to put what it wakes on the core of what woke it,
where it then waits for its turn, milliseconds long, while other cores idle; as mpirun does, each gets its share.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_own_cores(local_rank: int, local_size: int) -> Iterator[None]:
    """For a while; the threads that this one begins in it inherit its cores.

    Nothing changes where the system knows no such thing, where there are fewer cores than processes, or where
    someone has already chosen which cores this process may use.
    """
    before = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()
    if local_size < 2 or len(before) < max(local_size, os.cpu_count() or 1):
        yield
        return
    os.sched_setaffinity(0, share_of(before, local_rank, local_size))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def share_of(cores: set[int], rank: int, size: int) -> set[int]:
    """An even share of neighbours, which are likely to be near the same memory."""
    return set(sorted(cores)[even_part(len(cores), rank, size)])


def even_part(count: int, rank: int, size: int) -> slice:
    """The places of one of ``size`` parts of a row, in order; the first have one more where they do not divide it."""
    least, rest = divmod(count, size)
    first = rank * least + min(rank, rest)
    return slice(first, first + least + (rank < rest))
