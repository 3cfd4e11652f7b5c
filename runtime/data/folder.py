"""Pictures in one folder for each class, with ``train`` and ``test`` above them if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from runtime.data.choice import DataChoice, DataError
from runtime.data.class_folders import part_folders, subfolders
from runtime.data.dataset import Loaded, picture_fields
from runtime.data.pixels import SUFFIXES, Fit, decode_all, note_on_broken, require_memory, stacked


def load_picture_folder(choice: DataChoice) -> Loaded:
    """Decodes all pictures; broken ones are left out, counted and listed. Raises DataError."""
    folder = choice.path
    roots = part_folders(folder)
    classes = _class_names(roots)
    listed = {part: _listed(root, classes) for part, root in roots.items()}
    everything = [path for labels in listed.values() for path in labels]
    require_memory(folder, everything, Fit.of(choice))
    decoded = decode_all(everything, Fit.of(choice))
    broken = {path: fault for path, fault in decoded.items() if isinstance(fault, str)}
    given: dict[str, range] = {}
    kept: dict[Path, int] = {}
    for part, pictures in listed.items():
        sound = {path: label for path, label in pictures.items() if path not in broken}
        given[part] = range(len(kept), len(kept) + len(sound))
        kept |= sound
    if not given["train"]:
        raise DataError(
            f"{roots['train']} has no picture that can be read.", "Put PNG or JPEG files into its subfolders."
        )
    images = stacked(folder, {path: pixels for path in kept if not isinstance(pixels := decoded[path], str)})
    fields = picture_fields(images.shape[1:], classes, 255.0)
    labels = np.array(list(kept.values()), dtype=np.int64)
    parts = given if len(given) > 1 else {}
    return Loaded(fields, {"image": images, "label": labels}, parts, note_on_broken(folder, broken))


def _class_names(roots: dict[str, Path]) -> tuple[str, ...]:
    classes = subfolders(roots["train"])
    if len(classes) < 2:
        raise DataError(
            f"{roots['train']} has {len(classes) or 'no'} subfolder{'s' * (len(classes) != 1)}.",
            "Give it one subfolder of pictures for each class, or the IDX files of MNIST.",
        )
    for root in roots.values():
        strange = sorted(set(subfolders(root)) - set(classes))
        if strange:
            raise DataError(
                f"{root} has a class {strange[0]} that {roots['train']} has not.", "Give both the same subfolders."
            )
    return classes


def _listed(root: Path, classes: Sequence[str]) -> dict[Path, int]:
    """The pictures and their classes."""
    return {
        path: label
        for label, name in enumerate(classes)
        if (root / name).is_dir()
        for path in sorted((root / name).iterdir())
        if path.suffix.lower() in SUFFIXES
    }
