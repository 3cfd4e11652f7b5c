"""OnnxOptions and SourceOptions: what can be chosen for a form of export."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from designer.widgets import label
from runtime.questions.exchange import OPSETS, PRECISIONS

USUAL_OPSET = 20
PRECISION_WORDS = {
    "float32": "float32, as trained",
    "float16": "float16, half as large",
    "int8": "int8, a quarter as large",
}


class OnnxOptions(QWidget):
    """Opset, precision, folding, preparation and the threads that speed is measured with."""

    def __init__(self) -> None:
        super().__init__()
        self.precision = QComboBox()
        for name in PRECISIONS:
            self.precision.addItem(PRECISION_WORDS[name], name)
        self.precision.setAccessibleName("Precision")
        self.precision.setToolTip("What a smaller one costs is measured on real samples and told.")
        self.opset = QComboBox()
        for number in OPSETS:
            self.opset.addItem(f"{number}, usual" if number == USUAL_OPSET else str(number), number)
        self.opset.setCurrentIndex(OPSETS.index(USUAL_OPSET))
        self.opset.setAccessibleName("Opset")
        self.opset.setToolTip("The version of ONNX's operators. Older programs want a lower one.")
        self.threads = QSpinBox()
        self.threads.lineEdit().setTextMargins(6, 0, 0, 0)
        self.threads.setRange(1, max(1, os.cpu_count() or 1))
        self.threads.setAccessibleName("Threads to measure with")
        self.threads.setToolTip("Latency and throughput on this machine are measured with so many.")
        self.folded = QCheckBox("&Fold batch normalisation into the weights")
        self.folded.setToolTip("Fewer operators and the same outputs; it cannot be trained further as drawn.")
        self.prepared = QCheckBox("Take pictures as &bytes, give probabilities and the name of the class")
        self.prepared.setToolTip("Normalisation goes into the file: a uint8 picture N × H × W × C goes in.")
        self._lay_out()

    def chosen(self) -> dict[str, object]:
        """The fields of the question to the engine."""
        return {
            "opset": self.opset.currentData(),
            "precision": self.precision.currentData(),
            "threads": self.threads.value(),
            "folded": self.folded.isChecked(),
            "prepared": self.prepared.isChecked(),
        }

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.addRow("&Precision", self.precision)
        form.addRow("&Opset", self.opset)
        form.addRow("&Threads to measure with", self.threads)
        form.addRow(self.folded)
        form.addRow(self.prepared)


class SourceOptions(QWidget):
    """Whether the weights are written too."""

    def __init__(self, *, has_weights: bool) -> None:
        super().__init__()
        self.with_weights = QCheckBox("&Weights beside it")
        self.with_weights.setChecked(has_weights)
        self.with_weights.setEnabled(has_weights)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.with_weights)
        if not has_weights:
            layout.addWidget(label("There are none until the network is trained.", "secondary", wrap=True))
        layout.addStretch()

    def chosen(self) -> dict[str, object]:
        """The fields of the question to the engine."""
        return {"with_weights": self.with_weights.isChecked()}
