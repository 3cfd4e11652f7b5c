"""What the doctor advises, done: in the drawing, in the recipe, or in the training under way."""

from __future__ import annotations

from collections.abc import Callable

from designer.document import Document
from designer.training.trainer import Trainer
from nodes.graph.model import GraphError
from nodes.spec.settings import SettingError
from runtime.doctor.findings import Action, GoBack, LookAtData, SetRecipe
from runtime.doctor.treatment import treated

RATE = "learning_rate"
AGAIN = "Train again to see what it does."


def act(action: Action, document: Document, trainer: Trainer, show_data: Callable[[], object]) -> str:
    """Does it, and says what happened in a sentence."""
    match action:
        case LookAtData():
            show_data()
            return ""
        case GoBack(_, step, factor) if trainer.is_live:
            trainer.go_back(step, factor)
            return "The training goes back."
        case SetRecipe(_, changes) if trainer.is_live and set(changes) == {RATE}:
            trainer.set_learning_rate(changes[RATE])
    try:
        network = treated(document.network, action)
    except (SettingError, GraphError) as error:
        return str(error)
    if network == document.network:
        return "The drawing is that way already."
    document.edit_network(network, action.title)
    return f"{action.title}: done in the drawing. {AGAIN}"
