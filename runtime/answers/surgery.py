"""Answers about operations on trained networks."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from runtime.answers.network_text import opened
from runtime.questions import surgery


def operate_on(request: surgery.OperateOn) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """The weights first, then what it costs."""
    from runtime.surgery.files import free_file, write_weights
    from runtime.surgery.perform import perform

    base, network = Path(request.base), opened(request.network).network
    performed = perform(network, request.source, base, request.operation, request.ways, request.node, request.value)
    file = free_file(Path(request.folder), request.name)
    write_weights(performed.done, file, base)
    told = performed.told(file)
    yield told
    return told | performed.cost()


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
