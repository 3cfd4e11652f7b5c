"""What a script does not repeat, by the names that the recipe has for it."""

from __future__ import annotations

import dataclasses

from nodes.graph.infer import infer
from runtime.exchange.script.plan import Plan
from runtime.recipe_parts.adversarial import AdversarialSettings
from runtime.recipe_parts.augmentation import AugmentationSettings
from runtime.recipe_parts.essentials import Essentials
from runtime.recipe_parts.mirrors import MirrorSettings
from runtime.recipe_parts.optimizer import OptimizerSettings
from runtime.recipe_parts.rate import RateSettings
from runtime.recipe_parts.regularisation import RegularisationSettings
from runtime.recipe_parts.scale import ScaleSettings
from runtime.recipe_parts.transfer import TransferSettings
from runtime.recipe_parts.watching import WatchingSettings
from runtime.sequences.sentences import writing_plan

REPEATED = {
    "accumulation_steps", "clip_grad_norm", "clip_grad_value", "seed", "validate_every", "top_k", "best_by", "keep",
    "averaging", "ema_decay", "swa_start", "max_steps", "monitor", "stop_patience", "stop_min_delta", "target",
    *(
        field.name
        for part in (AdversarialSettings, AugmentationSettings, Essentials, OptimizerSettings, RateSettings,
                     RegularisationSettings, TransferSettings)
        for field in dataclasses.fields(part)
    ),
}  # fmt: skip
UNSEEN = {
    "compile", "channels_last", "deterministic", "retreat_factor", "test_scales",
    *("sample_unit", "sample_length", "sample_temperature", "sample_also", "sample_start"),
    *(
        field.name
        for part in (MirrorSettings, ScaleSettings, WatchingSettings)
        for field in dataclasses.fields(part)
    ),
}  # fmt: skip
"""They change no number of a run, or belong to a setting that is named."""


def left_out(plan: Plan) -> list[str]:
    """Settings of the recipe that are not as usual, and metrics."""
    recipe, usual = plan.recipe, plan.recipe.defaults()
    known = REPEATED | UNSEEN | ({"precision"} if recipe.precision == "bf16" else set())
    found = [name for name, value in recipe.written().items() if name not in known and value != usual.get(name)]
    writes = writing_plan(infer(plan.graph), plan.binding, plan.dataset) is not None
    return [*found, *["the metric bleu"] * writes]
