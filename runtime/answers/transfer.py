"""Answers about weights from elsewhere, and about several trained networks as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from runtime.answers.network_text import opened
from runtime.questions import transfer


def match_weights(request: transfer.MatchWeights) -> dict[str, Any]:
    """A row for each weight of the network."""
    from runtime.compile import build
    from runtime.recipe import Recipe
    from runtime.transfer.start import start_of

    graph = opened(request.network).network.graph
    recipe = Recipe(start_from=request.source, fresh=request.fresh).resolved(Path(request.base))
    found = start_of(build(graph), graph, recipe)
    return {
        "source": found.given.title,
        "rows": [msgspec.to_builtins(row) for row in found.rows],
        "left_over": found.left_over,
        "sentence": found.sentence,
    }


def evaluate_ensemble(request: transfer.EvaluateEnsemble) -> dict[str, Any]:
    from runtime.evaluate_runs import Members, evaluated

    opener = Members()
    members = [m for run in request.runs for m in opener.opened(Path(run), snapshots=request.snapshots)]
    return evaluated(members, request.combine, request.part)
