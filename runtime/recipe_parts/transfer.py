"""Settings of transfer: which weights a run begins with, and which of them are trained from when on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nodes.spec.settings import SettingError, integer, real, shown, text
from runtime.recipe_parts.words import BY_GRADIENT, given

GROUP = "Start from"
TORCHVISION = "torchvision:"
ALL = "all"


@dataclass(frozen=True)
class TransferSettings:
    """What a run begins with, and what is frozen for a while."""

    # fmt: off
    start_from: str = text(
        "", longest=4096, group=GROUP,
        doc="Weights to begin with: a run's folder, a .safetensors file, a PyTorch state dict (.pt, .pth), or "
        "torchvision:resnet18. Empty: fresh ones.",
    )
    fresh: str = text(
        "", longest=2000, group=GROUP, when=given("start_from"),
        doc="Nodes that begin fresh all the same, with commas, such as fc.",
    )
    head: str = text(
        "", longest=2000, group=GROUP,
        doc="Nodes of the head, with commas; empty: the last layers with weights. All others are the trunk.",
    )
    head_epochs: int = integer(
        0, low=0, high=100_000, unit="epochs", group=GROUP,
        doc="Trains the head alone for so many epochs first.",
    )
    unfreeze: str = text(
        "", longest=2000, group=GROUP,
        doc="What is frozen until an epoch, such as “5: stage3; 10: stage2, stage1”, or “3: all”.",
    )
    trunk_factor: float = real(
        1.0, low=0.0, high=1000.0, unit="×", logarithmic=True, group=GROUP, when=given("optimizer", *BY_GRADIENT),
        doc="Learning rate of the trunk, as a multiple of the recipe's and of each node's own; 0.1 is usual.",
    )
    # fmt: on

    @property
    def fresh_names(self) -> tuple[str, ...]:
        return names_of(self.fresh) if self.start_from else ()

    @property
    def head_names(self) -> tuple[str, ...]:
        """Those that were named; none where the last layers are meant."""
        return names_of(self.head)

    @property
    def freed_at(self) -> dict[str, int]:
        """The epochs after which nodes are trained, by name. Raises SettingError."""
        found: dict[str, int] = {}
        for part in filter(None, (part.strip() for part in self.unfreeze.split(";"))):
            epoch, colon, names = part.partition(":")
            if not (colon and epoch.strip().isdigit() and names_of(names)):
                raise SettingError(
                    f"unfreeze takes epochs and names of nodes, such as “5: stage3; 10: stage2”, not {shown(part)}."
                )
            found |= dict.fromkeys(names_of(names), int(epoch))
        return found


def names_of(written: str) -> tuple[str, ...]:
    """``"fc, stage3"`` -> the names."""
    return tuple(filter(None, (name.strip() for name in written.split(","))))


def resolved_start(written: str, base: Path) -> str:
    """A source of weights with its path in full; names and nothing stay."""
    if not written or written.startswith(TORCHVISION):
        return written
    try:
        return str(Path(base, Path(written).expanduser()).resolve())
    except (OSError, RuntimeError, ValueError):  # no such user after ~, or links in a circle
        raise SettingError(f"start_from {shown(written)} leads nowhere. Write its path in full.") from None
