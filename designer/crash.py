"""What happens on a mistake of ours: the drawing is saved first, then it is said, with details to copy."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from time import strftime
from types import TracebackType

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from designer.document import Document
from designer.recovery import recovery_folder


class CrashGuard:
    """The exception hook of the window."""

    def __init__(self, document: Document, window: QWidget | None = None) -> None:
        self._document, self._window = document, window
        self._is_telling = False

    def install(self) -> None:
        sys.excepthook = self

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        sys.stderr.write(details)
        if self._is_telling:
            return
        self._is_telling = True
        try:
            saved = self.save()
            crash_box(self._window, error, saved, details).exec()
        finally:
            self._is_telling = False

    def save(self) -> Path | None:
        """Writes the drawing to the recovery folder. None where there is nothing to save or it cannot be."""
        from nodes.graph.files import NetworkFileError, save

        if not self._document.root_graph.nodes:
            return None
        path = recovery_folder() / f"{strftime('%Y-%m-%d-%H%M%S')}.netw"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save(self._document.network, path)
        except (OSError, NetworkFileError):
            return None
        return path


def crash_box(parent: QWidget | None, error: BaseException, saved: Path | None, details: str) -> QMessageBox:
    """The dialog; its details can be shown and copied."""
    box = QMessageBox(parent)
    box.setWindowTitle("Netwright")
    box.setText("Something went wrong inside Netwright. This is a mistake of ours, not of yours.")
    box.setInformativeText(
        f"Your drawing was saved to {saved}. You can go on; if anything looks odd, restart and open that file."
        if saved
        else "You can go on; if anything looks odd, save under another name and restart."
    )
    box.setDetailedText(f"{type(error).__name__}: {error}\n\n{details}")
    box.addButton("Go on", QMessageBox.ButtonRole.AcceptRole)
    copy = box.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
    copy.clicked.disconnect()  # stays open
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
    return box
