"""A node type's docstring taken apart: what it is, and its sections Shape, Weights, Errors and Source."""

from __future__ import annotations

import re
from dataclasses import dataclass

SECTION = re.compile(r"^([A-Z][a-z]+):\s+(.*)$")
FORMULA = re.compile(r"^\S+'? = ")


@dataclass(frozen=True)
class DocText:
    """``sections`` keep their order; their lines are those that have to stay apart, such as formulas."""

    headline: str
    paragraphs: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]


def doc_text(doc: str) -> DocText:
    headline, _, rest = doc.partition("\n")
    paragraphs: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    is_new = True
    for line in rest.split("\n"):
        begins = SECTION.match(line)
        if begins:
            sections.append((begins[1], [begins[2].strip()]))
        elif not line.strip():
            is_new = True
            continue
        elif sections:
            _go_on(sections[-1][1], line.strip())
        elif is_new or not paragraphs:
            paragraphs.append(line.strip())
        else:
            paragraphs[-1] += f" {line.strip()}"
        is_new = False
    return DocText(headline.strip(), tuple(paragraphs), tuple((name, tuple(lines)) for name, lines in sections))


def _go_on(lines: list[str], text: str) -> None:
    """A formula begins a line of its own; anything else goes on with the one before."""
    if FORMULA.match(text):
        lines.append(text)
    else:
        lines[-1] += f" {text}"
