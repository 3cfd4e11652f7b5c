"""What is said of the thing under the mouse."""

from __future__ import annotations

from designer.canvas.scene import Hit
from designer.document import Document
from designer.figures import grouped
from nodes.spec.shapes import Shape

WARMTH = {
    "warm": "Trained: the weights of the last run fit it.",
    "cold": "Changed since it was trained: the weights of the last run do not belong to it.",
}


def tip(document: Document, hit: Hit, warmth: str = "") -> str:
    """The name and shape of a port, the settings and problems of a node, what a link carries.

    ``warmth`` says whether the weights of a run fit the node.
    """
    if hit.link is not None:
        shape = document.inference.shape_of(hit.link)
        return f"{hit.link.source} → {hit.link.target}\n{_described(shape)}"
    if not hit.node:
        return ""
    return _port_tip(document, hit) if hit.port else _node_tip(document, hit.node, warmth)


def _port_tip(document: Document, hit: Hit) -> str:
    facts = document.inference.facts[hit.node]
    if hit.is_output:
        return f"{hit.port}\n{_described(facts.outputs.get(hit.port))}"
    link = document.graph.incoming(hit.node).get(hit.port)
    if link is None:
        is_optional = any(p.optional for p in document.graph.input_ports(hit.node, spare=True) if p.name == hit.port)
        return f"{hit.port}\nnothing connected" + (", and nothing needed" if is_optional else "")
    return f"{hit.port} ← {link.source}\n{_described(document.inference.shape_of(link))}"


def _node_tip(document: Document, name: str, warmth: str) -> str:
    settings, facts = document.graph.nodes[name].settings, document.inference.facts[name]
    lines = [f"{name} · {settings.torch_name}", settings.summary()]
    lines += [_described(shape) for shape in facts.outputs.values()]
    if facts.weights:
        lines.append(f"{grouped(facts.weight_count)} weights")
    if warmth:
        lines.append(WARMTH[warmth])
    if document.graph.nodes[name].training.frozen:
        lines.append("Frozen: its weights stay as they are.")
    lines += [str(problem) for problem in document.problems_of(name)]
    return "\n".join(dict.fromkeys(lines))


def _described(shape: Shape | None) -> str:
    return shape.described() if shape is not None else "shape not known yet"
