"""Does a run hold what it says? The hashes of a sealed one, and the first steps of any, done again on the CPU."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from nodes.graph.files import load
from runtime import runs
from runtime.devices import on_threads
from runtime.faults import MENDABLE, RefusalError, fault_of
from runtime.recipe import override
from runtime.runs import ENVIRONMENT, NETWORK, Entry, Progress, Started
from runtime.sealed.archive import unseal
from runtime.train import train
from runtime.trust import trust_file

STEPS = 20


class _Enough(BaseException):
    """Ends a training that has done its steps; no fault, so that nothing is written of one."""


def verified(path: Path, steps: int = STEPS, *, trust: bool = False) -> dict[str, Any]:
    """Checks every hash of a sealed run, and compares the losses of its first steps; of a folder these alone.

    Result:  ``name``, ``files`` (None of a folder), ``steps`` that were compared, ``is_same``, ``max_abs_diff``,
             ``is_exact`` (trained on a CPU: the losses are to be the same), ``sentence``. Raises RefusalError where
             the file is not what was sealed.
    """
    with tempfile.TemporaryDirectory() as aside:
        if path.is_dir():
            if not (path / NETWORK).is_file():
                raise RefusalError(f"{path} is no run: it has no {NETWORK}.", "Name one that a training has made.")
            return _compared(path, None, steps, Path(aside), trust)
        run = unseal(path, Path(aside))
        return _compared(run, sum(each.is_file() for each in run.rglob("*")), steps, Path(aside), trust)


def _compared(run: Path, count: int | None, steps: int, aside: Path, trust: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"name": run.name, "files": count, "steps": 0, "is_same": None, "max_abs_diff": None}
    told["is_exact"] = _environment(run).get("device") == "cpu"
    files = f"All {count} files are as they were sealed. " if count is not None else ""
    recorded = first_losses(run, steps)
    if not recorded:
        return told | {"sentence": f"{files}No step was trained yet."}
    try:
        if trust:
            trust_file(run)
        again = replayed(run, len(recorded), aside / "again")
    except MENDABLE as error:
        return told | {"sentence": f"{files}Its steps cannot be done: {fault_of(error)}"}
    pairs = list(zip(recorded, again, strict=False))
    told |= {"steps": len(pairs), "is_same": recorded == again}
    told["max_abs_diff"] = max((abs(a - b) for a, b in pairs), default=0.0)
    return told | {"sentence": files + _sentence(told, _environment(run))}


def first_losses(run: Path, steps: int) -> list[float]:
    """As the journal has them of the first time that each step was done."""
    found: dict[int, float] = {}
    for entry in runs.read_entries(run)[0]:
        if isinstance(entry, Started) and entry.resumed_at:
            break
        if isinstance(entry, Progress):
            found |= {entry.first_step + number: loss for number, loss in enumerate(entry.loss)}
        if len(found) >= steps:
            break
    return [found[step] for step in range(min(steps, len(found))) if step in found]


def replayed(run: Path, steps: int, root: Path) -> list[float]:
    """The losses of the first steps, done again in a folder of its own. Raises TrainingError and what data raise."""
    network = override(load(run / NETWORK).network, "recipe.device=cpu")
    again, losses = runs.create_run(root, network, "again", base=run), list[float]()

    def hear(entry: Entry) -> None:
        if isinstance(entry, Progress):
            losses.extend(entry.loss)
        if len(losses) >= steps:
            raise _Enough

    threads = _environment(run).get("threads")
    with on_threads(threads if isinstance(threads, int) and 0 < threads <= 256 else 1), suppress(_Enough):
        train(again, on_entry=hear)
    return losses[:steps]


def _environment(run: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode((run / ENVIRONMENT).read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return {}


def _sentence(told: dict[str, Any], environment: dict[str, Any]) -> str:
    if told["is_same"]:
        return f"The first {told['steps']} steps give the same losses, bit for bit."
    made = ", ".join(f"{k} {environment[k]}" for k in ("device", "torch", "platform", "threads") if k in environment)
    return (
        f"The first {told['steps']} steps give other losses, by {told['max_abs_diff']:.3g} at most. "
        f"It was trained with {made or 'what is not known'}: sums come out otherwise on other machines."
    )
