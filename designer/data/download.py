"""DownloadBar: how far the download of a ready set is, and the button that ends it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTemporaryDir
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from designer.figures import memory
from designer.widgets import button, label
from runtime.protocol import Partly

STEPS = 1000  # of the bar: files may have more bytes than it can count


class DownloadBar(QWidget):
    """Hidden until a part of an answer tells of a download. ``stop_file`` goes along with the question."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = QTemporaryDir()
        self._round = 0
        self.words = label("", role="secondary", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Download")
        self.cancel = button("Cancel", self._cancel, tip="Ends the download; it can go on from there later")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addLayout(row)
        self.hide()

    @property
    def stop_file(self) -> Path:
        """Where the engine looks whether it shall stop."""
        return Path(self._folder.path()) / f"stop-{self._round}"

    def begin(self) -> None:
        """Another question, with a stop file of its own."""
        self.give_up()
        self._round += 1
        self.cancel.setEnabled(True)

    def give_up(self) -> None:
        """Ends what is under way: its answer is of no use any more."""
        if self.isVisible():
            self.stop_file.touch()
        self.hide()

    def hear(self, part: Partly) -> None:
        """How far it is."""
        name, done, total = part.result["file"], part.result["bytes"], part.result["total"]
        of = f" of {memory(total)}" if total else ""
        self.words.setText(f"Downloading {name}: {memory(done)}{of}")
        self.bar.setRange(0, STEPS if total else 0)
        self.bar.setValue(done * STEPS // total if total else 0)
        self.bar.setAccessibleDescription(self.words.text())
        self.show()

    def _cancel(self) -> None:
        self.stop_file.touch()
        self.cancel.setEnabled(False)
