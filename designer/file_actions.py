"""FileActions: new, open, save and everything that keeps a drawing from being lost."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from designer import dialogs
from designer.document import Document
from nodes.graph.model import Network

if TYPE_CHECKING:
    from designer.recovery import Recovered

FILTER = "Networks (*.netw);;All files (*)"
RECENT, MOST_RECENT = "files/recent", 10
SAVE, DISCARD, CANCEL = "Save", "Discard", "Cancel"
REPLACE, SAVE_ELSEWHERE = "Replace it", "Save elsewhere"


class FileActions(QObject):
    """Every way in and out of a file. Nothing here loses a drawing without asking."""

    said = Signal(str)
    recent_changed = Signal()

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._known = b""  # digest of the file as this window last read or wrote it

    def new(self) -> None:
        if self.may_leave():
            self._known = b""
            self._document.open(Network(), None)

    def open(self) -> None:
        if self.may_leave():
            path, _ = QFileDialog.getOpenFileName(self._window, "Open a network", self._folder(), FILTER)
            if path:
                self._read(Path(path))

    def open_path(self, path: Path) -> bool:
        """Opens a file unless the user keeps the drawing that is not saved. Returns whether it is shown."""
        return self.may_leave() and self._read(path)

    def open_example(self, path: Path) -> None:
        """Opens one of ours as a network without a file: saving asks for a place."""
        from nodes.graph.files import NetworkFileError, load

        if not self.may_leave():
            return
        try:
            opened = load(path)
        except NetworkFileError as error:
            dialogs.tell(self._window, str(error))
            return
        self._known = b""
        self._document.open(opened.network, None)

    def open_recovered(self, recovered: Recovered) -> None:
        """Opens what a window left behind, as changes of its file that are not saved."""
        if not self.may_leave():
            return
        path = recovered.path if recovered.path is not None and recovered.path.is_file() else None
        self._known = _digest(path) if path else b""
        self._document.open(recovered.network, path, modified=True)
        recovered.forget()

    def save(self) -> bool:
        """Writes the file. Returns whether its content is now what is shown."""
        path = self._document.path
        if path is None:
            return self.save_as()
        if self._is_changed_by_another(path):
            answer = dialogs.ask(
                self._window,
                f"{path.name} was changed by another program or window since it was opened here.",
                "Replacing it loses those changes; saving elsewhere keeps both.",
                (SAVE_ELSEWHERE, REPLACE, CANCEL),
            )
            if answer != REPLACE:
                return answer == SAVE_ELSEWHERE and self.save_as()
        return self._write(path)

    def save_as(self) -> bool:
        dialog = QFileDialog(self._window, "Save the network", self._folder(), FILTER)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("netw")
        dialog.selectFile(
            self._document.path.name if self._document.path else f"{_file_name(self._document.title)}.netw"
        )
        if not dialog.exec():
            return False
        return self._write(Path(dialog.selectedFiles()[0]))

    def may_leave(self) -> bool:
        """Whether the drawing may go: it is saved, or its user said so."""
        document = self._document
        if not document.is_modified or (document.path is None and not document.root_graph.nodes):
            return True
        answer = dialogs.ask(
            self._window,
            f"“{document.title}” has changes that are not saved.",
            "Save them before it is closed?",
            (SAVE, DISCARD, CANCEL),
        )
        return answer == DISCARD or (answer == SAVE and self.save())

    def recent(self) -> list[Path]:
        """Files opened lately that are still there, the last one first."""
        kept = QSettings().value(RECENT, [])
        names = [kept] if isinstance(kept, str) else list(kept or [])  # type: ignore[call-overload]
        return [path for path in map(Path, names) if path.exists()]

    def forget_recent(self) -> None:
        QSettings().setValue(RECENT, [])
        self.recent_changed.emit()

    def _read(self, path: Path) -> bool:
        from nodes.graph.files import NetworkFileError, load

        path = path.absolute()
        try:
            opened = load(path)
        except NetworkFileError as error:
            dialogs.tell(self._window, str(error), "The drawing on screen stays as it is.")
            return False
        kept: Path | None = None
        if opened.faults:
            kept = _kept_copy(path)
        self._known = _digest(path)
        self._document.open(opened.network, path, modified=bool(opened.faults))
        self._remember(path)
        if opened.faults:
            copy = f"The file as it was is kept as {kept.name}." if kept else "No copy of it could be kept."
            dialogs.tell(
                self._window,
                f"{path.name} is damaged: {_count(len(opened.faults))} could not be read. The rest is shown.",
                f"{copy} Saving writes what is shown now.\n\n" + "\n".join(f"• {f}" for f in opened.faults[:6]),
                opened.faults if len(opened.faults) > 6 else (),
            )
        self._ask_to_trust()
        return True

    def _ask_to_trust(self) -> None:
        """Asks about the Python code of the file just opened, if there is any that nobody has trusted yet."""
        from designer.trusting import may_run
        from runtime.trust import user_code

        may_run(self._window, user_code(self._document.root_graph))

    def _write(self, path: Path) -> bool:
        from nodes.graph.files import NetworkFileError, save

        try:
            save(self._document.network, path)
        except NetworkFileError as error:
            dialogs.tell(self._window, str(error), "The drawing is still here, and not saved.")
            return False
        self._known = _digest(path)
        self._document.mark_saved(path)
        self._remember(path)
        self.said.emit(f"Saved as {path}")
        return True

    def _is_changed_by_another(self, path: Path) -> bool:
        found = _digest(path)
        return bool(found) and found != self._known

    def _remember(self, path: Path) -> None:
        names = [str(path), *(str(p) for p in self.recent() if p != path)]
        QSettings().setValue(RECENT, names[:MOST_RECENT])
        self.recent_changed.emit()

    def _folder(self) -> str:
        if self._document.path is not None:
            return str(self._document.path.parent)
        recent = self.recent()
        return str(recent[0].parent if recent else Path.home())


def _kept_copy(path: Path) -> Path | None:
    """Copies a damaged file beside itself under a free name; None where that cannot be."""
    number = 1
    while (copy := path.with_name(f"{path.stem}-damaged{number}{path.suffix}")).exists():
        number += 1
    try:
        shutil.copy2(path, copy)
    except OSError:
        return None
    return copy


def _digest(path: Path) -> bytes:
    """Of a file's content; empty where there is none."""
    try:
        return sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def _file_name(title: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "-_ " else "-" for sign in title).strip()
    return kept[:60] or "network"


def _count(faults: int) -> str:
    return "one thing" if faults == 1 else f"{faults} things"
