"""A small network with marked settings, and searches over it that tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nodes.graph.files import save
from nodes.graph.model import Network
from nodes.spec.search import Mark
from runtime.search.prepare import Prepared, Wishes, begin
from runtime.search.study import Study
from runtime.search.work import Work
from tests.runtime.networks import digits_graph

RATE = {"recipe.learning_rate": Mark(0.0001, 10.0, log=True)}
RECIPE = {"epochs": 1, "batch_size": 64, "device": "cpu"}


def marked(search: dict[str, Mark] | None = None, **recipe: Any) -> Network:
    """The digits, with the learning rate to be searched over unless others are."""
    return Network(digits_graph(), "digits", recipe=RECIPE | recipe, search=RATE if search is None else search)


def prepared(folder: Path, network: Network, **wishes: Any) -> Prepared:
    file = folder / "digits.netw"
    if not file.exists():
        save(network, file)
    return begin(file, folder / "search", (), Wishes(**wishes))


def study_of(search: Prepared) -> Study:
    return Study(search.folder, search.network, search.plan, search.space)


def worked(search: Prepared) -> list[tuple[int, str]]:
    """Does the whole search here; gives number and state of each trial."""
    told: list[tuple[int, str]] = []
    Work(study_of(search), search.network, lambda *said: told.append(said[:2]), search.data).go()
    return told
