"""ExportDialog: the network as an ONNX file or as PyTorch source, with the proof that it is equal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.engine_client import EngineClient
from designer.figures import grouped, memory
from designer.widgets import button, label, restyle
from nodes.graph.files import write
from runtime.protocol import Answer, Refused
from runtime.questions.basic import ExportOnnx, ExportPython

ONNX, PYTHON = "ONNX file", "PyTorch source"
ABOUT = {
    ONNX: "Runs in onnxruntime and many other programs. It is compared with PyTorch on real samples.",
    PYTHON: "Readable source that needs only PyTorch, with the trained weights beside it.",
}


class ExportDialog(QDialog):
    """Asks for the kind and the place, waits for the engine, shows what came of it."""

    def __init__(self, document: Document, engine: EngineClient, run: Path | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._document, self._engine, self._run = document, engine, run
        self._asked = 0
        self._folder: Path | None = None
        self.setWindowTitle("Export")
        self.setMinimumWidth(480)
        self.kinds = QButtonGroup(self)
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

    @property
    def kind(self) -> str:
        chosen = self.kinds.checkedButton()
        return str(chosen.property("kind")) if chosen is not None else ONNX

    def export_to(self, path: Path) -> None:
        """Asks the engine to write ``path``."""
        document = self._document
        text = write(document.network).decode()
        base = str(document.path.parent if document.path else Path.cwd())
        run = str(self._run) if self._run else ""
        self._folder = path.parent
        self._set_busy(f"Writing {path.name} …")
        if self.kind == ONNX:
            request = ExportOnnx(id=0, run=run, out=str(path), network="" if run else text, base=base)
            self._asked = self._engine.ask(request, self._show_onnx, self._refuse)
        else:
            python = ExportPython(id=0, network="" if run else text, out=str(path), run=run)
            self._asked = self._engine.ask(python, self._show_python, self._refuse)

    def done(self, result: int) -> None:
        self._engine.forget(self._asked)
        super().done(result)

    def _choose_place(self) -> None:
        suffix = "onnx" if self.kind == ONNX else "py"
        folder = self._document.path.parent if self._document.path else Path.home()
        dialog = QFileDialog(self, f"Export as {self.kind}", str(folder), f"{self.kind} (*.{suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"model.{suffix}")
        if dialog.exec():
            self.export_to(Path(dialog.selectedFiles()[0]))

    def _show_onnx(self, answer: Answer) -> None:
        self._settle("\n".join(onnx_report(answer.result)), "")

    def _show_python(self, answer: Answer) -> None:
        result = answer.result
        lines = [f"Written: {result['path']}, class {result['class_name']}."]
        if result.get("weights_path"):
            lines.append(f"Its weights: {result['weights_path']}.")
        self._settle("\n".join(lines), "")

    def _refuse(self, refused: Refused) -> None:
        self._settle(f"{refused.fact} {refused.remedy}".strip(), "fault")
        self.show_folder.hide()

    def _set_busy(self, sentence: str) -> None:
        self.export.setEnabled(False)
        self.bar.show()
        self.show_folder.hide()
        self.leave.setText("Cancel")
        restyle(self.outcome, role="secondary")
        self.outcome.setText(sentence)

    def _settle(self, text: str, role: str) -> None:
        self.bar.hide()
        self.export.setEnabled(True)
        self.leave.setText("Close")
        self.show_folder.show()
        restyle(self.outcome, role=role)
        self.outcome.setText(text)
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def _show_folder(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.setSpacing(8)
        layout.addWidget(label("Export", "title"))
        layout.addWidget(label(self._about_weights(), "secondary", wrap=True))
        layout.addSpacing(4)
        for number, (kind, about) in enumerate(ABOUT.items()):
            choice = QRadioButton(f"&{kind}")
            choice.setProperty("kind", kind)
            choice.setChecked(number == 0)
            choice.setAccessibleDescription(about)
            self.kinds.addButton(choice, number)
            layout.addWidget(choice)
            words = label(about, "secondary", wrap=True)
            words.setContentsMargins(22, 0, 0, 4)
            layout.addWidget(words)
        layout.addWidget(self.bar)
        layout.addWidget(self.outcome)
        layout.addStretch()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.show_folder)
        row.addStretch()
        row.addWidget(self.leave)
        row.addWidget(self.export)
        layout.addLayout(row)
        self.export.setDefault(True)

    def _about_weights(self) -> str:
        if self._run is not None:
            return f"With the best weights of the training {self._run.name}."
        return "It has not been trained here: the weights are the first ones, by the recipe's seed."


def onnx_report(result: dict[str, Any]) -> list[str]:
    """The engine's proof, in sentences."""
    lines = [
        f"Written: {result['path']}, {memory(int(result['bytes']))}.",
        f"onnxruntime and PyTorch gave the same outputs on {grouped(int(result['samples']))} samples; "
        f"the largest difference is {result['proof_max_abs_diff']:.1e}.",
    ]
    outputs = result.get("outputs") or {}
    if len(outputs) > 1:
        lines += [f"{name}: {difference:.1e}" for name, difference in outputs.items()]
    return lines
