"""Answers to the questions before a training."""

from __future__ import annotations

import base64
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec

from runtime.answers.network_text import opened
from runtime.questions import stepwise


def preflight(request: stepwise.Preflight) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """The checks, each as it ends, and then all of them."""
    from runtime.stepwise.preflight import asked

    results = []
    for result in asked(_subject(request.network, request.base, request.stop_file), request.only):
        results.append(msgspec.to_builtins(result))
        yield {"check": results[-1]}
    return {"checks": results}


def check_gradient(request: stepwise.CheckGradient) -> dict[str, Any]:
    """Of the network, or of one node."""
    from runtime.stepwise.gradient import network_gradient, node_gradient

    subject = _subject(request.network, request.base, request.stop_file)
    result = node_gradient(subject, request.node) if request.node else network_gradient(subject)
    return dict(msgspec.to_builtins(result))


def layer_timing(request: stepwise.LayerTiming) -> dict[str, Any]:
    """The layers on the device of the recipe."""
    from runtime.watching.layer_timing import timed

    return dict(msgspec.to_builtins(timed(_subject(request.network, request.base, ""), request.batch_size)))


def read_snapshot(request: stepwise.ReadSnapshot) -> dict[str, Any]:
    """The snapshot at a step, or the nearest before it."""
    from runtime.faults import RefusalError
    from runtime.watching.snapshot_files import read_snapshot as read
    from runtime.watching.snapshot_names import file_of, nearest, steps_kept

    run = Path(request.run)
    step = nearest(run, request.step)
    if step is None:
        raise RefusalError("This run has kept no snapshots.", "Turn snapshots on in the recipe, and train again.")
    tensors, facts = read(run / file_of(step))
    return {
        "step": step,
        "steps": steps_kept(run),
        "facts": facts,
        "names": [name for name in tensors if not name.startswith(("low/", "high/"))],
        "tensors": {
            name: {
                "shape": list(value.shape),
                "dtype": str(value.dtype).removeprefix("torch."),
                "data": base64.b64encode(value.numpy().tobytes()).decode(),
            }
            for name, value in tensors.items()
            if not request.only or name.removeprefix("low/").removeprefix("high/").startswith(request.only)
        },
    }


def _subject(network: str, base: str, stop_file: str) -> Any:
    from runtime.stepwise.subject import Patience, Subject

    patience = Patience(Path(stop_file)) if stop_file else Patience()
    return Subject(opened(network).network, Path(base), patience)
