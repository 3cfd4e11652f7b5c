"""All rules together: what the doctor says of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nodes.graph.model import Network
from runtime.doctor.data_rules import class_imbalance, overfitting, shuffled_labels, tiny_batches, waits_for_data
from runtime.doctor.findings import Finding
from runtime.doctor.history import History
from runtime.doctor.layer_rules import (
    dead_units,
    exploding_gradients,
    odd_update,
    saturated_units,
    vanishing_gradients,
)
from runtime.doctor.rate_rules import not_finite, plateau, rate_too_high, rate_too_low
from runtime.doctor.view import View

Rule = Callable[[View], Finding | None]

RULES: dict[str, Rule] = {
    "not_finite": not_finite,
    "exploding_gradients": exploding_gradients,
    "rate_too_high": rate_too_high,
    "dead_units": dead_units,
    "saturated_units": saturated_units,
    "vanishing_gradients": vanishing_gradients,
    "rate_too_low": rate_too_low,
    "update_ratio": odd_update,
    "shuffled_labels": shuffled_labels,
    "overfitting": overfitting,
    "class_imbalance": class_imbalance,
    "tiny_batches": tiny_batches,
    "plateau": plateau,
    "waits_for_data": waits_for_data,
}
"""In the order in which they are told: causes before what follows from them."""
EXPLAINS = {
    "not_finite": ("rate_too_high", "plateau", "update_ratio", "dead_units", "exploding_gradients"),
    "exploding_gradients": ("rate_too_high", "plateau", "update_ratio", "dead_units", "vanishing_gradients"),
    "dead_units": ("vanishing_gradients", "rate_too_low", "plateau", "update_ratio"),
    "saturated_units": ("vanishing_gradients", "rate_too_low", "plateau", "update_ratio"),
    "vanishing_gradients": ("rate_too_low", "plateau", "update_ratio"),
    "rate_too_high": ("plateau", "shuffled_labels", "dead_units", "saturated_units", "vanishing_gradients"),
    "rate_too_low": ("plateau",),
    "shuffled_labels": ("overfitting",),
}
"""What is no finding of its own beside another."""
FALLING = ("rate_too_high", "rate_too_low", "plateau", "overfitting", "shuffled_labels", "vanishing_gradients")
"""Rules of losses that fall: those of two adversaries hold each other."""
RANK = {"severe": 0, "warning": 1, "remark": 2}


def diagnose(history: History | Iterable[Any], network: Network) -> list[Finding]:
    """What is wrong with a run, the worst first. Entries of its journal serve as history."""
    view = View(history if isinstance(history, History) else History(history), network)
    found: dict[str, Finding] = {}
    explained: set[str] = set(FALLING if view.recipe.adversarial else ())
    for name, rule in RULES.items():
        finding = rule(view) if name not in explained else None
        if finding:
            found[name] = finding
            explained.update(EXPLAINS.get(name, ()))
    return sorted(found.values(), key=lambda finding: RANK[finding.severity])
