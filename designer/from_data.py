"""NewFromData: looks into data and shows a network that fits them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from designer.engine_client import EngineClient
from nodes.graph.model import Network
from nodes.graph.problem import DataFacts
from nodes.graph.starting import Known, starting_network
from nodes.spec.shapes import Shape
from runtime.data.choice import DIGITS
from runtime.data.forms import TORCHVISION, TOY
from runtime.data.glance import glance
from runtime.protocol import Answer, Refused
from runtime.questions.basic import DescribeData

WAITING = "Looking into {name} …"


class NewFromData(QObject):
    """Reads the headers itself where that is enough, and asks the engine where it is not.

    ``said`` tells what is under way or was found, ``refused`` why it cannot be.
    """

    said = Signal(str)
    refused = Signal(str, str)  # fact, remedy

    def __init__(self, engine: EngineClient, show: Callable[[Network], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._engine, self._show = engine, show
        self._asked = 0

    def start(self, source: str, form: str = "") -> None:
        """``source`` as a data choice names it: digits, a toy, or a folder written in full; ``form`` as there."""
        self.cancel()
        data = {"source": source} | ({"form": form} if form else {})
        facts = glance(data, Path.cwd()) if not form else None
        known = None if facts is None else _known_from(source, facts)
        if known is not None:
            self._finish(known)
            return
        self.said.emit(WAITING.format(name=_title(source)))
        request = DescribeData(id=0, data=data, base=str(Path.cwd()))
        self._asked = self._engine.ask(self, request, lambda answer: self._take(source, form, answer), self._refuse)

    def cancel(self) -> None:
        """Does not wait any longer."""
        self._engine.forget(self._asked)
        self.said.emit("")

    def _take(self, source: str, form: str, answer: Answer) -> None:
        self.said.emit("")
        known = _known_in(source, form, answer)
        if known is None:
            fact = f"{_title(source)} has no field to learn from, or none to be said of it."
            self.refused.emit(fact, "Draw a network for it by hand: begin with an Input of its size.")
        else:
            self._finish(known)

    def _refuse(self, refused: Refused) -> None:
        self.said.emit("")
        self.refused.emit(refused.fact, refused.remedy)

    def _finish(self, known: Known) -> None:
        self._show(starting_network(known, _title(known.source)))


def _title(source: str) -> str:
    kind, _, name = source.partition(":")
    if f"{kind}:" in (TOY, TORCHVISION):
        return name if f"{kind}:" == TORCHVISION else name.capitalize()
    return "Digits" if source == DIGITS else Path(source).stem or source


def _known_from(source: str, facts: DataFacts) -> Known | None:
    values = [shape for name, shape in facts.fields.items() if name != facts.target]
    return Known(source, values[0], facts.classes) if values else None


def _known_in(source: str, form: str, answer: Answer) -> Known | None:
    """The first field that is no target, and the first that is one."""
    fields = answer.result.get("fields", ())
    value = next((field for field in fields if not field["is_target"] and field["shape"]), None)
    target = next((field for field in fields if field["is_target"]), None)
    if value is None or target is None:
        return None
    classes, words = len(target["classes"] or ()), len(value["classes"] or ())
    return Known(source, _shape_of(value), classes, _shape_of(target), words, form)


def _shape_of(field: dict[str, Any]) -> Shape:
    return Shape(*field["shape"], axes=field["axes"], values=field["values"])
