"""The section "Training" of a form: how the weights of one node, or of several, begin and are trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.document import Document
from designer.figures import counted
from designer.settings_form import SettingsForm
from designer.widgets import Fold, button, label
from nodes.block import Block
from nodes.spec.muted import original
from nodes.spec.node_type import NodeType
from nodes.spec.settings import kinds
from nodes.spec.shapes import ShapeError
from nodes.spec.training import PENALTIES, PLAIN, NodeTraining

WHOLE = frozenset({"frozen", "learning_rate_factor", *PENALTIES})  # what can be said of a block as a whole


class TrainingSection(QWidget):
    """Folded while nothing is changed. The heading says what is, so that it can stay folded."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.names: tuple[str, ...] = ()
        self._is_kept_open = False
        below = {name: dataclasses.replace(kind, advanced=False) for name, kind in kinds(NodeTraining).items()}
        self.form = SettingsForm(below)
        self.note = label(role="secondary", wrap=True)
        self.alike = button("", self._make_alike)
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        for widget in (self.note, self.alike, self.form):
            inside.addWidget(widget)
        self.fold = Fold("Training", content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)
        self.form.set_to.connect(self._apply)
        self.fold.head.clicked.connect(self._keep)

    def show_nodes(self, names: Iterable[str]) -> None:
        """Shows the first of those that have weights; the section is not there where none has."""
        weighed = tuple(name for name in names if self._weights(name))
        self.setVisible(bool(weighed))
        if not weighed:
            self.names = ()
            return
        trainings = [self._document.graph.nodes[name].training for name in weighed]
        if weighed != self.names:
            self.form.forget()
            self.names = weighed
            self.fold.set_open(self._is_kept_open or any(not training.is_plain for training in trainings))
        differing = [name for name in self.form.rows if len({getattr(training, name) for training in trainings}) > 1]
        self.form.show_settings(trainings[0], differing=differing)
        self.form.show_rows(self._meaningful(trainings[0]))
        self._say_differences(trainings, differing)
        is_alike = all(training == trainings[0] for training in trainings)
        words = said(trainings[0]) if is_alike else "differs"
        self.fold.set_title(f"Training · {words}" if words else "Training")

    def _meaningful(self, training: NodeTraining) -> set[str]:
        """The settings that change anything, for these nodes and with these values."""
        graph = self._document.graph
        if any(isinstance(graph.nodes[name].settings, Block) for name in self.names):
            return set(WHOLE)
        names = WHOLE | {"weight_init"}
        names |= {"weight_std"} if training.weight_init == "normal" else set()
        names |= {"weight_value"} if training.weight_init == "constant" else set()
        if any("bias" in weight for name in self.names for weight in self._weights(name)):
            names |= {"bias_init"}
            names |= {"bias_value"} if training.bias_init == "constant" else set()
        return set(names)

    def _weights(self, name: str) -> tuple[str, ...]:
        """The names of a node's weights; those that nodes of its kind have, while its own are not known."""
        facts = self._document.inference.facts[name]
        if facts.outputs or facts.weights:
            return tuple(facts.weights)
        return usual_weights(self._document.graph.nodes[name].settings)

    def _say_differences(self, trainings: list[NodeTraining], differing: list[str]) -> None:
        self.note.setVisible(len(trainings) > 1)
        self.alike.setVisible(bool(differing))
        self.alike.setText(f"Train All as {self.names[0]}")
        if differing:
            self.note.setText(
                f"These {len(trainings)} differ in {', '.join(differing)}. A change below is made in all."
            )
        else:
            self.note.setText(f"A change below is made in all {counted(len(trainings), 'node')} that have weights.")

    def _apply(self, changes: dict[str, Any], gesture: str) -> None:
        """Makes the one change in every node, and leaves alone in what else they differ."""
        graph = self._document.graph
        if any(name not in graph.nodes for name in self.names) or not self.names:
            return
        for name in self.names:
            graph = graph.with_training(name, graph.nodes[name].training.replaced(**changes))
        place = " ".join(self.names)
        self._document.edit(graph, self._step(changes), f"training of {place} {gesture}")

    def _step(self, changes: dict[str, object]) -> str:
        whom = self.names[0] if len(self.names) == 1 else f"{len(self.names)} nodes"
        if changes.keys() == {"frozen"}:
            return f"{'Freeze' if changes['frozen'] else 'Unfreeze'} {whom}"
        return f"Change the training of {whom}"

    def _make_alike(self) -> None:
        graph = self._document.graph
        wanted = graph.nodes[self.names[0]].training
        for name in self.names[1:]:
            graph = graph.with_training(name, wanted)
        self._document.edit(graph, f"Train {len(self.names)} nodes alike")

    def _keep(self) -> None:
        self._is_kept_open = self.fold.is_open


def usual_weights(settings: NodeType) -> tuple[str, ...]:
    """The names of the weights that a node has with inputs like its type's example; of a block, those inside."""
    settings = original(settings)
    if isinstance(settings, Block):
        return tuple(name for node in settings.body.nodes.values() for name in usual_weights(node.settings))
    for one in (settings, type(settings)()):
        try:
            return tuple(one.weights(*one.example))
        except ShapeError:  # these settings do not suit the example: those of a new node do
            continue
    return ()


def said(training: NodeTraining) -> str:
    """What is changed, in a few words: ``frozen · xavier_uniform · learning rate × 0.1``."""
    if training == PLAIN:
        return ""
    parts = ["frozen"] if training.frozen else []
    if training.weight_init != PLAIN.weight_init:
        parts.append(training.weight_init)
    if training.bias_init != PLAIN.bias_init:
        parts.append(f"bias {training.bias_init}")
    if training.learning_rate_factor != PLAIN.learning_rate_factor:
        parts.append(f"learning rate × {training.learning_rate_factor:g}")
    words = zip(("decay", "L1", "max-norm"), PENALTIES, strict=True)
    parts += [f"{word} {value:g}" for word, name in words if (value := getattr(training, name)) is not None]
    return " · ".join(parts) or "changed"
