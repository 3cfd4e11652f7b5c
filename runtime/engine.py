"""The process that answers the window's short questions about networks: ``python -m runtime.engine``.

A request a line on standard input, an answer a line on standard output, log text on standard error. Whatever a
request holds, it gets one answer, and the next one is read.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from typing import Any, BinaryIO

import msgspec

from runtime import protocol
from runtime.faults import MENDABLE, fault_of
from runtime.protocol import Answer, Partly, Refused, Reply, Request
from runtime.questions.basic import CompileCheck

Answering = Generator[dict[str, Any], None, dict[str, Any]]


def main() -> None:
    """Answers until standard input ends."""
    answers = _taken_stdout()
    import torch

    from runtime import compile as _compile  # noqa: F401  the first question shall not wait for it

    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # a training may be running beside it
    answers.write(protocol.encode(protocol.Ready()))
    try:
        for line in sys.stdin.buffer:
            if line.strip():
                for reply in replies_to(line):
                    answers.write(protocol.encode(reply))
    except (KeyboardInterrupt, BrokenPipeError):
        pass  # the window has gone


def replies_to(line: bytes) -> Iterator[Reply]:
    """The parts of an answer to a line, if it has any, and the one that ends it."""
    try:
        request = protocol.decode_request(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield Refused(protocol.id_of(line), f"The engine does not understand this request: {error}.")
        return
    try:
        result = _handler(request)(request)
        if isinstance(result, Generator):
            result = yield from _parts(request.id, result)
        yield Answer(request.id, result)
    except MENDABLE as error:
        fault = fault_of(error)
        yield Refused(request.id, fault.fact, fault.remedy, fault.node)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        yield _refused_unexpectedly(request, error)


def reply_to(line: bytes) -> Reply:
    """What ends the answer to a line."""
    *_, last = replies_to(line)
    return last


def _parts(number: int, parts: Answering) -> Generator[Partly, None, dict[str, Any]]:
    while True:
        try:
            yield Partly(number, next(parts))
        except StopIteration as end:
            return dict(end.value)


def _handler(request: Request) -> Callable[[Any], Any]:
    module, _, name = request.handler.partition(":")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


def _refused_unexpectedly(request: Request, error: Exception) -> Refused:
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__
    if isinstance(error, MemoryError) or "not enough memory" in str(error) or "alloc" in str(error):
        return Refused(request.id, "There is not enough memory for this.", "Make the network or its input smaller.")
    if isinstance(request, CompileCheck):
        return Refused(request.id, f"The network was drawn soundly, but PyTorch refused it: {reason}.")
    return Refused(request.id, f"The engine failed at this ({reason}).", "Its log has the details; try again.")


def _taken_stdout() -> BinaryIO:
    """Standard output for answers alone: what libraries print goes to standard error from now on."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers


if __name__ == "__main__":
    main()
