"""Settings of what is written beside the journal."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import flag

GROUP = "Mirrors"


@dataclass(frozen=True)
class MirrorSettings:
    """The journal once more, as other programs read it."""

    # fmt: off
    mirror_csv: bool = flag(
        False, group=GROUP,
        doc="Write steps.csv and validation.csv into the run's folder: loss, accuracy, rate and metrics.",
    )
    mirror_tensorboard: bool = flag(
        False, group=GROUP,
        doc="Write event files for TensorBoard into the run's folder; needs the package tensorboard.",
    )
    # fmt: on
