"""Carries out what the doctor advises, on the network of a run."""

from __future__ import annotations

import dataclasses

from nodes.graph.mends import insert_mend, replace_mend
from nodes.graph.model import Graph, Network
from nodes.spec.training import NodeTraining
from runtime.doctor.findings import Action, GoBack, InsertBehind, LookAtData, ReplaceNodes, SetRecipe, SetTraining
from runtime.recipe import Recipe


def treated(network: Network, action: Action) -> Network:
    """The network with an action done; going back gives it the lower rate, looking leaves it as it is.

    Raises SettingError where a setting does not take the value.
    """
    match action:
        case SetRecipe(_, changes):
            return _with_recipe(network, changes)
        case GoBack(_, _, factor):
            rate = Recipe.read(network.recipe).learning_rate * factor
            return _with_recipe(network, {"learning_rate": float(f"{rate:.6g}")})
        case SetTraining(_, names, changes):
            graph = network.graph
            for name in names:
                if name in graph.nodes:
                    graph = graph.with_training(name, _changed(graph.nodes[name].training, changes))
            return dataclasses.replace(network, graph=graph)
        case InsertBehind(_, types):
            return dataclasses.replace(network, graph=_inserted(network.graph, types))
        case ReplaceNodes(_, types):
            return dataclasses.replace(network, graph=_replaced(network.graph, types))
        case LookAtData():
            return network


def _with_recipe(network: Network, changes: dict[str, object]) -> Network:
    changed = Recipe.read(network.recipe).replaced(**changes)
    names = (*network.recipe, *changes)
    kept = {name: value for name, value in changed.written().items() if name in names}
    return dataclasses.replace(network, recipe=kept)


def _changed(training: NodeTraining, changes: dict[str, object]) -> NodeTraining:
    return training.replaced(**changes)


def _inserted(graph: Graph, types: dict[str, str]) -> Graph:
    """Behind a node means on every link that leaves it: they then leave the new one."""
    for name, type_id in types.items():
        links = graph.outgoing(name) if name in graph.nodes else ()
        if not links:
            continue
        mend = insert_mend(graph, links[0], [(type_id, {})])
        if mend is None:
            continue
        new = next(n for n in mend.graph.nodes if n not in graph.nodes)
        graph = mend.graph
        for link in links[1:]:
            graph = graph.with_link(link._replace(source=new, output=graph.nodes[new].settings.outputs()[0]))
    return graph


def _replaced(graph: Graph, types: dict[str, str]) -> Graph:
    for name, type_id in types.items():
        mend = replace_mend(graph, name, type_id, {}) if name in graph.nodes else None
        graph = mend.graph if mend else graph
    return graph
