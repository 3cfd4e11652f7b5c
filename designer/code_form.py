"""What the form of Python code has below its text: the button that finds what the code gives."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.code_editor import CodeEditor
from designer.document import Changes, Document
from designer.engine_client import EngineClient
from designer.node_form import NodeForm
from designer.trusting import may_run
from designer.widgets import button, label
from nodes.code import PythonCode, class_name_of, found_settings, trials
from nodes.graph.infer import arguments
from nodes.graph.model import GraphError
from nodes.spec.settings import SettingError
from nodes.spec.shapes import Shape, ShapeError
from runtime.protocol import Answer, Refused
from runtime.questions.basic import FindShape, Shaped

CONNECT = "Connect its inputs first: the code is tried with their shapes."


class FindShapeCard(QWidget):
    """Asks the engine what the code of the selected node gives, and notes the answer in its settings."""

    def __init__(self, document: Document, engine: EngineClient, form: NodeForm) -> None:
        super().__init__()
        self._document, self._engine, self._form = document, engine, form
        self._node = ""
        self.find_button = button("Find shape", self.ask, tip="Runs the code once on small random inputs.")
        self.message = label(role="secondary", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.find_button)
        layout.addWidget(self.message)
        document.selected.connect(lambda _: self.follow())
        document.changed.connect(self._on_change)
        self.hide()

    def follow(self) -> None:
        """Shows itself where one node with code is selected."""
        selection = self._document.selection
        node = selection[0] if len(selection) == 1 and self._settings(selection[0]) else ""
        if node != self._node:
            self._node = node
            self.message.clear()
        self.setVisible(bool(node))

    def ask(self) -> None:
        """What the button does."""
        settings, shapes = self._settings(self._node), self._inputs()
        if settings is None:
            return
        if shapes is None:
            self.message.setText(CONNECT)
            return
        try:
            class_name_of(settings.code)
        except ShapeError as error:
            self.message.setText(f"{error.fact} {error.remedy}")
            return
        if not may_run(self, [settings.code], is_typed=settings.code == self._typed()):
            self.message.setText("The code was not run.")
            return
        self.message.setText("Trying it…")
        self.find_button.setEnabled(False)
        tried = [[Shaped([int(str(s)) for s in x], x.axes, x.values) for x in trial] for trial in trials(shapes)]
        done = partial(self._note, self._node, settings, shapes)
        self._engine.ask(self, FindShape(0, settings.code, tried), done, self._refuse)

    def _note(self, node: str, settings: PythonCode, shapes: tuple[Shape, ...], answer: Answer) -> None:
        self.find_button.setEnabled(True)
        if self._settings(node) != settings:
            self.message.setText("The code was changed meanwhile. Press Find shape again.")
            return
        try:
            changed = settings.replaced(**found_settings(settings.code, shapes, answer.result["answers"]))
            graph = self._document.graph.with_settings(node, changed)
        except (ShapeError, SettingError, GraphError) as error:
            self.message.setText(str(error))
            return
        self._document.edit(graph, f"Find the shape of {node}")
        found = self._document.inference.facts[node].outputs.get("output")
        self.message.setText(f"It gives {found.described()}." if found is not None else "")

    def _refuse(self, refused: Refused) -> None:
        self.find_button.setEnabled(True)
        self.message.setText(f"{refused.fact} {refused.remedy}".strip())
        line = re.match(r"Line (\d+)", refused.fact)
        editor = self._editor()
        if line and editor is not None:
            editor.field.mark_line(int(line[1]))

    def _editor(self) -> CodeEditor | None:
        """Where the code shown is typed."""
        row = self._form.form.rows.get("code") if self._form.form is not None else None
        return row.editor if row and isinstance(row.editor, CodeEditor) else None

    def _typed(self) -> str:
        editor = self._editor()
        return editor.typed if editor is not None else ""

    def _on_change(self, changes: Changes) -> None:
        if self._node in changes.changed:
            self.message.clear()
        self.follow()

    def _settings(self, node: str) -> PythonCode | None:
        found = self._document.graph.nodes.get(node)
        return found.settings if found and isinstance(found.settings, PythonCode) else None

    def _inputs(self) -> tuple[Shape, ...] | None:
        """Shapes at all inputs; None while one is not known."""
        settings, graph = self._settings(self._node), self._document.graph
        if settings is None or not graph.incoming(self._node):
            return None
        inputs = self._document.inference.facts[self._node].inputs
        if any(port.name not in inputs for port in graph.input_ports(self._node) if not port.optional):
            return None
        return tuple(shape for shape in arguments(settings, inputs) if shape is not None)
