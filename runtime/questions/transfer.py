"""Questions about weights from elsewhere, and about several trained networks as one."""

from __future__ import annotations

from typing import ClassVar, Literal

from runtime.questions.asked import Asked


class MatchWeights(Asked, frozen=True):
    """What would a network take of some weights? Nothing is changed.

    Result:  ``source`` (its title), ``rows`` (``node``, ``weight``, ``shape``, ``source``, and ``state``: "by name",
             "by order" or "fresh"), ``left_over`` (names in the source), ``sentence``.
    """

    handler: ClassVar[str] = "runtime.answers.transfer:match_weights"

    network: str  # the JSON text of a network file
    source: str  # as recipe.start_from takes it
    base: str = ""  # the folder that a relative path starts from
    fresh: str = ""  # nodes that take nothing, with commas


class EvaluateEnsemble(Asked, frozen=True):
    """What do runs score, each by itself and all as one? A run may also be a file of weights within its folder.

    Result:  ``part``, ``samples``, ``combine``, ``loss`` and the metrics of all as one, and ``members``: a list of
             ``name``, ``loss`` and metrics. Votes have no loss.
    """

    handler: ClassVar[str] = "runtime.answers.transfer:evaluate_ensemble"

    runs: list[str]
    combine: Literal["probabilities", "logits", "votes"] = "probabilities"
    part: Literal["test", "validation", "train"] = "test"
    snapshots: bool = False  # all that the cycles of each run left
