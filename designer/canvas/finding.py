"""Find a node: by its name, its kind, a shape it gives, or the words of its problems."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from designer.chooser import Chooser, Option
from designer.document import Document

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

MOST = 200


def find_node(canvas: CanvasView) -> Chooser:
    """Opens the search over a canvas; what is chosen is selected and shown."""
    chooser = Chooser(canvas, "Find a node by name, kind, shape or problem", partial(_options, canvas))
    chooser.closed.connect(canvas.setFocus)
    chooser.open_above()
    return chooser


def _options(canvas: CanvasView, text: str) -> list[Option]:
    document = canvas.document
    options = []
    for name in matching(document, text)[:MOST]:
        settings, outputs = document.graph.nodes[name].settings, document.inference.facts[name].outputs
        note = " · ".join([settings.torch_name, *(str(shape) for shape in list(outputs.values())[:1])])
        options.append(Option(name, partial(canvas.show_node, name), note, settings.family))
    return options


def matching(document: Document, text: str) -> list[str]:
    """The nodes that all words speak of, best first: names, then kinds, then shapes, then states and problems."""
    words = _plain(text).split()
    ranks = [(_rank(document, name, words), number, name) for number, name in enumerate(document.graph.nodes)]
    return [name for rank, _, name in sorted(ranks) if rank < NOTHING]


NOTHING = 9


def _rank(document: Document, name: str, words: list[str]) -> int:
    node = document.graph.nodes[name]
    kind = _plain(" ".join((node.settings.torch_name, node.settings.title, *node.settings.also)))
    shapes = _plain(" ".join(str(shape) for shape in document.inference.facts[name].outputs.values()))
    state = ("muted " if node.is_muted else "") + ("frozen " if node.training.frozen else "")
    problems = " ".join(f"{p.severity} problem {p.fact} {p.remedy}" for p in document.problems_of(name))
    fields = (name.lower(), kind, shapes, state + _plain(problems))
    if words and fields[0].startswith(words[0]) and all(word in fields[0] for word in words):
        return 0
    for rank, field in enumerate(fields, 1):
        if all(word in field for word in words):
            return rank
    everything = " ".join(fields)
    return len(fields) + 1 if all(word in everything for word in words) else NOTHING


def _plain(text: str) -> str:
    """In small letters; shapes as ``6×24×24``, however they are typed."""
    return re.sub(r"(?<=\w)\s*[×*]\s*(?=\w)|(?<=\d)\s*x\s*(?=\d)", "×", text.lower())
