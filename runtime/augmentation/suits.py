"""Does an augmentation suit the network and its data? Said before the first step, with the remedy."""

from __future__ import annotations

from collections.abc import Sequence

from nodes.graph.model import Graph
from nodes.loss import CrossEntropyLoss
from runtime.data.dataset import Field
from runtime.recipe_parts.augmentation import AUGMENTATIONS, MIXTURES, AugmentationSettings
from runtime.runs import TrainingError

COLOURED = ("saturation", "hue", "pca_noise")


def require_suitable(settings: AugmentationSettings, graph: Graph, fields: Sequence[Field]) -> None:
    """Raises TrainingError, naming the setting."""
    on = [name for name in AUGMENTATIONS if getattr(settings, name)]
    pictures = [field for field in fields if field.is_picture]
    for name in on:
        if name != "mixup" and not pictures:
            raise TrainingError(f"{name} changes pictures, and this network takes none.", f"Turn {name} off.")
    side = min((size for field in pictures for size in field.shape[1:] if isinstance(size, int)), default=0)
    for name, most in (("cutout", side), ("crop_padding", side - 1)):
        if name in on and getattr(settings, name) > most:
            raise TrainingError(
                f"{name} is {getattr(settings, name)} px: nothing may be left of pictures with a side of {side}.",
                f"Set {name} to {most} or less.",
            )
    for name in set(on) & set(MIXTURES):
        _require_mixable(name, graph, fields)
    if settings.cutmix and len({tuple(field.shape[1:]) for field in pictures}) > 1:
        raise TrainingError("cutmix needs pictures of one size, and these have several.", "Turn cutmix off.")


def _require_mixable(name: str, graph: Graph, fields: Sequence[Field]) -> None:
    """Everything that is mixed has to mean something in between."""
    for field in fields:
        if field.is_boxes:
            raise TrainingError(f"{name} cannot mix the boxes of {field.name}.", f"Turn {name} off.")
        if field.shape.values == "real":
            continue
        if field.shape.axes == "HW" and name == "mixup":
            raise TrainingError(
                f"mixup cannot blend the classes of pixels in {field.name}.", "Turn mixup off, or take cutmix."
            )
        if field.shape.axes not in ("", "HW") or not field.is_target:
            raise TrainingError(f"{name} cannot mix the numbers of {field.name}, which name things.",
                                f"Turn {name} off.")  # fmt: skip
        if not field.shape:
            _require_shares(name, graph)


def _require_shares(name: str, graph: Graph) -> None:
    """The losses that take the label have to take shares of classes."""
    for node_name, node in graph.nodes.items():
        takes_target = any(port.name == "target" for port in node.settings.inputs())
        if not node.settings.is_loss or not takes_target or "target" in graph.incoming(node_name):
            continue
        loss = node.settings
        if not isinstance(loss, CrossEntropyLoss):
            raise TrainingError(
                f"{name} gives shares of classes as labels, which {node_name} does not take.",
                f"Turn {name} off, or use CrossEntropyLoss.",
                node_name,
            )
        if loss.ignore_index >= 0:
            raise TrainingError(
                f"{name} gives shares of classes as labels, of which {node_name} can ignore none.",
                f"Turn {name} off, or set ignore_index to −100.",
                node_name,
            )


def notes_on(settings: AugmentationSettings, fields: Sequence[Field]) -> tuple[str, ...]:
    """What is asked for in vain: colours of pictures that have none."""
    named = [name for name in COLOURED if getattr(settings, name)]
    if not named or any(field.is_picture and field.shape[0] == 3 for field in fields):
        return ()
    verb = "means" if len(named) == 1 else "mean"
    return (f"{' and '.join(named)} {verb} nothing for pictures that do not have three channels.",)
