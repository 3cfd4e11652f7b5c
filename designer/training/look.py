"""How the curves are shown: their axes, smoothing, marks and panels; kept from one session to the next."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec
from PySide6.QtCore import QSettings

from designer.training.series import Scale

KEPT_AS = "training/curves"
MOST_PANELS = 12


@dataclass
class Look:
    """How all plots show their curves."""

    scale: Scale = "epoch"
    is_log_across: bool = False
    smoothing: str = "Auto"
    shows_raw: bool = True
    shows_rate: bool = False
    shows_events: bool = True
    logarithmic: set[str] = field(default_factory=set)  # names of quantities
    metric: str = "accuracy"  # in the panel beside the loss
    panels: list[str] = field(default_factory=list)  # the metrics of those that were added
    highlighted: frozenset[str] = frozenset()  # titles of runs that stand out; the empty one is the watched run's

    def is_pale(self, title: str) -> bool:
        return bool(self.highlighted) and title not in self.highlighted


def kept_look() -> Look:
    """As it was left; what cannot be read is passed over."""
    try:
        look = msgspec.json.decode(str(QSettings().value(KEPT_AS, "{}")), type=Look)
    except msgspec.DecodeError:
        return Look()
    del look.panels[MOST_PANELS:]
    return look


def keep_look(look: Look) -> None:
    """What stands out does so for the moment only."""
    kept = replace(look, highlighted=frozenset())
    QSettings().setValue(KEPT_AS, msgspec.json.encode(kept).decode())
