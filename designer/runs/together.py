"""Dialogs on several runs: where two disagree, sample by sample, and what all score as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTemporaryDir
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from designer.engine_client import EngineClient
from designer.figures import grouped, share
from designer.inspect.sheet_view import SheetView
from designer.training.standing import number
from designer.widgets import button, empty, label, scrolled
from runtime.protocol import Answer, Refused, Request
from runtime.questions.insight import Disagreements
from runtime.questions.transfer import EvaluateEnsemble
from runtime.stopping import words_of

SIZE = (820, 560)
PARTS = ("test", "validation", "train")
COMBINE = {"mean of probabilities": "probabilities", "mean of scores": "logits", "votes": "votes"}
WORKING = "Working it out…"


class _Dialog(QDialog):
    """Choosers above, a sentence, content below; asks anew when something else is chosen."""

    def __init__(self, engine: EngineClient, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._engine, self._asked = engine, 0
        self.setWindowTitle(title)
        self.resize(*SIZE)
        self.part = QComboBox()
        self.part.addItems(PARTS)
        self.part.setAccessibleName("Part of the data")
        self.part.currentIndexChanged.connect(self.ask)
        self.told = label(WORKING, wrap=True)
        self.controls = QHBoxLayout()
        self.controls.addWidget(self.part)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 16, 16, 16)
        self.column.setSpacing(12)
        self.column.addLayout(self.controls)
        self.column.addWidget(self.told)
        close = button("Close", self.accept)
        close.setDefault(True)
        self._below = QHBoxLayout()
        self._below.addStretch()
        self._below.addWidget(close)
        self.finished.connect(lambda _: self._engine.forget(self._asked))

    def put(self, request: Request) -> None:
        self.told.setText(WORKING)
        self._engine.forget(self._asked)
        self._asked = self._engine.ask(self, request, self._hear, self._refuse)

    def ask(self) -> None:
        raise NotImplementedError

    def show_answer(self, told: dict[str, Any]) -> None:
        raise NotImplementedError

    def _hear(self, answer: Answer) -> None:
        self.show_answer(answer.result)

    def _refuse(self, refused: Refused) -> None:
        self.told.setText(f"{refused.fact} {refused.remedy}".strip())


class DisagreementDialog(_Dialog):
    """Samples that two runs decide differently, with both answers."""

    def __init__(self, engine: EngineClient, first: Path, second: Path, parent: QWidget | None = None) -> None:
        super().__init__(engine, "Where Two Runs Disagree", parent)
        self.first, self.second = first, second
        self._folder = QTemporaryDir()
        self.controls.addWidget(label(f"{first.name}  →  {second.name}", "secondary"))
        self.controls.addStretch()
        self.sheet = SheetView("Samples on which they disagree")
        self.column.addWidget(scrolled(self.sheet), 1)
        self.column.addLayout(self._below)
        self.ask()

    def ask(self) -> None:
        part = self.part.currentText()
        self.put(Disagreements(0, str(self.first), self._folder.path(), other=str(self.second), part=part))

    def show_answer(self, told: dict[str, Any]) -> None:
        counts, names, found = told["counts"], told["classes"], told["found"]
        one, other = (share(part, 2) for part in told["accuracies"])
        differing = told["samples"] - told["agree"]
        if not differing:
            self.told.setText(
                f"They decide all {grouped(told['samples'])} samples alike. Accuracy {one} and {other}."
            )
            self.sheet.show_sheet(None)
            return
        self.told.setText(
            f"They decide {grouped(differing)} of {grouped(told['samples'])} samples differently: only the first is "
            f"right on {counts['only_first']}, only the second on {counts['only_second']}, neither on "
            f"{counts['neither']}. Accuracy {one} and {other}."
        )
        self.sheet.show_sheet(told.get("sheet"), [f"{names[s['first']]} | {names[s['second']]}" for s in found])
        self.sheet.tips = [
            f"Sample {s['row']} is {names[s['right']]}: the first says {names[s['first']]} "
            f"({share(s['probabilities'][0])}), the second {names[s['second']]} ({share(s['probabilities'][1])})"
            for s in found
        ]
        self.sheet.enlarge(1.25)


class EnsembleDialog(_Dialog):
    """What runs score alone, and all as one."""

    def __init__(self, engine: EngineClient, runs: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(engine, "Runs as One", parent)
        self.runs = list(runs)
        self.combine = QComboBox()
        self.combine.setAccessibleName("How answers are joined")
        self.combine.addItems(list(COMBINE))
        self.combine.currentIndexChanged.connect(self.ask)
        self.controls.addWidget(self.combine)
        self.controls.addStretch()
        holder = QWidget()
        self.grid = QGridLayout(holder)
        self.grid.setHorizontalSpacing(24)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(holder)
        self.column.addStretch()
        self.column.addLayout(self._below)
        self.rows: list[tuple[str, ...]] = []
        self.ask()

    def ask(self) -> None:
        combine, part = COMBINE[self.combine.currentText()], self.part.currentText()
        self.put(EvaluateEnsemble(0, [str(run) for run in self.runs], combine, part))  # type: ignore[arg-type]

    def show_answer(self, told: dict[str, Any]) -> None:
        members = told["members"]
        names = [name for name in ("accuracy", "loss", "iou", "f1") if name in told or name in members[0]]
        self.rows = [("", *(words_of(name)[:1].upper() + words_of(name)[1:] for name in names))]
        self.rows += [(member["name"], *(_written(name, member.get(name)) for name in names)) for member in members]
        self.rows.append(("all as one", *(_written(name, told.get(name)) for name in names)))
        empty(self.grid)
        for row, cells in enumerate(self.rows):
            role = "title" if row == len(self.rows) - 1 else "heading" if row == 0 else ""
            for place, text in enumerate(cells):
                self.grid.addWidget(label(text, role), row, place)
        best = max((member.get("accuracy") or 0 for member in members), default=0)
        gain = (told.get("accuracy") or 0) - best
        words = f"{100 * gain:+.2f} points against the best of them" if best else "No accuracy is measured here"
        self.told.setText(f"{words}, on {grouped(told['samples'])} samples.".replace("-", "−"))


def _written(name: str, value: Any) -> str:
    if not isinstance(value, int | float):
        return "–"
    return number(value) if name == "loss" else share(value, 2)
