"""ExportDialog: the forms a network can be taken away in, what can be chosen for each, and the proof in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.engine_client import EngineClient
from designer.export.forms import FORMS, Form
from designer.export.options import OnnxOptions, SourceOptions
from designer.figures import memory
from designer.widgets import button, label, line, restyle
from nodes.graph.files import write
from runtime.protocol import Answer, Refused
from runtime.questions.exchange import Export

LIST_WIDTH, ROW_HEIGHT = 172, 28


class ExportDialog(QDialog):
    """Asks for the form and the place, waits for the engine, shows what came of it."""

    def __init__(self, document: Document, engine: EngineClient, run: Path | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._document, self._engine, self._run = document, engine, run
        self._asked = 0
        self._written: Path | None = None
        self.setWindowTitle("Export")
        self.setMinimumSize(760, 500)
        self.kinds = QListWidget()
        for form in FORMS:
            self.kinds.addItem(form.title)
            self.kinds.item(self.kinds.count() - 1).setSizeHint(QSize(0, ROW_HEIGHT))
        self.kinds.setFixedWidth(LIST_WIDTH)
        self.kinds.setAccessibleName("Forms of export")
        self.title, self.about = label("", "title"), label("", "secondary", wrap=True)
        self.onnx, self.source = OnnxOptions(), SourceOptions(has_weights=run is not None)
        self.options = QStackedWidget()
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.hide()
        self.outcome = label(wrap=True)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.export = button("Export…", self._choose_place, "primary")
        self.show_folder = button("Show folder", self._show_folder)
        self.show_folder.hide()
        self.leave = button("Close", self.reject)
        self._lay_out()
        self.kinds.currentRowChanged.connect(self._show_form)
        self.kinds.setCurrentRow(0)

    @property
    def form(self) -> Form:
        return FORMS[max(0, self.kinds.currentRow())]

    def choose(self, kind: str) -> None:
        """Shows the form of that kind."""
        self.kinds.setCurrentRow(next(n for n, form in enumerate(FORMS) if form.kind == kind))

    def export_to(self, path: Path) -> None:
        """Asks the engine to write ``path``."""
        document = self._document
        run = str(self._run) if self._run else ""
        self._written = path
        self._set_busy(f"Writing {path.name} …")
        page = self.options.currentWidget()
        chosen: dict[str, Any] = page.chosen() if isinstance(page, OnnxOptions | SourceOptions) else {}
        request = Export(
            id=0,
            kind=self.form.kind,  # type: ignore[arg-type]
            out=str(path),
            run=run,
            network="" if run else write(document.network).decode(),
            base=str(document.path.parent if document.path else Path.cwd()),
            **chosen,
        )
        self._asked = self._engine.ask(self, request, self._show, self._refuse)

    def done(self, result: int) -> None:
        self._engine.forget(self._asked)
        super().done(result)

    def _choose_place(self) -> None:
        form = self.form
        if not form.kind:
            from designer.picture_dialog import PictureDialog  # drawn here, and asks for more

            PictureDialog(self._document, self).exec()
            return
        folder = self._document.path.parent if self._document.path else Path.home()
        filters = ";;".join(f"{form.title} (*{suffix})" for suffix in form.suffixes)
        dialog = QFileDialog(self, f"Export as {form.title}", str(folder), filters)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(form.suffixes[0].removeprefix("."))
        dialog.selectFile(f"{form.file}{form.suffixes[0]}")
        if dialog.exec():
            self.export_to(Path(dialog.selectedFiles()[0]))

    def _show_form(self, row: int) -> None:
        form = FORMS[max(0, row)]
        self.title.setText(form.title)
        self.about.setText(form.about)
        self.options.setCurrentIndex({"onnx": 0, "python": 1}.get(form.kind, 2))
        self.outcome.clear()
        self.show_folder.hide()

    def _show(self, answer: Answer) -> None:
        result = answer.result
        lines = [f"Written: {result['path']}, {memory(int(result['bytes']))}.", *result.get("lines", ())]
        self._settle("\n".join(lines), "")

    def _refuse(self, refused: Refused) -> None:
        self._settle(f"{refused.fact} {refused.remedy}".strip(), "fault")
        self.show_folder.hide()

    def _set_busy(self, sentence: str) -> None:
        self.export.setEnabled(False)
        self.kinds.setEnabled(False)
        self.bar.show()
        self.show_folder.hide()
        self.leave.setText("Cancel")
        restyle(self.outcome, role="secondary")
        self.outcome.setText(sentence)

    def _settle(self, text: str, role: str) -> None:
        self.bar.hide()
        self.export.setEnabled(True)
        self.kinds.setEnabled(True)
        self.leave.setText("Close")
        self.show_folder.show()
        restyle(self.outcome, role=role)
        self.outcome.setText(text)

    def _show_folder(self) -> None:
        if self._written is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written.parent)))

    def _lay_out(self) -> None:
        for page in (self.onnx, self.source, QWidget()):
            self.options.addWidget(page)
        right = QVBoxLayout()
        right.setContentsMargins(20, 16, 20, 16)
        right.setSpacing(8)
        for widget in (self.title, self.about, label(self._about_weights(), "secondary", wrap=True)):
            right.addWidget(widget)
        right.addSpacing(8)
        right.addWidget(self.options)
        right.addSpacing(8)
        right.addWidget(self.bar)
        right.addWidget(self.outcome, 1, Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.show_folder)
        row.addStretch()
        row.addWidget(self.leave)
        row.addWidget(self.export)
        right.addLayout(row)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.kinds)
        layout.addSpacing(12)
        layout.addWidget(line(vertical=True))
        layout.addLayout(right, 1)
        self.export.setDefault(True)

    def _about_weights(self) -> str:
        if self._run is not None:
            return f"With the best weights of the training {self._run.name}."
        return "It has not been trained here: the weights are the first ones, by the recipe's seed."
