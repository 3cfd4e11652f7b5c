"""The proof of every large example network: the checker, and onnxruntime against PyTorch at batch 1 and 7.

The other examples are proven by the tests, all in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable

from runtime.exchange.proof import ALLOWED
from tests.benchmarks.figures import Figure
from tests.runtime.exchange.examples import LARGE, NETWORKS, built, graph_of, proven


def run() -> Iterable[Figure]:
    for path in NETWORKS:
        if path.stem in LARGE:
            graph = graph_of(path)
            apart = proven(graph, built(graph)).max_relative_diff
            yield Figure(f"proof: {path.stem} at batch 1 and 7", apart, "of the largest output", ALLOWED)
