"""What layers give for samples: maps as pictures, numbers as bars, and the samples that move a unit most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runtime.faults import RefusalError
from runtime.insight.seen import Seen, look
from runtime.insight.tiles import MOST_TILES, as_pictures, evened, write_sheet
from runtime.insight.trained import BATCH, Trained

MOST_NUMBERS = 512  # of a layer without maps that are told
MOST_SEARCHED = 5_000  # samples


def activations(trained: Trained, inputs: list[Tensor], paths: Sequence[str], folder: Path) -> dict[str, Any]:
    """For the first sample: the maps of each layer as tiles, or its numbers; with their least, greatest and zeros.

    One that cannot be seen has ``missing``, a sentence, and nothing else.
    """
    seen = look(trained, inputs, paths)
    return {"layers": {path: _told(seen, path, folder) for path in paths}}


def _told(seen: Seen, path: str, folder: Path) -> dict[str, Any]:
    try:
        value = seen[path][0].detach().float()
    except RefusalError as error:
        return {"missing": f"{error.fact} {error.remedy}"}
    if not value.numel():
        return {"missing": f"{path} gave nothing."}
    if not value.isfinite().all():
        count = int((~value.isfinite()).sum())
        return {"missing": f"{count:,} of the {value.numel():,} numbers that {path} gave are not finite."}
    told: dict[str, Any] = {
        "shape": list(value.shape),
        "low": float(value.min()),
        "high": float(value.max()),
        "mean": float(value.mean()),
        "zeros": float((value == 0).float().mean()),
    }
    name = f"maps-{path.replace('.', '-')}.png"
    if value.dim() == 3 and min(value.shape[1:]) > 1:
        tiles = evened(value[:MOST_TILES, None], by_tile=False)
        told["maps"] = write_sheet(tiles, folder / name, colours="viridis").written()
    elif value.dim() == 2:
        tile = evened(value[None, None], by_tile=False)
        told["maps"] = write_sheet(tile, folder / name, colours="viridis").written()
    else:
        told["values"] = value.flatten()[:MOST_NUMBERS].tolist()
    return told


@torch.no_grad()
def extremes(trained: Trained, path: str, unit: int, count: int, folder: Path) -> dict[str, Any]:
    """The samples of the test part that move a unit most and least, and where in the picture it is moved."""
    rows = trained.some_rows(MOST_SEARCHED)
    strengths, places = [], []
    for part in torch.split(rows, BATCH):
        value = look(trained, trained.inputs(part), [path])[path]
        unit_values = value[:, unit].flatten(1) if value.dim() > 2 else value[:, unit, None]
        best = unit_values.max(1)
        strengths.append(best.values)
        places.append(best.indices)
        size = value.shape[2:]
    strength, place = torch.cat(strengths), torch.cat(places)
    order = strength.argsort(descending=True)
    chosen = torch.cat((order[:count], order[-count:].flip(0)))
    field = trained.picture
    pictures = as_pictures(trained.data.columns[field.name][rows[chosen]], field.high)
    sheet = write_sheet(pictures, folder / f"extremes-{path.replace('.', '-')}-{unit}.png", columns=count)
    return sheet.written() | {
        "strengths": strength[chosen].tolist(),
        "rows": rows[chosen].tolist(),
        "places": [_box(int(p), size, pictures.shape[2:]) for p in place[chosen]],
        "searched": len(rows),
    }


def _box(place: int, size: Sequence[int], picture: Sequence[int]) -> list[float]:
    """Where a place of a map lies in the picture, as shares x1 y1 x2 y2; the whole picture where there is no map."""
    if len(size) != 2 or not all(picture):
        return [0.0, 0.0, 1.0, 1.0]
    height, width = size
    y, x = divmod(place, width)
    return [x / width, y / height, (x + 1) / width, (y + 1) / height]
