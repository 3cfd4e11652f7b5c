"""Names of values in ONNX files, those in the graphs of loops and branches too."""

from __future__ import annotations

import onnx


def read_by(node: onnx.NodeProto) -> list[str]:
    """The names that a node reads, those of graphs within it too that stand around it."""
    found = [name for name in node.input if name]
    for attribute in node.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            own = {one.name for held in (graph.input, graph.initializer) for one in held}
            own |= {name for inner in graph.node for name in inner.output}
            read = [name for inner in graph.node for name in read_by(inner)] + [one.name for one in graph.output]
            found += [name for name in read if name not in own]
    return found
