"""FileActions: new, open, save and everything that keeps a drawing from being lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from designer import dialogs
from designer.document import Document
from designer.file_watch import FileWatch, is_writable
from designer.versions import keep_version
from nodes.graph.model import Network

if TYPE_CHECKING:
    from designer.recovery import Recovered

FILTER = "Networks (*.netw);;All files (*)"
OPENED = "Networks and sealed runs (*.netw *.netwrun);;All files (*)"
SEALED = ".netwrun"
RECENT, MOST_RECENT = "files/recent", 10
SAVE, DISCARD, CANCEL = "Save", "Discard", "Cancel"
REPLACE, SAVE_ELSEWHERE = "Replace it", "Save elsewhere"
RELOAD, KEEP_MINE = "Reload it", "Keep mine"


class FileActions(QObject):
    """Every way in and out of a file. Nothing here loses a drawing without asking."""

    said = Signal(str)
    recent_changed = Signal()
    sealed_chosen = Signal(object)  # a sealed run, which is no drawing

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self.watch = FileWatch()
        self.make_room: Callable[[], bool] = self.may_leave  # for another network: in a window, a tab of its own
        self.find_open: Callable[[Path], bool] = lambda path: False  # shows the tab that has it
        self.is_in_a_tab: Callable[[Path], bool] = lambda path: False  # other than the one shown
        self._is_asking = False

    def new(self) -> None:
        self.show(Network())

    def open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a network", self._folder(), OPENED)
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> bool:
        """Opens a file unless the user keeps the drawing that is not saved. Returns whether it is shown."""
        if path.suffix.lower() == SEALED:
            self.sealed_chosen.emit(path.absolute())
            return False
        return self.find_open(path.absolute()) or self._read(path.absolute())

    def show(self, network: Network) -> bool:
        """Shows a network that has no file yet. Returns whether it is shown."""
        if not self.make_room():
            return False
        self._leave_file()
        self._document.open(network, None)
        return True

    def open_example(self, path: Path) -> None:
        """Opens one of ours as a network without a file: saving asks for a place."""
        from nodes.graph.files import NetworkFileError, load

        try:
            opened = load(path)
        except NetworkFileError as error:
            dialogs.tell(self._window, str(error))
            return
        self.show(opened.network)

    def open_recovered(self, recovered: Recovered) -> None:
        """Opens what a window left behind, as changes of its file that are not saved."""
        if not self.make_room():
            return
        path = recovered.path if recovered.path is not None and recovered.path.is_file() else None
        self._leave_file()
        if path is not None:
            self.watch.remember(path)
            self.watch.hold(path)
        self._document.open(recovered.network, path, modified=True)
        recovered.forget()

    def save(self) -> bool:
        """Writes the file. Returns whether its content is now what is shown."""
        path = self._document.path
        if path is None:
            return self.save_as()
        if not self.watch.hold(path):
            return self._save_beside(path, f"{path.name} is open in another window.")
        if not is_writable(path):
            return self._save_beside(path, f"The folder {path.parent} is read-only.")
        if self.watch.is_changed(path):
            answer = dialogs.ask(
                self._window,
                f"{path.name} was changed by another program or window since it was opened here.",
                "Replacing it loses those changes; saving elsewhere keeps both.",
                (SAVE_ELSEWHERE, REPLACE, CANCEL),
            )
            if answer != REPLACE:
                return answer == SAVE_ELSEWHERE and self.save_as()
        return self._write(path)

    def _save_beside(self, path: Path, fact: str) -> bool:
        answer = dialogs.ask(
            self._window, fact, "Save what is shown here in another place.", (SAVE_ELSEWHERE, CANCEL)
        )
        return answer == SAVE_ELSEWHERE and self.save_as()

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
        return [path for path in self.remembered() if path.exists()]

    def remembered(self) -> list[Path]:
        """Files opened lately, also those that are no longer there."""
        kept = QSettings().value(RECENT, [])
        names = [kept] if isinstance(kept, str) else list(kept or [])  # type: ignore[call-overload]
        return list(map(Path, names))

    def forget_recent(self) -> None:
        QSettings().setValue(RECENT, [])
        self.recent_changed.emit()

    def look_again(self) -> None:
        """The window has the focus again: has another program changed the file meanwhile?"""
        path = self._document.path
        if path is None or self._is_asking:
            return
        if self.watch.is_gone(path):
            self.watch.remember(path)
            self._document.mark_unsaved()
            self.said.emit(f"{path.name} is no longer in its folder. Save writes it again.")
        elif self.watch.is_changed(path):
            self._is_asking = True
            try:
                self._ask_to_reload(path)
            finally:
                self._is_asking = False

    def _ask_to_reload(self, path: Path) -> None:
        mine = "Your changes can be had back with Undo." if self._document.is_modified else ""
        answer = dialogs.ask(
            self._window,
            f"{path.name} was changed by another program or window.",
            f"Reloading shows what the file holds now. {mine}".strip(),
            (RELOAD, KEEP_MINE),
        )
        if answer == RELOAD:
            self._reload(path)
        else:
            keep_version(path)  # theirs is not lost when mine is saved
            self.watch.remember(path)
            self._document.mark_unsaved()

    def _reload(self, path: Path) -> None:
        """Shows what the file holds now; what was shown can be had back, as after any other step."""
        from nodes.graph.files import NetworkFileError, load

        try:
            opened = load(path)
        except NetworkFileError as error:
            dialogs.tell(self._window, str(error), "The drawing on screen stays as it is.")
            return
        self.watch.remember(path)
        self._document.edit_network(opened.network, f"Reload {path.name}")
        if not opened.faults:
            self._document.mark_saved(path)
        self._ask_to_trust()

    def is_open_elsewhere(self) -> bool:
        """Has another window the file of this drawing?"""
        path = self._document.path
        return path is not None and not self.watch.hold(path)

    def _leave_file(self) -> None:
        if self._document.path is not None:
            self.watch.forget(self._document.path)

    def _read(self, path: Path) -> bool:
        from nodes.graph.files import NetworkFileError, load

        try:
            opened = load(path)
        except NetworkFileError as error:
            dialogs.tell(self._window, str(error), "The drawing on screen stays as it is.")
            return False
        if not self.make_room():
            return False
        kept = _kept_copy(path) if opened.faults else None
        self._leave_file()
        self.watch.remember(path)
        is_ours = self.watch.hold(path)
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
        if not is_ours:
            dialogs.tell(
                self._window,
                f"{path.name} is open in another window.",
                "You can look and draw here; saving asks for another place.",
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

        is_in_a_tab = self.is_in_a_tab(path)
        if is_in_a_tab or not self.watch.hold(path):
            where = "tab" if is_in_a_tab else "window"
            dialogs.tell(self._window, f"{path.name} is open in another {where}.", "Save under another name.")
            return False
        keep_version(path)  # what another program wrote, or saved before versions were kept
        try:
            save(self._document.network, path)
        except NetworkFileError as error:
            dialogs.tell(self._window, str(error), "The drawing is still here, and not saved.")
            return False
        keep_version(path)
        if path != self._document.path:
            self._leave_file()
        self.watch.remember(path)
        self._document.mark_saved(path)
        self._remember(path)
        self.said.emit(f"Saved as {path}")
        return True

    def _remember(self, path: Path) -> None:
        names = [str(path), *(str(p) for p in self.remembered() if p != path)]
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


def _file_name(title: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "-_ " else "-" for sign in title).strip()
    return kept[:60] or "network"


def _count(faults: int) -> str:
    return "one thing" if faults == 1 else f"{faults} things"
