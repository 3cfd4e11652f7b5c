"""WeightsDialog: what a network begins with, and which of its weights find a partner there."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.engine_client import EngineClient
from designer.search.tables import dress
from designer.surgery.desk import cost
from designer.surgery.match_model import MatchModel
from designer.surgery.weights_known import base_of
from designer.widgets import button, label, restyle
from nodes.graph.files import write
from runtime.protocol import Answer, Refused
from runtime.questions.surgery import MeasureSurgery
from runtime.questions.transfer import MatchWeights
from runtime.recipe_parts.transfer import TORCHVISION

if TYPE_CHECKING:
    from designer.main_window import MainWindow

ABOUT = "A training begins with these; what finds no partner of its shape begins with fresh numbers."
NOTHING = "Fresh numbers everywhere. Choose a run, a file of weights, or a network of torchvision."
FILES = "Weights (*.safetensors *.pt *.pth);;All files (*)"
KNOWN = (
    *("alexnet", "vgg11_bn", "vgg16", "vgg16_bn", "googlenet", "inception_v3", "squeezenet1_1"),
    *("resnet18", "resnet34", "resnet50", "resnet101", "densenet121", "mobilenet_v2", "efficientnet_b0"),
)
PATIENCE = 300  # ms before a wait is said
SIZE = (760, 560)


class WeightsDialog(QDialog):
    """Asks what would match as soon as something is named; nothing changes before Use."""

    def __init__(self, document: Document, engine: EngineClient, runs: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._engine, self._runs = document, engine, runs
        self._asked = 0
        self._fresh = str(document.network.recipe.get("fresh", ""))
        self.setWindowTitle("Starting Weights")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self.source = QLineEdit(str(document.network.recipe.get("start_from", "")))
        self.source.setPlaceholderText("A run's folder, weights.safetensors, weights.pt, torchvision:resnet18")
        self.source.setAccessibleName("Where the weights come from")
        self.model = MatchModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        dress(self.table, "What each weight begins as")
        self.table.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.state = label(NOTHING, "secondary", wrap=True)
        self.only_fresh = QCheckBox("Only those that begin fresh")
        self.use = button("Use", self._use, "primary", "The recipe starts from them: one step that can be undone")
        self.measure = button("Measure", self._measure, tip="Accuracy with these weights, before any training")
        self.clear = button("Clear", self._clear, tip="Begin with fresh numbers")
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(PATIENCE)
        self._lay_out()
        self.source.editingFinished.connect(self.match)
        self.only_fresh.toggled.connect(self.model.show_only_fresh)
        self._wait.timeout.connect(lambda: self._say("Reading the weights …"))
        self._shown: str | None = None  # what the table tells of
        self.match()

    def match(self) -> None:
        """Asks what the network would take of what is named."""
        source = self.source.text().strip()
        if source == self._shown:
            return
        self._shown = source
        self._engine.forget(self._asked)
        self.model.show_rows([])
        self._enable(can_use=False)
        if not source:
            self._say(NOTHING)
            self.use.setEnabled(True)
            return
        self._wait.start()
        text, base = write(self._document.network).decode(), str(base_of(self._document))
        self._asked = self._engine.ask(
            self, MatchWeights(0, text, source, base, self._fresh), self._show, self._refuse
        )

    def done(self, result: int) -> None:
        self._engine.forget(self._asked)
        super().done(result)

    def _show(self, answer: Answer) -> None:
        self._wait.stop()
        self.model.show_rows(answer.result["rows"])
        self.table.resizeColumnsToContents()
        self.table.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        left = answer.result["left_over"]
        words = f" {len(left)} of theirs have no place here, such as {left[0]}." if left else ""
        is_some = any(row["source"] for row in answer.result["rows"])
        self._say(f"{answer.result['sentence']}{words}", "secondary" if is_some else "warning")
        self._enable(can_use=is_some)

    def _refuse(self, refused: Refused) -> None:
        self._wait.stop()
        self._say(f"{refused.fact} {refused.remedy}".strip(), "fault")
        self.measure.setEnabled(bool(self.model.rowCount()))

    def _measure(self) -> None:
        """What the network scores with them now, beside what the one scored that they were learned in."""
        self.measure.setEnabled(False)
        self._say("Measuring …")
        text, base = write(self._document.network).decode(), str(base_of(self._document))
        request = MeasureSurgery(0, text, self._shown or "", base, self._fresh)
        self._asked = self._engine.ask(self, request, self._tell, self._refuse)

    def _tell(self, answer: Answer) -> None:
        told = answer.result
        self.measure.setEnabled(True)
        self._say(f"{told['kept']} of {told['weights']} weights found: {cost(told)}.")

    def _use(self) -> None:
        network = self._document.network
        recipe = {key: value for key, value in network.recipe.items() if key != "start_from"}
        source = self.source.text().strip()
        if source:
            recipe["start_from"] = source
        if recipe != network.recipe:
            words = "Start from trained weights" if source else "Start from fresh weights"
            self._document.edit_network(dataclasses.replace(network, recipe=recipe), words)
        self.accept()

    def _clear(self) -> None:
        self._name("")

    def _name(self, source: str) -> None:
        self.source.setText(source)
        self.match()

    def _choose_run(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of a run", str(self._runs))
        if folder:
            self._name(folder)

    def _choose_file(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, "File of weights", str(base_of(self._document)), FILES)
        if file:
            self._name(file)

    def _enable(self, *, can_use: bool) -> None:
        self.use.setEnabled(can_use)
        self.measure.setEnabled(can_use)

    def _say(self, sentence: str, role: str = "secondary") -> None:
        restyle(self.state, role=role)
        self.state.setText(sentence)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label("What the network begins with", "title"))
        layout.addWidget(label(ABOUT, "secondary", wrap=True))
        layout.addWidget(self.source)
        choices = QHBoxLayout()
        for one in (button("Run…", self._choose_run), button("File…", self._choose_file), self._names(), self.clear):
            one.setAutoDefault(False)
            choices.addWidget(one)
        choices.addStretch()
        choices.addWidget(self.only_fresh)
        layout.addLayout(choices)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.state)
        below = QHBoxLayout()
        self.measure.setAutoDefault(False)
        below.addWidget(self.measure)
        below.addStretch()
        close = button("Close", self.reject)
        close.setAutoDefault(False)
        below.addWidget(close)
        self.use.setDefault(True)
        below.addWidget(self.use)
        layout.addLayout(below)

    def _names(self) -> QPushButton:
        """Networks whose weights torchvision fetches once; any other name of its can be written."""
        made = QPushButton("torchvision…")
        menu = QMenu(made)
        for name in KNOWN:
            menu.addAction(name).triggered.connect(partial(self._name_known, name))
        made.setMenu(menu)
        return made

    def _name_known(self, name: str, _checked: bool = False) -> None:
        self._name(f"{TORCHVISION}{name}")


def show_weights(window: MainWindow) -> None:
    """Opens it over a window, once the engine is there to be asked."""
    services = window.services
    if services is not None:
        WeightsDialog(window.document, services.looker, services.trainer.runs_folder(), window).open()
