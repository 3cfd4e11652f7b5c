"""The form of one node: name, settings, arithmetic, remarks and help."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from designer import theme
from designer.block_card import BlockCard
from designer.cards import Cards
from designer.document import Document
from designer.foresight import Foresight, State, foresight
from designer.formula import FormulaLine
from designer.node_training import TrainingSection
from designer.pages.doc_text import doc_text
from designer.pages.html import head
from designer.search.marking import NodeMarking
from designer.settings_form import SettingsForm
from designer.widgets import FamilyBar, Fold, button, label, restyle
from nodes.graph.model import GraphError
from nodes.spec.muted import Muted, original
from nodes.spec.node_type import NodeType, setting_kinds


class NodeForm(QWidget):
    """Built once for each node type; showing another node of that type only fills it."""

    page_wanted = Signal(str)  # type_id

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.node = ""
        self.form: SettingsForm | None = None
        self._forms: dict[type[NodeType], SettingsForm] = {}
        self._formulas: dict[type[NodeType], FormulaLine] = {}
        self._begun: tuple[str, State] | None = None  # the steps under way, and what was known before them
        self.header = NodeHeader(document)
        self._marking = NodeMarking(document)
        self.block_card = BlockCard(document)
        self.training = TrainingSection(document)
        self.cards = Cards()
        self.help_text = HelpText()
        self.help_text.page_wanted.connect(self.page_wanted)
        self.help = Fold("Help", self.help_text)
        self._form_place = QVBoxLayout()
        self._form_place.setContentsMargins(0, 0, 0, 0)
        self._card_place = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.header)
        layout.addLayout(self._form_place)
        layout.addLayout(self._card_place)
        layout.addWidget(self.block_card)
        layout.addWidget(self.training)
        layout.addWidget(self.cards)
        layout.addWidget(self.help)
        layout.addStretch()
        document.foreseen.connect(self._show_foreseen)

    def add_below_settings(self, card: QWidget) -> None:
        """A card of one node type, which shows and hides itself."""
        self._card_place.addWidget(card)

    def show_node(self, name: str) -> None:
        node = self._document.graph.nodes[name]
        settings = original(node.settings)
        form = self._form_of(type(settings))
        if name != self.node or form is not self.form:
            form.forget()
        self.node, self.form = name, form
        for other in self._forms.values():
            other.setVisible(other is form)
        self.header.show_node(name, settings, is_muted=node.is_muted)
        form.show_settings(settings, self._sentences(name))
        self._marking.show(form, name)
        self.block_card.show_node(name)
        self.training.show_nodes((name,))
        self._show_numbers(None)
        self.help_text.show_type(type(settings))

    def _form_of(self, declared: type[NodeType]) -> SettingsForm:
        form = self._forms.get(declared)
        if form is None:
            form = self._forms[declared] = SettingsForm(setting_kinds(declared))
            form.edited.connect(self._apply)
            form.tried.connect(self._try)
            form.untried.connect(lambda: self._document.foresee(None))
            form.settled.connect(self._settle)
            self._marking.serve(form)
            self._formulas[declared] = FormulaLine()
            if form.rows:
                form.add_below_main(self._formulas[declared])
            self._form_place.addWidget(form)
        return form

    @property
    def formula(self) -> FormulaLine:
        """The sum below the settings of the node shown."""
        return self._formulas[type(original(self._document.graph.nodes[self.node].settings))]

    def _show_numbers(self, tried: State | None) -> None:
        """The sums and costs of the node, or those it would have."""
        now, form = State.of(self._document), self.form
        is_shown = form is not None and bool(form.rows) and self.formula.show_node(now, self.node, tried)
        self.cards.show_node(self._document, self.node, tried, with_size=not is_shown)

    def _show_foreseen(self, foresight: Foresight | None) -> None:
        if self.isVisible() and self.node in self._document.graph.nodes:
            self._show_numbers(foresight.then if foresight and self.node in foresight.after.facts else None)

    def _sentences(self, name: str) -> dict[str, str]:
        """What is wrong with a setting, below its field."""
        return {
            problem.parameter: f"{problem.fact.removeprefix(f'{name}: ')} {problem.remedy}".strip()
            for problem in reversed(self._document.problems_of(name))
            if problem.parameter and problem.severity == "error"
        }

    def _apply(self, settings: NodeType, gesture: str) -> None:
        if self.node not in self._document.graph.nodes:
            return
        if self._begun is None or self._begun[0] != gesture:
            self._begun = gesture, State.of(self._document)
        begun = self._begun
        is_muted = self._document.graph.nodes[self.node].is_muted
        graph = self._document.graph.with_settings(self.node, Muted(settings) if is_muted else settings)
        self._document.edit(graph, f"Change {self.node}", f"{self.node} {gesture}")
        if self._begun is begun and gesture.partition(" ")[0] != "reset":
            self._document.foresee(begun[1].until(self._document))

    def _try(self, changes: dict[str, Any]) -> None:
        """Has every view show what a number under the mouse would change."""
        node = self._document.graph.nodes.get(self.node)
        if node is not None:
            graph = self._document.graph.with_settings(self.node, node.settings.replaced(**changes))
            self._document.foresee(foresight(self._document, graph))

    def _settle(self) -> None:
        """The steps under way are done: what they changed need not be shown any longer."""
        if self._begun is not None:
            self._begun = None
            self._document.foresee(None)


class HelpText(QWidget):
    """The head of a node type's page, and the way to the whole page with its picture."""

    page_wanted = Signal(str)  # type_id

    def __init__(self) -> None:
        super().__init__()
        self._declared: type[NodeType] | None = None
        self.text = label(wrap=True)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setOpenExternalLinks(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.more = button(
            "Show Its Page", self._ask, tip="With a picture, a worked example and all settings (Shift+F1)"
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.text)
        layout.addWidget(self.more, alignment=Qt.AlignmentFlag.AlignLeft)
        theme.themes.changed.connect(self._write)

    def show_type(self, declared: type[NodeType]) -> None:
        if declared is not self._declared:
            self._declared = declared
            self._write()

    def _write(self) -> None:
        if self._declared is not None:
            self.text.setText(head(doc_text(self._declared.doc())))

    def _ask(self) -> None:
        if self._declared is not None:
            self.page_wanted.emit(self._declared.type_id)


class NodeHeader(QWidget):
    """Family colour, the name to edit, and what the node is."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document, self._node = document, ""
        self.bar = FamilyBar()
        self.name = QLineEdit()
        self.name.setProperty("role", "title")
        self.name.setAccessibleName("Name of the node")
        self.name.setToolTip("The node's name: the attribute in the source, and the name in ONNX.")
        self.about = label(role="secondary", wrap=True)
        self.about.setContentsMargins(3, 0, 0, 0)  # below the text of the name, not its frame
        self.refusal = label(role="fault", wrap=True)
        self.refusal.hide()
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget in (self.name, self.about, self.refusal):
            column.addWidget(widget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.bar)
        layout.addLayout(column, 1)
        self.name.textEdited.connect(self._judge)
        self.name.editingFinished.connect(self._rename)

    def show_node(self, name: str, settings: NodeType, *, is_muted: bool = False) -> None:
        self.bar.show_family(settings.family)
        does = "muted: lets its first input through" if is_muted else _lowered(type(settings).headline())
        self.about.setText(f"{settings.torch_name} · {does}")
        if name != self._node or not self.name.hasFocus():
            self._node = name
            self.name.setText(name)
            self._refuse("")

    def _judge(self, text: str) -> None:
        self._refuse("" if text == self._node else self._fault(text))

    def _fault(self, text: str) -> str:
        try:
            self._document.graph.require_name(text)
        except GraphError as error:
            return str(error)
        return ""

    def _rename(self) -> None:
        new, old = self.name.text().strip(), self._node
        if new == old or old not in self._document.graph.nodes:
            return
        fault = self._fault(new)
        self._refuse(fault)
        if fault:
            return
        self._node = new
        self._document.edit(self._document.graph.renamed(old, new), f"Rename {old} to {new}")
        self._document.select((new,))

    def _refuse(self, sentence: str) -> None:
        self.refusal.setText(sentence)
        self.refusal.setVisible(bool(sentence))
        restyle(self.name, refused=bool(sentence))


def _lowered(sentence: str) -> str:
    """With a small first letter, unless the first word is an abbreviation."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]
