"""DataCard: what the chosen data gives, as the engine found it: fields, shapes and counts."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from designer.cards import Card
from designer.data.download import DownloadBar
from designer.data_names import fill_with_names
from designer.document import Document
from designer.engine_client import EngineClient
from designer.figures import grouped
from designer.widgets import button, empty, label, restyle
from nodes.graph.problem import DataFacts
from nodes.spec.shapes import Shape
from runtime.data.forms import FORMS
from runtime.protocol import Answer, Partly, Refused
from runtime.questions.basic import DescribeData

PATIENCE = 300  # ms before a wait is said


class DataCard(QWidget):
    """Choose a folder, ask what is in it, read the answer."""

    described = Signal()  # the answer has come

    def __init__(self, document: Document, engine: EngineClient) -> None:
        super().__init__()
        self._document, self._engine = document, engine
        self._asked = 0
        self._described: object = None
        self.training_count: int | None = None  # samples, as the answer says
        self.describe_button = button("Look into the data", self.describe, tip="Reads the data and counts it")
        self.folder_button = button("Folder…", self._choose_folder, tip="Choose a folder of data")
        self.file_button = button("File…", self._choose_file, tip="Choose a text, a table or a NumPy file")
        self.names_button = button(
            "Bundled…", self._choose_name, tip="Digits, toys, and sets that are downloaded once"
        )
        self.samples_button = button("Samples…", self.show_samples, tip="Counts of the classes, and pictures")
        self.download = DownloadBar()
        self.state = label(role="secondary", wrap=True)
        self.state.hide()
        self._place = QVBoxLayout()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(PATIENCE)
        self._wait.timeout.connect(lambda: self._say("Reading the data …"))
        row = QHBoxLayout()
        row.setSpacing(8)
        for one in (self.file_button, self.folder_button, self.names_button):
            row.addWidget(one)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.describe_button)
        below.addWidget(self.samples_button)
        below.addStretch()
        layout.addLayout(below)
        layout.addWidget(self.download)
        layout.addWidget(self.state)
        layout.addLayout(self._place)

    def follow(self) -> None:
        """Takes the answer away once the data choice is another."""
        if self._described is not None and self._described != dict(self._document.network.data):
            self._engine.forget(self._asked)
            self._wait.stop()
            self.download.give_up()
            self._described = self.training_count = None
            empty(self._place)
            self._say("")

    def describe(self) -> None:
        """Asks the engine what the data choice gives."""
        network, path = self._document.network, self._document.path
        self._engine.forget(self._asked)
        self._described = dict(network.data)
        empty(self._place)
        self._wait.start()
        self.download.begin()
        base, stop_file = str(path.parent if path else Path.cwd()), str(self.download.stop_file)
        request = DescribeData(id=0, data=dict(network.data), base=base, stop_file=stop_file)
        self._asked = self._engine.ask(self, request, self._show, self._refuse, self._hear)

    def show_samples(self) -> None:
        """Opens the samples in a window of their own."""
        from designer.data.samples import SamplesDialog

        dialog = SamplesDialog(self._document, self._engine, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of data")
        if folder:
            self.take_path(Path(folder))

    def _choose_file(self) -> None:
        suffixes = " ".join(f"*{suffix}" for form in FORMS for suffix in form.suffixes)
        file, _ = QFileDialog.getOpenFileName(self, "File of data", filter=f"Data ({suffixes});;All files (*)")
        if file:
            self.take_path(Path(file))

    def _choose_name(self) -> None:
        menu = self.names_menu()
        menu.exec(self.names_button.mapToGlobal(self.names_button.rect().bottomLeft()))
        menu.deleteLater()

    def names_menu(self) -> QMenu:
        """The sources that are names: each entry makes one the choice."""
        menu = QMenu(self)
        fill_with_names(menu, self._take)
        return menu

    def take_path(self, chosen: Path) -> None:
        """Makes a file or folder the data source, written relative to the network's file where it is beside it."""
        path = self._document.path
        if path is not None and chosen.is_relative_to(path.parent):
            self._take(chosen.relative_to(path.parent).as_posix())
        else:
            self._take(str(chosen))

    def _take(self, source: str) -> None:
        network = self._document.network
        changed = dataclasses.replace(network, data={**network.data, "source": source})
        self._document.edit_network(changed, "Choose the data")
        self.describe()

    def _show(self, answer: Answer) -> None:
        self._settle("")
        self._document.know_data(facts_of(answer.result))
        self.training_count = answer.result.get("samples", {}).get("train")
        self.described.emit()
        card = Card("What is in it")
        for line in described(answer.result):
            card.add_line(line)
        self._place.addWidget(card)

    def _refuse(self, refused: Refused) -> None:
        self._settle(f"{refused.fact} {refused.remedy}".strip(), role="fault")

    def _hear(self, part: Partly) -> None:
        self._wait.stop()
        self._say("")
        self.download.hear(part)

    def _settle(self, sentence: str, role: str = "secondary") -> None:
        self._wait.stop()
        self.download.hide()
        self._say(sentence, role)

    def _say(self, sentence: str, role: str = "secondary") -> None:
        restyle(self.state, role=role)
        self.state.setText(sentence)
        self.state.setVisible(bool(sentence))


def facts_of(result: dict[str, Any]) -> DataFacts:
    """The engine's answer as what a network is compared with."""
    fields = result.get("fields", ())
    target = next((field for field in fields if field.get("is_target")), {})
    shapes = {f["name"]: Shape(*f["shape"], axes=f["axes"], values=f["values"]) for f in fields}
    return DataFacts(len(target.get("classes", ())), shapes, target.get("name", ""))


def described(result: dict[str, Any]) -> list[str]:
    """The engine's answer as lines."""
    lines = []
    for field in result.get("fields", ()):
        shape = " × ".join(map(str, field.get("shape") or ())) or "one number"
        classes = field.get("classes")
        kind = f"{len(classes)} classes" if classes else shape
        lines.append(f"{field['name']}: {kind}{' (target)' if field.get('is_target') else ''}")
    counts = result.get("samples", {})
    lines.append(" · ".join(f"{grouped(count)} {part}" for part, count in counts.items()))
    of_classes = result.get("class_counts", {}).get("train", ())
    if of_classes:
        least, most = min(of_classes), max(of_classes)
        lines.append(f"{grouped(least)} to {grouped(most)} of each class to train on")
    return [*lines, *result.get("notes", ())]
