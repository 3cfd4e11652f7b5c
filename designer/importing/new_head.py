"""A new head for so many classes: the last layer with weights made anew, the rest as it was trained."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from designer.document import Document
from nodes.graph.heads import head_nodes, with_new_head
from nodes.graph.model import GraphError
from runtime.recipe_parts.transfer import names_of

if TYPE_CHECKING:
    from designer.main_window import MainWindow

MOST_CLASSES = 100_000


def ask_new_head(window: MainWindow) -> None:
    """Asks for how many classes, and gives the network a head for them."""
    words = "How many classes will it tell apart?"
    classes, is_given = QInputDialog.getInt(window, "New head", words, 10, 2, MOST_CLASSES)
    if is_given:
        window.status.say(give_new_head(window.document, classes))


def give_new_head(document: Document, classes: int) -> str:
    """Changes the head as one undoable step; what it starts from stays. Gives the sentence about it."""
    network = document.network
    try:
        graph = with_new_head(network.graph, classes)
    except GraphError as error:
        return str(error)
    heads = head_nodes(network.graph)
    recipe = dict(network.recipe)
    if recipe.get("start_from"):
        kept = names_of(str(recipe.get("fresh", "")))
        recipe["fresh"] = ", ".join(dict.fromkeys([*kept, *heads]))
    document.edit_network(dataclasses.replace(network, graph=graph, recipe=recipe), f"New head for {classes} classes")
    rest = " The rest begins with the weights that it starts from." if recipe.get("start_from") else ""
    return f"{', '.join(heads)} gives {classes} scores now, from fresh weights.{rest}"
