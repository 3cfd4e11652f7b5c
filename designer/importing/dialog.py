"""ImportDialog: a file or one of torchvision's networks becomes a drawing in a tab, with its weights beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from designer import dialogs
from designer.engine_client import EngineClient
from designer.importing.input_rows import InputRows
from designer.importing.python_classes import networks_in
from designer.widgets import button, label, restyle
from runtime.protocol import Answer, Refused
from runtime.questions.importing import ImportNetwork, ListImportable
from runtime.recipe_parts.transfer import TORCHVISION

if TYPE_CHECKING:
    from designer.main_window import MainWindow

FILES = "Networks (*.onnx *.pt2 *.py);;Weights (*.safetensors *.pt *.pth)"
RUN_IT = "Run It"
WEIGHTS = {"Trained, fetched once": "trained", "None: only the drawing": "none", "From a file…": ""}
CODE = (".py", ".pt2")  # what may run code when it is read


class ImportDialog(QDialog):
    """Asks what and where to, waits for the engine, opens what came of it and tells what became what."""

    def __init__(self, engine: EngineClient, show: Callable[[Path], object], parent: QWidget | None) -> None:
        super().__init__(parent)
        self._engine, self._show = engine, show
        self._asked: list[int] = []
        self.setWindowTitle("Import")
        self.setMinimumWidth(560)
        self.source = self._line("Source", "model.onnx, torchvision:resnet50 or module.py:ClassName")
        self.search = self._line("Search torchvision", "Search torchvision's networks")
        self.names = QListWidget()
        self.names.setAccessibleName("Networks of torchvision")
        self.names.setMinimumHeight(120)
        self.names.setMaximumHeight(180)
        self.weights = QComboBox()
        self.weights.addItems(list(WEIGHTS))
        self.weights.setAccessibleName("Weights")
        self.weights.setToolTip("For torchvision's networks and Python classes; ONNX files bring their own")
        self.inputs = InputRows()
        self.out = self._line("Network file", "Where the drawing is saved, its weights beside it")
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setAccessibleName("What became what")
        self.report.hide()
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.hide()
        self.outcome = label(wrap=True)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.go = button("Import", self.start, "primary")
        self.leave = button("Close", self.reject)
        self._weights_file = ""
        self._lay_out()
        self.search.textChanged.connect(self._filter)
        self.names.currentTextChanged.connect(self._choose_name)
        self.source.textChanged.connect(self._suggest_place)
        self.weights.activated.connect(self._choose_weights)
        self._asked.append(engine.ask(self, ListImportable(0), self._list, self._refuse))

    def take(self, path: Path) -> None:
        """Imports a file at once, to a place beside it that is free; of a Python file its class is said first."""
        if path.suffix.lower() == ".py":
            self._take_python(path)
        else:
            self.source.setText(str(path))
            self.start()

    def _take_python(self, path: Path) -> None:
        """Fills in the class, where the file has just one. None of it is run."""
        names = list(networks_in(path))
        self.source.setText(f"{path}:{names[0] if len(names) == 1 else ''}")
        if len(names) == 1:
            self.inputs.focus()
            self._say(f"Give the size of what {names[0]} takes, then press Import.", "secondary")
        elif names:
            self.source.setFocus()
            self._say(f"Write the class behind the colon: {', '.join(names[:8])}; and the size below.", "secondary")
        else:
            self._say(f"{path.name} says no class of nn.Module. Write its name behind the colon.", "fault")

    def start(self) -> None:
        """Asks the engine, after consent where code would run."""
        source, out = self.source.text().strip(), self.out.text().strip()
        if not source or not out:
            self._say("Choose a file or one of torchvision's networks, and where its drawing is saved.", "fault")
            return
        file = source.rpartition(":")[0] if ".py:" in source else source
        trust = file.endswith(CODE)
        if trust and dialogs.ask(self, *_consent(file), answers=(RUN_IT, "Cancel")) != RUN_IT:
            return
        if Path(out).exists() and dialogs.ask(self, *_overwrite(out), answers=("Replace", "Cancel")) != "Replace":
            return
        weights = WEIGHTS[self.weights.currentText()] or self._weights_file
        self._set_busy(f"Importing {Path(file).name} …")
        request = ImportNetwork(0, source, out, weights, self.inputs.text(), trust)
        self._asked.append(self._engine.ask(self, request, self._settle, self._refuse))

    def done(self, result: int) -> None:
        for asked in self._asked:
            self._engine.forget(asked)
        super().done(result)

    def _list(self, answer: Answer) -> None:
        self.names.addItems(list(answer.result["names"]))
        self._filter(self.search.text())

    def _filter(self, words: str) -> None:
        wanted = words.lower().replace(" ", "_")
        for row in range(self.names.count()):
            item = self.names.item(row)
            item.setHidden(wanted not in item.text())

    def _choose_name(self, name: str) -> None:
        if name:
            self.source.setText(f"{TORCHVISION}{name}")

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import", str(Path.home()), FILES)
        if path:
            if path.endswith(".py"):
                self._take_python(Path(path))
            else:
                self.source.setText(path)

    def _choose_place(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the drawing as", self.out.text(), "Networks (*.netw)")
        if path:
            self.out.setText(path)

    def _choose_weights(self) -> None:
        if WEIGHTS[self.weights.currentText()] == "":
            kinds = "Weights (*.safetensors *.pt *.pth)"
            self._weights_file, _ = QFileDialog.getOpenFileName(self, "Weights", str(Path.home()), kinds)
            if not self._weights_file:
                self.weights.setCurrentIndex(0)

    def _suggest_place(self, source: str) -> None:
        file, _, name = source.strip().rpartition(":")
        self.inputs.show_for(networks_in(Path(file)).get(name, ()) if file.endswith(".py") else ())
        self.out.setText(str(place_for(source.strip())) if source.strip() else "")

    def _settle(self, answer: Answer) -> None:
        self.bar.hide()
        self.go.setEnabled(True)
        self.leave.setText("Close")
        lines = [str(line) for line in answer.result["lines"]]
        self._say(lines[0], "good")
        self.report.setPlainText("\n".join(lines[1:]))
        self.report.show()
        self._show(Path(answer.result["path"]))

    def _refuse(self, refused: Refused) -> None:
        self.bar.hide()
        self.go.setEnabled(True)
        self.leave.setText("Close")
        self._say(f"{refused.fact} {refused.remedy}".strip(), "fault")

    def _set_busy(self, sentence: str) -> None:
        self.go.setEnabled(False)
        self.report.hide()
        self.bar.show()
        self.leave.setText("Cancel")
        self._say(sentence, "secondary")

    def _say(self, sentence: str, role: str) -> None:
        restyle(self.outcome, role=role)
        self.outcome.setText(sentence)

    @staticmethod
    def _line(name: str, hint: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(hint)
        return line

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.setSpacing(8)
        layout.addWidget(label("Import", "title"))
        layout.addWidget(
            label("What is said by nodes can be edited and trained on, with its weights.", "secondary", wrap=True)
        )
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow(_named("&Source", self.source), _beside(self.source, button("Browse…", self._choose_file)))
        known = QVBoxLayout()
        known.addWidget(self.search)
        known.addWidget(self.names)
        form.addRow(_named("or &torchvision", self.search), known)
        form.addRow("&Weights", self.weights)
        form.addRow("One sample", self.inputs)
        form.addRow(_named("&Network file", self.out), _beside(self.out, button("Choose…", self._choose_place)))
        layout.addLayout(form)
        layout.addWidget(self.bar)
        layout.addWidget(self.outcome)
        layout.addWidget(self.report)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.leave)
        row.addWidget(self.go)
        layout.addLayout(row)
        self.go.setDefault(True)


def show_import(window: MainWindow, path: Path | None = None) -> None:
    """The dialog; with a path it begins at once."""
    if window.services is None:
        return
    dialog = ImportDialog(window.services.engine, window.files.open_path, window)
    if path is not None:
        dialog.take(path)
    dialog.exec()


def place_for(source: str) -> Path:
    """A free name for the drawing: beside a file, else in the home folder."""
    if source.startswith(TORCHVISION):
        folder, stem = Path.home(), source.removeprefix(TORCHVISION)
    else:
        file, _, name = source.rpartition(":") if ".py:" in source else (source, "", "")
        folder, stem = Path(file).parent, name or Path(file).stem
    found, number = folder / f"{stem or 'network'}.netw", 1
    while found.exists():
        number += 1
        found = folder / f"{stem}_{number}.netw"
    return found


def _consent(file: str) -> tuple[str, str]:
    return f"Importing {Path(file).name} runs code of that file.", "Read it first, and run it only if you trust it."


def _overwrite(out: str) -> tuple[str, str]:
    return f"There is a file {out} already.", "Replace it, or choose another name."


def _named(words: str, line: QWidget) -> QLabel:
    """A label whose letter leads to a line that stands beside other things."""
    made = QLabel(words)
    made.setBuddy(line)
    return made


def _beside(line: QWidget, chooser: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(line, 1)
    row.addWidget(chooser)
    return row
