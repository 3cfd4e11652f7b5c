"""Marking: notes, tags, the baseline, the archive and deletion of the selected runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QInputDialog, QWidget

from designer import dialogs
from designer.widgets import button
from runtime.run_list import Marks, Row, delete_runs, restore_runs, write_marks
from runtime.runs import TrainingError

UNDO_MS = 20_000


class Listed(Protocol):
    """Who shows the runs."""

    def selected(self) -> list[Row]: ...

    def listed(self) -> list[Row]: ...

    def show_rows(self, rows: Sequence[Row]) -> None: ...


class Marking(QObject):
    """Asks, writes beside the runs and shows them as they are then; a deletion can be taken back for a while."""

    def __init__(self, shown: Listed, owner: QWidget, refresh: Callable[[], None]) -> None:
        super().__init__(owner)
        self._shown, self._owner, self._refresh = shown, owner, refresh
        self.undo = button("Undo", self.take_back, "link")
        self.undo.hide()
        self._moved: list[tuple[Path, Path]] = []
        self._forget = QTimer(self, singleShot=True, interval=UNDO_MS)
        self._forget.timeout.connect(self.undo.hide)

    def note(self) -> None:
        rows = self._shown.selected()
        words = "What is worth knowing of it:"
        text, is_given = QInputDialog.getText(self._owner, "Note", words, text=rows[0].marks.note)
        if is_given:
            self.mark(rows, note=text.strip())

    def tag(self) -> None:
        rows = self._shown.selected()
        known = ", ".join(rows[0].marks.tags)
        text, is_given = QInputDialog.getText(self._owner, "Tags", "Words with commas between them:", text=known)
        if is_given:
            self.mark(rows, tags=tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip())))

    def pin(self) -> None:
        """One run alone is the baseline."""
        row = self._shown.selected()[0]
        others = [other for other in self._shown.listed() if other.marks.is_pinned and other.path != row.path]
        self.mark(others, is_pinned=False)
        self.mark([row], is_pinned=not row.marks.is_pinned)
        self._refresh()  # what changed is said against the baseline

    def archive(self) -> None:
        rows = self._shown.selected()
        self.mark(rows, is_archived=not rows[0].marks.is_archived)

    def mark(self, rows: Sequence[Row], **changes: object) -> None:
        """Notes something on runs."""
        changed = {}
        try:
            for row in rows:
                marks: Marks = msgspec.structs.replace(row.marks, **changes)
                write_marks(Path(row.path), marks)
                changed[row.path] = msgspec.structs.replace(row, marks=marks)
        except TrainingError as error:
            dialogs.tell(self._owner, error.fact, error.remedy)
        self._shown.show_rows([changed.get(row.path, row) for row in self._shown.listed()])

    def delete(self) -> None:
        rows = self._shown.selected()
        if not rows:
            return
        try:
            self._moved = delete_runs(Path(row.path) for row in rows)
        except TrainingError as error:
            dialogs.tell(self._owner, error.fact, error.remedy)
            return
        gone = {row.path for row in rows}
        self._shown.show_rows([row for row in self._shown.listed() if row.path not in gone])
        self.undo.setText(f"{len(rows)} deleted. Undo" if len(rows) > 1 else "Deleted. Undo")
        self.undo.show()
        self._forget.start()

    def take_back(self) -> None:
        try:
            restore_runs(self._moved)
        except TrainingError as error:
            dialogs.tell(self._owner, error.fact, error.remedy)
        self._moved = []
        self.undo.hide()
        self._refresh()
