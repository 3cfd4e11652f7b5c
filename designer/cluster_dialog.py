"""Network > Train Elsewhere: the Slurm script and the torchrun command for the network that is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from designer import dialogs, theme
from designer.document import Document
from designer.spins import spin_box
from designer.widgets import button, label
from nodes.graph.files import NetworkFileError, write_atomically
from nodes.spec.settings import SettingError
from runtime.cluster import Cluster, require_enough, slurm_script, torchrun_command
from runtime.recipe import Recipe
from runtime.runs import TrainingError

SLURM, TORCHRUN = "A Slurm job", "A torchrun command"
UNSAVED = "The network has no file yet: save it, and take the file along."
TAKE = "Take the network's file and its data along; Netwright has to be installed there."


def show_cluster(document: Document, parent: QWidget) -> None:
    dialog = ClusterDialog(document, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


class ClusterDialog(QDialog):
    """A few numbers, and the text that follows from them, to copy or to save."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setWindowTitle("Train elsewhere")
        self.kind = QComboBox()
        self.kind.addItems([SLURM, TORCHRUN])
        self.nodes, self.gpus, self.cores = _number(1, 1, 4096), _number(1, 0, 64), _number(4, 1, 256)
        self.time, self.partition, self.account = QLineEdit("24:00:00"), QLineEdit(), QLineEdit()
        self.host = QLineEdit("first-machine")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(theme.mono_font(11))
        self.text.setAccessibleName("The script or command")
        self.words = label("", "secondary", wrap=True)
        self.copy = button("Copy", self._copy, tip="Puts the text on the clipboard")
        self.save = button("Save…", self._save, "primary", "Writes the text into a file")
        self._lay_out()
        self.kind.currentTextChanged.connect(self.show_text)
        for number in (self.nodes, self.gpus, self.cores):
            number.valueChanged.connect(self.show_text)
        for field in (self.time, self.partition, self.account, self.host):
            field.textChanged.connect(self.show_text)
        self.show_text()

    def _lay_out(self) -> None:
        self._form = QFormLayout()
        self._form.setVerticalSpacing(8)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        rows = (
            ("Write", self.kind), ("Machines", self.nodes), ("GPUs of each", self.gpus),
            ("CPU cores for each process", self.cores), ("Longest time", self.time),
            ("Partition", self.partition), ("Account", self.account), ("First machine", self.host),
        )  # fmt: skip
        for words, field in rows:
            name = label(words)
            name.setMinimumHeight(field.sizeHint().height())  # else it stands above the middle of its field
            self._form.addRow(name, field)
            field.setAccessibleName(words)
        self.time.setToolTip("As Slurm writes it: 24:00:00, or 2-12 for 2 days and 12 hours")
        self.gpus.setToolTip("A process for each; 0 trains on CPUs, in one process a machine")
        beside = QHBoxLayout()
        beside.setSpacing(20)
        left = QVBoxLayout()
        left.addLayout(self._form)
        left.addStretch()
        beside.addLayout(left)
        beside.addWidget(self.text, 1)
        below = QHBoxLayout()
        below.addWidget(self.words, 1)
        for one in (button("Close", self.reject), self.copy, self.save):
            one.setAutoDefault(False)
            below.addWidget(one)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Train elsewhere", "title"))
        layout.addLayout(beside, 1)
        layout.addLayout(below)
        self.resize(980, 480)

    @property
    def _is_slurm(self) -> bool:
        return self.kind.currentText() == SLURM

    def show_text(self) -> None:
        """Writes the text anew; where a value cannot stand in it, says so instead."""
        for field in (self.cores, self.time, self.partition, self.account):
            self._form.setRowVisible(field, self._is_slurm)
        self._form.setRowVisible(self.host, not self._is_slurm and self.nodes.value() > 1)
        path = self._document.path
        try:
            self.text.setPlainText(self._written(path or Path("network.netw")))
        except (TrainingError, SettingError) as error:
            self.text.setPlainText("")
            self.words.setText(str(error))
        else:
            self.words.setText(TAKE if path else UNSAVED)
        for one in (self.copy, self.save):
            one.setEnabled(bool(self.text.toPlainText()))

    def _written(self, file: Path) -> str:
        wanted = Cluster(
            self.nodes.value(),
            self.gpus.value(),
            self.cores.value(),
            self.time.text().strip(),
            self.partition.text().strip(),
            self.account.text().strip(),
            self.host.text().strip(),
        )
        require_enough(wanted, Recipe.read(self._document.network.recipe).batch_size)
        write: Callable[..., str] = slurm_script if self._is_slurm else torchrun_command
        return write(file, wanted, base=file.resolve().parent)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.words.setText("It is on the clipboard.")

    def _save(self) -> None:
        folder = self._document.path.parent if self._document.path else Path.cwd()
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the script", str(folder / "job.sh"), "Scripts (*.sh)")
        if not chosen:
            return
        try:
            write_atomically(Path(chosen), self.text.toPlainText().rstrip("\n").encode() + b"\n")
        except NetworkFileError as error:
            dialogs.tell(self, str(error))
        else:
            self.words.setText(f"Saved as {chosen}.")


def _number(value: int, low: int, high: int) -> QSpinBox:
    field = spin_box(low, high)
    field.setValue(value)
    field.lineEdit().setTextMargins(6, 0, 0, 0)
    return field
