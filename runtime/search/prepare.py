"""Before the first trial: the folder of a search, made or joined, and what its trials are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from nodes.graph.files import load, save, write
from nodes.graph.infer import infer
from nodes.graph.model import Network
from nodes.graph.searched import Parameter
from runtime import runs
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.faults import RefusalError
from runtime.fresh import fresh_folder
from runtime.given_network import given_network
from runtime.metrics import require_metric, task_of
from runtime.recipe import Recipe
from runtime.recipe_parts.words import HIGHER_IS_BETTER
from runtime.runs import TrainingError, unwritable, write_json
from runtime.search import folder as files
from runtime.search.folder import Plan, Pruner, Sampler
from runtime.search.space import combinations, grid, space_of
from runtime.trust import require_trusted

TRIALS = 20  # unless it is said how many


class Wishes(NamedTuple):
    """What a command says of a search; None: as it is, or as is usual."""

    trials: int | None = None
    sampler: Sampler | None = None
    pruner: Pruner | None = None
    metric: str | None = None
    seed: int | None = None
    points: int | None = None
    stages: int | None = None
    epochs: int | None = None


class Prepared(NamedTuple):
    """A search that can begin, or go on."""

    folder: Path
    network: Network
    plan: Plan
    space: tuple[Parameter, ...]
    data: DataSet


def begin(file: Path, out: Path | None, assigned: Sequence[str], wishes: Wishes, *, trust: bool = False) -> Prepared:
    """Makes the folder of a search, or joins the one of the same network there.

    Raises RefusalError, SettingError, NetworkFileError, TrustError, DataError, TrainingError.
    """
    network = given_network(file, assigned, trust=trust)
    folder = out or fresh_folder(Path("searches"), file.stem)
    if files.is_search(folder):
        if write(network) != (folder / runs.NETWORK).read_bytes():
            raise RefusalError(
                f"{folder} holds the search of another network, or over other settings.",
                f"Choose another folder with --out, or go on with that one: netwright search --resume {folder}.",
            )
        return resume(folder, wishes)
    space = space_of(network)
    data = open_data(DataChoice.read(network.data), file.parent)
    plan = _plan(network, space, data, wishes)
    _make(folder, network, plan)
    return Prepared(folder, network, plan, space, data)


def resume(folder: Path, wishes: Wishes) -> Prepared:
    """The search in a folder; more trials may be wished for. Raises as ``begin``."""
    plan = files.read_plan(folder)
    if plan is None or not files.is_search(folder):
        raise RefusalError(f"{folder} holds no search.", "Name a folder that netwright search has made.")
    fixed = {name: value for name, value in wishes._asdict().items() if value is not None and name != "trials"}
    for name, value in fixed.items():
        if value != getattr(plan, name):
            has = "the recipe's" if getattr(plan, name) is None else getattr(plan, name)
            raise RefusalError(
                f"The search in {folder} has {name} {has}, not {value}.",
                "Leave it out, or begin another search with --out.",
            )
    if wishes.trials is not None and wishes.trials != plan.trials:
        plan = _replaced(plan, trials=wishes.trials)
        write_json(folder / files.PLAN, plan)
    network = load(folder / runs.NETWORK).network
    require_trusted(network.graph)
    space = space_of(network)
    (folder / files.STOP).unlink(missing_ok=True)
    return Prepared(folder, network, plan, space, open_data(DataChoice.read(network.data), folder))


def _plan(network: Network, space: Sequence[Parameter], data: DataSet, wishes: Wishes) -> Plan:
    if not len(data.validation):
        raise TrainingError(
            "A search judges by the validation part, which has no samples.", "Set validation of the data to 0.1."
        )
    recipe = Recipe.read(network.recipe)
    task, best_by = task_of(infer(network.graph), data, top=int(recipe.top_k)), recipe.best_by
    metric = wishes.metric or (best_by if best_by != "auto" else "")
    if not metric:
        metric = "accuracy" if task is not None and task.kind == "classes" else "loss"
    require_metric(metric, task, "metric")
    given = {name: value for name, value in wishes._asdict().items() if value is not None}
    given["metric"] = metric
    plan = _replaced(Plan(metric, TRIALS, metric in HIGHER_IS_BETTER), **given)
    if plan.stages > 1 and plan.sampler == "tpe":
        raise RefusalError(
            "tpe goes from coarse to fine by itself.", "Leave --stages out, or use --sampler random or grid."
        )
    if plan.sampler == "grid" and wishes.trials is None:
        plan = _replaced(plan, trials=plan.stages * sum(1 for _ in grid(space, plan.points)))
    elif combinations(space) < plan.trials and plan.stages == 1:
        plan = _replaced(plan, trials=int(combinations(space)))
    return plan


def _replaced(plan: Plan, **changes: object) -> Plan:
    return msgspec.structs.replace(plan, **changes)


def _make(folder: Path, network: Network, plan: Plan) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    if any(folder.iterdir()):
        raise RefusalError(
            f"{folder} is not empty, and holds no search.", "Name an empty or a new folder with --out."
        )
    write_json(folder / files.PLAN, plan)
    save(network, folder / runs.NETWORK)
