"""Whoever asks the engine may be gone before its answer: then nobody hears it, and nothing breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from designer.data.samples import SamplesDialog
from designer.data_card import DataCard
from designer.doctor.preflight import PreflightDialog
from designer.document import Document
from designer.engine_client import EngineClient
from designer.export_dialog import ExportDialog
from designer.from_data import NewFromData
from designer.importing.dialog import ImportDialog
from designer.inspect.panel import InspectPanel
from designer.inspector import Inspector
from designer.measurement import Measurement
from designer.runs.together import DisagreementDialog, EnsembleDialog
from designer.search.baselines_dialog import BaselinesDialog
from designer.surgery.weights_dialog import WeightsDialog
from designer.training.rate_finder import RateFinder
from nodes.boundary import Input, Output
from nodes.code import PythonCode
from nodes.graph.model import Network
from runtime import protocol
from runtime.protocol import Answer, Partly, Refused, Reply, Request
from tests.nodes.drawing import chain


class HeldEngine(EngineClient):
    """Keeps what it is asked; ``reply`` says what the process would say. No process is started."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = []

    def start(self) -> None:
        """Nothing is started."""

    def ask(self, asker: QObject, request: Request, *heard: Callable[..., object] | None) -> int:
        self.numbers.append(super().ask(asker, request, *heard))  # type: ignore[arg-type]
        return self.numbers[-1]

    def reply(self, reply: Reply) -> None:
        self._hear(protocol.encode(reply))


def preflight(document: Document, engine: EngineClient) -> QObject:
    dialog = PreflightDialog(document, engine)
    dialog.check()
    return dialog


def rate_finder(document: Document, engine: EngineClient) -> QObject:
    dialog = RateFinder(document, engine)
    dialog.find()
    return dialog


def baselines(document: Document, engine: EngineClient) -> QObject:
    dialog = BaselinesDialog(document, engine)
    dialog.measure()
    return dialog


def export(document: Document, engine: EngineClient) -> QObject:
    dialog = ExportDialog(document, engine, None, None)
    dialog.export_to(Path("network.onnx"))
    return dialog


def starting_weights(document: Document, engine: EngineClient) -> QObject:
    dialog = WeightsDialog(document, engine, Path("runs"))
    dialog.source.setText("torchvision:resnet18")
    dialog.match()
    return dialog


def data_card(document: Document, engine: EngineClient) -> QObject:
    card = DataCard(document, engine)
    card.describe()
    return card


def measurement(document: Document, engine: EngineClient) -> QObject:
    made = Measurement(document, engine)
    made.measure()
    return made


def from_data(document: Document, engine: EngineClient) -> QObject:
    made = NewFromData(engine, lambda network: True, document)
    made.start("somewhere", "folder")
    return made


def inspect_panel(_: Document, engine: EngineClient) -> QObject:
    panel = InspectPanel(engine)
    panel.show()  # it asks once it is seen
    panel.show_run(Path("run"))
    return panel


def find_shape(document: Document, engine: EngineClient) -> QObject:
    inspector = Inspector(document, engine)
    document.select(("code1",))
    inspector.find_shape.ask()
    return inspector


ASKERS: dict[str, Callable[[Document, EngineClient], QObject]] = {
    "samples": SamplesDialog,
    "pre-flight": preflight,
    "rate range test": rate_finder,
    "baselines": baselines,
    "export": export,
    "import": lambda _, engine: ImportDialog(engine, lambda path: None, None),
    "starting weights": starting_weights,
    "disagreements": lambda _, engine: DisagreementDialog(engine, Path("a"), Path("b")),
    "ensemble": lambda _, engine: EnsembleDialog(engine, [Path("a"), Path("b")]),
    "data card": data_card,
    "layer timing": measurement,
    "network from data": from_data,
    "inspect panel": inspect_panel,
    "shape of code": find_shape,
}


@pytest.fixture
def document() -> Document:
    return Document(Network(chain(image=Input(size=(3, 8, 8)), code1=PythonCode(), y=Output())))


@pytest.fixture
def engine() -> HeldEngine:
    return HeldEngine()


def deleted(made: QObject) -> None:
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize("name", ASKERS)
@pytest.mark.parametrize("is_answered", [True, False])
def test_an_answer_to_one_that_is_gone_is_heard_by_nobody(
    qtbot: QtBot, document: Document, engine: HeldEngine, name: str, is_answered: bool
) -> None:
    made = ASKERS[name](document, engine)
    assert engine.numbers
    deleted(made)
    for number in engine.numbers:
        engine.reply(Partly(number, {"check": {}, "rates": [1], "losses": [1], "name": "k-NN"}))
        engine.reply(Answer(number, {}) if is_answered else Refused(number, "It ended.", "Try again."))


@pytest.mark.parametrize("name", ["samples", "pre-flight", "rate range test", "baselines", "export", "import"])
def test_an_answer_to_a_closed_dialog_that_is_still_there_is_passed_over(
    qtbot: QtBot, document: Document, engine: HeldEngine, name: str
) -> None:
    dialog = ASKERS[name](document, engine)
    assert isinstance(dialog, QDialog)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.reject()
    assert not engine.is_busy
