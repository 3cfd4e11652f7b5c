"""Answers about networks from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime.questions import importing


def list_importable(request: importing.ListImportable) -> dict[str, Any]:
    """The names of torchvision's networks."""
    from runtime.exchange.importing.torchvision_networks import importable

    return {"names": list(importable())}


def import_network(request: importing.ImportNetwork) -> dict[str, Any]:
    """Writes the network file and its weights."""
    from runtime.exchange.importing.imported import write
    from runtime.exchange.importing.sample_shapes import shapes_in
    from runtime.exchange.importing.sources import import_source
    from runtime.import_command import lines_of

    inputs = shapes_in(request.size.split(";"))
    found = import_source(request.source, request.weights, trust=request.trust, inputs=inputs)
    report = write(found, Path(request.out))
    return {**report, "lines": lines_of(report)}
