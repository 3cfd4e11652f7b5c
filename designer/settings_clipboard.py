"""Settings on the clipboard: copied from one node, pasted into others of its kind, or given to all of its kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from designer.canvas.shortcuts import shortcuts
from designer.document import Document
from designer.figures import counted
from designer.setting_row import value_words
from nodes.block import Block
from nodes.graph.files import NetworkFileError, read, write
from nodes.graph.model import Graph, Network, Node
from nodes.spec.node_type import NodeType, chosen_kinds, setting_kinds

FORMAT = "application/x-netwright-settings"  # a network file with the one node


class SettingsClipboard:
    """What the Edit menu does with settings; ``say`` tells the user what came of it."""

    def __init__(self, document: Document, say: Callable[[str], object]) -> None:
        self._document, self._say = document, say

    def copy(self) -> None:
        """Copies the settings of the selected node."""
        name = self._one("copy its settings")
        if not name:
            return
        node = self._document.graph.nodes[name]
        data = QMimeData()
        data.setData(FORMAT, write(Network(graph=Graph({name: Node(node.settings, training=node.training)}))))
        data.setText(settings_text(node.settings))
        QGuiApplication.clipboard().setMimeData(data)
        keys = shortcuts.told("window_paste_settings")
        self._say(f"Copied the settings of {name}. {keys} gives them to other {node.settings.torch_name} nodes.")

    def paste(self) -> None:
        """Gives the selected nodes of the same kind what was copied, in one step."""
        source = copied()
        if source is None:
            keys = shortcuts.told("window_copy_settings")
            self._say(f"The clipboard holds no settings. Select a node and press {keys} first.")
        elif not self._document.selection:
            self._say("Select the nodes that are to take the settings.")
        else:
            self._give(source, self._document.selection, "Paste settings")

    def give_to_all(self) -> None:
        """Gives every node of the kind of the selected one its settings, in one step."""
        name = self._one("give its settings to all of its kind")
        if name:
            node = self._document.graph.nodes[name]
            others = [other for other in self._document.graph.nodes if other != name]
            alike = [other for other in others if _takes(self._document.graph.nodes[other], node)]
            if alike:
                self._give(node, alike, f"Set all as {name}")
            else:
                self._say(f"{name} is the only {node.settings.torch_name} here.")

    def _give(self, source: Node, names: Iterable[str], words: str) -> None:
        graph, given, kinds = self._document.graph, 0, Counter[str]()
        for name in names:
            node = graph.nodes[name]
            if _takes(node, source):
                graph = graph.with_settings(name, source.settings).with_training(name, source.training)
                given += 1
            else:
                kinds[node.settings.torch_name] += 1
        left = f" {', '.join(kinds)} took none: {source.settings.torch_name} settings fit only their own kind."
        if given:
            self._document.edit(graph, words)
        said = f"Set {counted(given, 'node')}." if given else ""
        self._say((said + (left if kinds else "")).strip())

    def _one(self, what: str) -> str:
        """The selected node that has settings; says so where there is none."""
        selection = self._document.selection
        if len(selection) != 1:
            self._say(f"Select one node to {what}.")
            return ""
        node = self._document.graph.nodes[selection[0]]
        if isinstance(node.settings, Block) or not setting_kinds(node.settings):
            self._say(f"{selection[0]} has no settings to give. Choose a layer that has.")
            return ""
        return selection[0]


def copied() -> Node | None:
    """The node whose settings the clipboard holds."""
    data = QGuiApplication.clipboard().mimeData()
    if data is None or not data.hasFormat(FORMAT):
        return None
    try:
        nodes = read(bytes(data.data(FORMAT).data())).network.graph.nodes
    except NetworkFileError:
        return None
    return next(iter(nodes.values()), None)


def settings_text(settings: NodeType) -> str:
    """For people: ``Conv2d: out_channels 16, kernel_size 3 × 3``."""
    parts = (
        f"{name} {value_words(getattr(settings, name), kind.optional)}"
        for name, kind in chosen_kinds(settings).items()
    )
    return f"{settings.torch_name}: {', '.join(parts)}"


def _takes(node: Node, source: Node) -> bool:
    return type(node.settings) is type(source.settings) and not isinstance(node.settings, Block)
