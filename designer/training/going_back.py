"""The menu of checkpoints that a training can go back to; one that has ended resumes there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu

from designer.figures import grouped
from designer.training.trainer import Trainer
from runtime.milestones import steps_kept

LOWER = 0.1
NONE_KEPT = "No checkpoint to go back to is kept yet"


def fill_going_back(menu: QMenu, trainer: Trainer) -> None:
    """Made anew each time it opens; where there is nothing to go back to, that is what it says."""
    menu.clear()
    steps = steps_kept(trainer.run) if trainer.run is not None and trainer.can_go_back else []
    for step in reversed([step for step in steps if not trainer.has_passed(step)]):
        for words, factor in (("", 1.0), (", at a tenth of the rate", LOWER)):
            action = menu.addAction(f"to step {grouped(step)}{words}")
            action.triggered.connect(partial(_call, partial(trainer.go_back, step, factor)))
    if menu.isEmpty():
        menu.addAction(NONE_KEPT).setEnabled(False)


def _call(do: Callable[[], object], _checked: bool = False) -> None:
    do()
