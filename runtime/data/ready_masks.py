"""Ready sets with a class for every pixel: fetched and listed by torchvision, read as any pictures with masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Loaded
from runtime.data.forms import MASKED, SIDE, TORCHVISION
from runtime.data.mask_coding import Known
from runtime.data.masks import masked
from runtime.data.ready import fetching, folder

Pairs = dict[str, list[tuple[Path, Path]]]
VOC = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
PET = ("pet", "background", "border")


class Masked(NamedTuple):
    """Where a set is kept, what its masks mean and how its pictures and masks are listed, by part."""

    kept_as: str
    known: Known
    pairs: Callable[[Path], Pairs]


def load_ready_masks(choice: DataChoice) -> Loaded:
    """``image`` and ``mask``; the parts that a set has of its own stay. Raises DataError."""
    name = choice.source.removeprefix(TORCHVISION)
    if name not in SETS:
        raise DataError(f"There is no ready set {name}.", f"Choose {', '.join(TORCHVISION + one for one in MASKED)}.")
    one = SETS[name]
    root = folder() / one.kept_as
    with fetching(name, root):
        pairs = one.pairs(root)
    if not choice.picture_size:
        choice = choice.replaced(picture_size=(SIDE, SIDE))
    return masked(choice, root, pairs, one.known)


def _voc(root: Path) -> Pairs:
    """Of 2012; its part val is the test part."""
    from torchvision.datasets import VOCSegmentation

    found: Pairs = {}
    for ours, theirs in (("train", "train"), ("test", "val")):
        is_there = (root / "VOCdevkit").is_dir()  # it would be unpacked again each time
        read = VOCSegmentation(str(root), image_set=theirs, download=not is_there)
        found[ours] = [(Path(p), Path(m)) for p, m in zip(read.images, read.masks, strict=True)]
    return found


def _pets(root: Path) -> Pairs:
    from torchvision.datasets import OxfordIIITPet

    found: Pairs = {}
    for ours, theirs in (("train", "trainval"), ("test", "test")):
        read = OxfordIIITPet(str(root), split=theirs, target_types="segmentation", download=True)
        found[ours] = list(zip(read._images, read._segs, strict=True))
    return found


SETS = {
    "VOCSegmentation": Masked("VOCSegmentation", Known(VOC), _voc),
    "OxfordIIITPetSegmentation": Masked("OxfordIIITPet", Known(PET, first=1), _pets),
}
