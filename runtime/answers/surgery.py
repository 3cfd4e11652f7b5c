"""Answers about operations on trained networks."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from runtime.answers.network_text import opened
from runtime.questions import surgery


def operate_on(request: surgery.OperateOn) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """The weights first, then what it costs."""
    from runtime.faults import MENDABLE
    from runtime.surgery.files import write_weights
    from runtime.surgery.measure import calibrate, data_of, job_of, measured
    from runtime.surgery.operate import operate

    base, network = Path(request.base), opened(request.network).network
    done = operate(network, request.source, base, request.operation, request.ways, request.node, request.value)
    reason, jobs = "", None
    try:
        data = data_of(network, base)
        jobs = job_of(network, done.before, data, base), job_of(done.network, done.after, data, base)
        calibrate(jobs[1], done.identity_norms)
    except MENDABLE as error:
        reason = str(error)
    file = write_weights(done.after, done.network, Path(request.folder), request.name)
    told = {
        "file": str(file),
        "kept": done.kept,
        "weights": done.weights,
        "is_exact": done.is_exact,
        "words": done.words,
    }
    yield told
    return told | (measured(*jobs) if jobs and not reason else {"reason": reason})


def measure_surgery(request: surgery.MeasureSurgery) -> dict[str, Any]:
    from nodes.graph.files import load
    from runtime.faults import RefusalError
    from runtime.recipe_parts.transfer import resolved_start
    from runtime.surgery.measure import data_of, job_of, measured
    from runtime.surgery.operate import kept_of, started
    from runtime.surgery.places import started_from

    base, network = Path(request.base), opened(request.network).network
    source = resolved_start(request.source, base)
    known = started_from(source, base)
    if known is None:
        raise RefusalError(
            f"What network {request.source} belongs to is not known, so there is nothing to compare with.",
            "Start from a run, or from weights that an operation wrote.",
        )
    origin = load(known).network
    after, rows = started(network, source, base, request.fresh)
    before, _ = started(origin, source, base)
    data = data_of(network, base)
    told = measured(job_of(origin, before, data, base), job_of(network, after, data, base))
    return told | kept_of(rows)
