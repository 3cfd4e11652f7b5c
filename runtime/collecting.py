"""When Python looks for cycles of objects that nobody reaches any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """A million new values make the garbage collector look at all of them again and again, and find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def collect_if_due() -> None:
    """What Python does after new objects, here and now: the oldest generation that is due, with younger ones."""
    for generation, (count, most) in reversed([*enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))]):
        if count > most:
            gc.collect(generation)
            return
