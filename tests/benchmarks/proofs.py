"""Large example networks: the checker, onnxruntime against PyTorch at batch 1 and 7, and the source by itself.

The proof of all but the largest, and the source of the light ones, are also among the tests.
"""

from __future__ import annotations

from collections.abc import Iterable

from runtime.exchange.proof import ALLOWED
from tests.benchmarks.figures import Figure
from tests.runtime.exchange.examples import LARGE, LARGEST, NETWORKS, apart_as_source, built, graph_of, proven

ALIKE = 1e-6  # of the largest number of an output


def run() -> Iterable[Figure]:
    for path in NETWORKS:
        if path.stem in (*LARGE, *LARGEST):
            graph = graph_of(path)
            module = built(graph)
            apart = proven(graph, module).max_relative_diff
            yield Figure(f"proof: {path.stem} at batch 1 and 7", apart, "apart", ALLOWED)
            yield Figure(f"proof: {path.stem}, source alone", apart_as_source(graph, module), "apart", ALIKE)
