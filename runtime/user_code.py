"""Trying the Python code of a user: what it gives for inputs of some shapes, and which weights it has."""

from __future__ import annotations

import linecache
import math
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from nodes.code import class_name_of
from nodes.spec.shapes import Shape
from runtime.faults import RefusalError
from runtime.time_limit import OverdueError, time_limit
from runtime.trust import TrustError, untrusted

FILE = "<Python code>"
AGAIN = "Mend the code and press Find shape again."
ENDLESS = "See whether a loop in it ever ends, then press Find shape again."
BATCH = 2
SECONDS = 10.0  # a trial may take; two samples take milliseconds


def tried(code: str, trials: Sequence[Sequence[Shape]]) -> list[dict[str, Any]]:
    """For each trial ``size``, ``values``, ``weights``, ``buffers`` and ``multiply_adds`` of one sample.

    Raises TrustError before anything runs, ShapeError for code that is no class, RefusalError for what it did wrong.
    """
    if untrusted([code]):
        raise TrustError
    name = class_name_of(code)
    try:
        with time_limit(SECONDS):
            module = _class(code, name)()
            module.eval()
            return [_facts(module, shapes) for shapes in trials]
    except RefusalError:
        raise
    except OverdueError as error:
        where = _place(code, error) or "The code: "
        raise RefusalError(f"{where}no end after {SECONDS:g} seconds.", ENDLESS) from error
    except (Exception, SystemExit) as error:
        raise RefusalError(_sentence(code, error), AGAIN) from error


def _class(code: str, name: str) -> type[nn.Module]:
    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)
    names: dict[str, Any] = {"__name__": FILE, "math": math, "torch": torch, "nn": nn, "F": nn.functional}
    names |= {"Tensor": Tensor, "Mapping": Mapping, "Any": Any}
    if "ops" in code:
        from torchvision import ops

        names["ops"] = ops
    exec(compile(code, FILE, "exec"), names)  # its user has said that it may run
    found: type[nn.Module] = names[name]
    return found


def _facts(module: nn.Module, shapes: Sequence[Shape]) -> dict[str, Any]:
    values = [_random(shape) for shape in shapes]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        result = module(*values)
    if not isinstance(result, Tensor):
        raise RefusalError(f"forward gives {type(result).__name__}.", "Let it return one tensor.")
    if result.dim() == 0 or result.shape[0] != BATCH:
        raise RefusalError(
            f"forward gives {' × '.join(map(str, result.shape)) or 'one number'} for a batch of {BATCH}.",
            "Let the first axis of what it returns be the batch.",
        )
    return {
        "size": list(result.shape[1:]),
        "values": "real" if result.is_floating_point() else "index",
        "weights": {name: list(weight.shape) for name, weight in module.named_parameters()},
        "buffers": {name: list(buffer.shape) for name, buffer in module.named_buffers()},
        "multiply_adds": counter.get_total_flops() // (2 * BATCH),
    }


def _random(shape: Shape) -> Tensor:
    if shape.values == "index":
        return torch.zeros(BATCH, *shape, dtype=torch.long)
    return torch.randn(BATCH, *shape)


def _sentence(code: str, error: BaseException) -> str:
    """What happened, with the line of the user's code where it did."""
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0].rstrip('.')}." if lines else f"{type(error).__name__}."
    return f"{_place(code, error) or 'The code could not be run: '}{reason}"


def _place(code: str, error: BaseException) -> str:
    """``Line 3 (x = x.y): ``, the line of the user's code where it happened; empty where it was elsewhere."""
    numbers = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    if not numbers or numbers[-1] is None:
        return ""
    text = code.splitlines()[numbers[-1] - 1].strip()
    return f"Line {numbers[-1]} ({text[:80]}): "
