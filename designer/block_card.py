"""BlockCard: what the form of a block says beyond its settings: ports, others like it, and the ways in."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer import theme
from designer.document import Document
from designer.library_section import save_block
from designer.widgets import button, label
from nodes.block import Block
from nodes.graph.infer import Facts
from nodes.graph.scope import ways_like


class BlockCard(QWidget):
    """Hidden where the node is no block."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document, self._node = document, ""
        self.ports = label(wrap=True)
        self.ports.setFont(theme.mono_font(11))
        self.alike = label(role="secondary", wrap=True)
        self.enter = button("Enter", self._enter, tip="Show and edit what is inside (Alt+Enter, or a double click)")
        self.save = button("Save to Library…", self._save, tip="Keep it, to place it in other networks")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.enter)
        row.addWidget(self.save)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.ports)
        column.addWidget(self.alike)
        column.addLayout(row)

    def show_node(self, name: str) -> None:
        self._node = name
        block = self._document.graph.nodes[name].settings
        self.setVisible(isinstance(block, Block))
        if isinstance(block, Block):
            self.ports.setText(_ports(block, self._document.inference.facts[name]))
            others = sum(1 for _ in ways_like(self._document.root_graph, (block.body.structure,))) - 1
            many = "One other block is" if others == 1 else f"{others} other blocks are"
            self.alike.setText(f"{many} alike; inside you choose whether an edit changes them too.")
            self.alike.setVisible(others > 0)

    def _enter(self) -> None:
        self._document.enter((*self._document.scope, self._node))

    def _save(self) -> None:
        save_block(self._document.graph.nodes[self._node], self.window())


def _ports(block: Block, facts: Facts) -> str:
    """A line for each port with its shape, as far as it is known."""
    inputs = [f"{port.name} ← {facts.inputs.get(port.name, '–')}" for port in block.inputs()]
    outputs = [f"{name} → {facts.outputs.get(name, '–')}" for name in block.outputs()]
    return "\n".join((*inputs, *outputs)) or "No ports yet: it needs an Input and an Output inside."
