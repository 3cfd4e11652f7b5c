"""Trying a part of an ONNX file with onnxruntime: what it gives, in bounded time and memory."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import lru_cache
from typing import Any

from runtime.exchange.importing.drawing import UnsayableError

SECONDS = 10.0  # for all trials of one part
MEMORY = 2**31  # bytes, for all trials together


def tried(part: bytes, batches: Sequence[Sequence[Any]]) -> list[Any]:
    """All outputs for each batch, whose values are in the order of the inputs.

    Raises UnsayableError where onnxruntime refuses, or takes too long.
    """
    import onnxruntime

    _bound_memory()
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    )  # which would run steps early
    options.add_session_config_entry("session.use_env_allocators", "1")
    asked = onnxruntime.RunOptions()
    clock = threading.Timer(SECONDS, setattr, (asked, "terminate", True))
    clock.daemon = True
    ends = time.monotonic() + SECONDS
    clock.start()
    try:
        with redirect_stdout(io.StringIO()):  # where onnxruntime prints that it tries again
            session = onnxruntime.InferenceSession(part, options, providers=["CPUExecutionProvider"])
        names = [given.name for given in session.get_inputs()]
        return [session.run(None, dict(zip(names, batch, strict=True)), asked) for batch in batches]
    except Exception as error:  # onnxruntime's own, of many kinds
        if time.monotonic() >= ends:
            raise UnsayableError(f"It runs for more than {SECONDS:g} seconds") from error
        raise UnsayableError(f"onnxruntime refuses it: {str(error).splitlines()[0][:200]}") from error
    finally:
        clock.cancel()


@lru_cache(maxsize=1)
def _bound_memory() -> None:
    """Registers what sessions take memory from that ask for it by ``use_env_allocators``."""
    import onnxruntime

    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    settings = onnxruntime.OrtArenaCfg({"max_mem": MEMORY, "arena_extend_strategy": 1})
    onnxruntime.create_and_register_allocator(place, settings)
