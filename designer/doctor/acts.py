"""What the doctor advises, done: in the drawing that is trained, in its recipe, or in the training itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from designer.document import Document
from designer.figures import figure, grouped
from designer.training.trainer import Trainer
from nodes.graph.model import GraphError, Network
from nodes.spec.settings import SettingError
from runtime.doctor.findings import Action, GoBack, InsertBehind, LookAtData, ReplaceNodes, SetRecipe, SetTraining
from runtime.doctor.treatment import treated

RATE = "learning_rate"
AGAIN = "Train again to see what it does."
ANEW = "Stop the training: this advice then trains it anew at the lower rate."


def act(
    action: Action,
    document: Document,
    trainer: Trainer,
    show_data: Callable[[], object],
    show_network: Callable[[int], bool] = lambda number: False,
) -> str:
    """Does it, and says what happened in a sentence. ``show_network`` turns to the tab of a network."""
    match action:
        case LookAtData():
            show_data()
            return ""
        case GoBack(_, step, factor):
            if trainer.go_back(step, factor):
                return f"The training goes back to step {grouped(step)}, or to the last checkpoint before it."
            if trainer.is_live:
                return f"No checkpoint of step {grouped(step)} or before it is kept. {ANEW}"
        case SetRecipe(_, changes) if trainer.is_live and set(changes) == {RATE}:
            trainer.set_learning_rate(changes[RATE])
    drawing = trainer.drawing
    if drawing != document.number and (drawing is None or not show_network(drawing)):
        named = trainer.network_title or "the run"
        return f"This is advice for {named}, and its drawing is not open. Open it first, then take the advice."
    return _draw(action, document, trainer)


def _draw(action: Action, document: Document, trainer: Trainer) -> str:
    """Does it in the drawing. What cannot go back to a checkpoint is trained anew."""
    gone = [name for name in _nodes(action) if name not in document.network.graph.nodes]
    if gone:
        return f"{' and '.join(gone)} is not in the drawing any more: nothing was changed."
    try:
        network = treated(document.network, action)
    except (SettingError, GraphError) as error:
        return str(error)
    if isinstance(action, GoBack):
        return _begin_anew(action, network, document, trainer)
    if network == document.network:
        return "The drawing is that way already."
    document.edit_network(network, action.title)
    return f"{action.title}: done in the drawing. {AGAIN}"


def _begin_anew(action: GoBack, network: Network, document: Document, trainer: Trainer) -> str:
    """A new run at the lower rate: from the weights of one that came to its end, else from the start."""
    goes_on = trainer.has_passed(action.step)
    if goes_on:
        network = dataclasses.replace(network, recipe={**network.recipe, "start_from": str(trainer.run)})
        why = "A new training goes on from these weights"
    else:
        why = f"No checkpoint of step {grouped(action.step)} or before it is kept: it is trained anew"
    rate = network.recipe[RATE]
    document.edit_network(network, action.title)
    trainer.start()
    return f"{why}, at a rate of {figure(rate)}." if trainer.is_live else trainer.failure[0]


def _nodes(action: Action) -> list[str]:
    """The nodes that it changes."""
    match action:
        case SetTraining(_, nodes, _):
            return nodes
        case InsertBehind(_, types) | ReplaceNodes(_, types):
            return list(types)
    return []
