"""Inspector: the form of what is selected, a node, several nodes, or the network."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from designer.code_form import FindShapeCard
from designer.document import Changes, Document
from designer.engine_client import EngineClient
from designer.network_form import NetworkForm
from designer.node_form import NodeForm
from designer.several_form import SeveralForm
from designer.widgets import scrolled


class Inspector(QWidget):
    """One page for each kind of selection; only the page that is shown follows the document."""

    def __init__(self, document: Document, engine: EngineClient) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._document = document
        self.node_form = NodeForm(document)
        self.find_shape = FindShapeCard(document, engine, self.node_form)
        self.node_form.add_below_settings(self.find_shape)
        self.find_shape.follow()
        self.network_form = NetworkForm(document, engine)
        self.several_form = SeveralForm(document)
        self._pages = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._pages)
        for page in (self.network_form, self.node_form, self.several_form):
            self._pages.addWidget(scrolled(page))  # only now: a stack without a parent shows its pages as windows
        document.selected.connect(lambda _: self._choose_page())
        document.changed.connect(self._follow)
        self._choose_page()

    def show_data(self) -> None:
        """Brings the data form into view and the keyboard to it."""
        self._document.select(())
        area = self._pages.widget(0)
        self.network_form.focus_data(area)  # type: ignore[arg-type]

    def _choose_page(self) -> None:
        selection = self._document.selection
        self._pages.setCurrentIndex(min(len(selection), 2))
        if len(selection) == 1:
            self.node_form.show_node(selection[0])
        elif selection:
            self.several_form.show_nodes(selection)
        else:
            self.network_form.show_network()

    def _follow(self, changes: Changes) -> None:
        selection = self._document.selection
        if not selection:
            self.network_form.show_network(afresh=changes.opened)
        elif any(name not in self._document.graph.nodes for name in selection):
            return  # the selection follows at once
        elif len(selection) == 1:
            self.node_form.show_node(selection[0])
        else:
            self.several_form.show_nodes(selection)
