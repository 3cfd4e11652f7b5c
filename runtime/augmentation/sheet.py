"""A contact sheet: training samples as they are, and as the first epochs will see them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from nodes.graph.files import write_atomically
from nodes.graph.model import Graph
from runtime.augmentation.augmenter import Palette, make_augmenter
from runtime.augmentation.suits import require_suitable
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet, Field
from runtime.data.open import reopened
from runtime.faults import RefusalError
from runtime.recipe import Recipe

SIDE = 112  # px of a cell's longer side, at least; pictures that are larger are brought to twice that
GAP, CAPTION, HEADING = 10, 20, 26
BOX = "#ff4f9a"
MASK_SHARE = 0.5
CLASS_COLOURS = np.array(
    [
        (86, 180, 233), (230, 159, 0), (47, 181, 139), (204, 121, 167), (240, 228, 66), (213, 94, 0), (0, 114, 178),
        (150, 150, 150), (128, 60, 180), (120, 70, 40), (170, 220, 60), (255, 150, 150),
    ],
    dtype=np.float32,
)  # fmt: skip  # the first seven after Okabe & Ito 2008, told apart by all eyes
CPU = torch.device("cpu")


class Ink(NamedTuple):
    """The colours of a sheet, as hex strings."""

    ground: str = "#ffffff"
    text: str = "#1c2128"
    secondary: str = "#646e7c"


PAPER = Ink()


@dataclass(frozen=True)
class Shown:
    """The fields that a sheet shows, by their place among all."""

    picture: int
    mask: int | None
    boxes: Sequence[int]
    label: int | None


def draw_sheet(
    dataset: DataSet, recipe: Recipe, out: Path, samples: int = 6, draws: int = 7, ink: Ink = PAPER
) -> dict[str, Any]:
    """Writes a PNG file: a row for each of some training samples, its first column the original, then one an epoch.

    A sample in the column of an epoch is what a training with this recipe meets there (but for its partner where
    samples are mixed). Raises RefusalError, TrainingError, NetworkFileError.
    """
    require_suitable(recipe, Graph(), dataset.fields)
    shown = _shown(dataset)
    names = [field.name for field in dataset.fields]
    augmenter = make_augmenter(recipe, recipe.seed, dataset, names, CPU)
    step = max(1, len(dataset.train) // samples)
    rows = dataset.train[::step][:samples]
    plain = [dataset.columns[name].index_select(0, rows) for name in names]
    columns = [plain]
    for epoch in range(draws):
        if augmenter is not None:
            augmenter.epoch = epoch
        columns.append(augmenter(plain, rows) if augmenter else plain)
    palette = Palette.of(dataset, dataset.fields[shown.picture], CPU, has_axes=False)
    cells = [[_Cell(dataset.fields, shown, palette, column, n) for column in columns] for n in range(len(rows))]
    headings = ["original", *(f"epoch {epoch + 1}" for epoch in range(draws))]
    sheet = _joined(cells, headings, ink)
    picture = io.BytesIO()
    sheet.save(picture, format="PNG")
    write_atomically(out, picture.getvalue())
    return {
        "path": str(out),
        "width": sheet.width,
        "height": sheet.height,
        "samples": len(rows),
        "draws": draws,
        "is_varied": augmenter is not None,
    }


class _Cell:
    """One picture with what belongs to it."""

    def __init__(
        self, fields: Sequence[Field], shown: Shown, palette: Palette, column: list[Tensor], row: int
    ) -> None:
        height, width = column[shown.picture].shape[-2:]
        self.scale = _scale(max(height, width))
        pixels = _as_colours(column[shown.picture][row], palette)
        if shown.mask is not None:
            pixels = _overlaid(pixels, column[shown.mask][row].numpy())
        size = (round(width * self.scale), round(height * self.scale))
        resample = Image.Resampling.NEAREST if self.scale >= 1 else Image.Resampling.BILINEAR
        self.picture = Image.fromarray(pixels.round().astype(np.uint8)).resize(size, resample)
        for place in shown.boxes:
            boxes = column[place][row].reshape(-1, 4)
            if fields[place].are_shares:
                boxes = boxes * boxes.new_tensor([width, height, width, height])
            _draw_boxes(self.picture, boxes, self.scale)
        self.caption = "" if shown.label is None else _words(fields[shown.label], column[shown.label][row])


def _shown(dataset: DataSet) -> Shown:
    """Raises RefusalError where there are no pictures."""
    numbered = list(enumerate(dataset.fields))
    pictures = [n for n, field in numbered if field.is_picture]
    if not pictures:
        raise RefusalError(
            f"{dataset.choice.source} has no pictures.", "A contact sheet shows data with a field C × H × W."
        )
    mask = next((n for n, field in numbered if field.shape.axes == "HW" and field.classes), None)
    label = next((n for n, field in numbered if field.classes and not field.shape), None)
    return Shown(pictures[0], mask, [n for n, field in numbered if field.is_boxes], label)


def _scale(side: int) -> float:
    """Small pictures grow by whole factors, so that pixels stay squares."""
    return float(-(-SIDE // side)) if side < SIDE else min(1.0, 2 * SIDE / side)


def _as_colours(picture: Tensor, palette: Palette) -> np.ndarray[Any, np.dtype[np.float32]]:
    """C × H × W raw numbers to H × W × 3 from 0 to 255; of other channels than three the first is shown."""
    shares = ((picture.float() - palette.low) / ((palette.high - palette.low) or 1.0)).clamp(0, 1)
    channels = shares if len(shares) == 3 else shares[:1].expand(3, -1, -1)
    return (channels.permute(1, 2, 0) * 255).numpy()


def _overlaid(pixels: Any, mask: Any) -> Any:
    """Each class in a colour, half over the picture; what counts for nothing is left as it is."""
    colours = CLASS_COLOURS[np.maximum(mask, 0) % len(CLASS_COLOURS)]
    blended = (1 - MASK_SHARE) * pixels + MASK_SHARE * colours
    return np.where((mask >= 0)[..., None], blended, pixels)


def _draw_boxes(picture: Image.Image, boxes: Tensor, scale: float) -> None:
    draw = ImageDraw.Draw(picture)
    for left, top, right, bottom in (boxes.float() * scale).round().int().tolist():
        if right > left and bottom > top:
            draw.rectangle((left, top, right - 1, bottom - 1), outline=BOX, width=2)


def _words(field: Field, label: Tensor) -> str:
    """The class, or the two largest shares of a mixed sample."""
    classes = field.classes or ()
    if not label.is_floating_point():
        return classes[int(label)]
    shares, places = label.topk(min(2, len(label)))
    told = [f"{classes[n]}: {s:.0%}" for s, n in zip(shares.tolist(), places.tolist(), strict=True) if s >= 0.005]
    return " · ".join(told)


def _joined(cells: Sequence[Sequence[_Cell]], headings: Sequence[str], ink: Ink) -> Image.Image:
    """All cells under their headings."""
    font, small = ImageFont.load_default(13), ImageFont.load_default(11)
    wide, tall = cells[0][0].picture.size
    caption = CAPTION if any(cell.caption for row in cells for cell in row) else 0
    across, down = wide + GAP, tall + GAP + caption
    size = (GAP + across * len(headings), HEADING + down * len(cells) + GAP // 2)
    sheet = Image.new("RGB", size, ink.ground)
    draw = ImageDraw.Draw(sheet)
    for column, heading in enumerate(headings):
        draw.text((GAP + across * column, HEADING // 2), heading, fill=ink.secondary, font=font, anchor="lm")
        for row, line in enumerate(cells):
            left, top = GAP + across * column, HEADING + down * row
            sheet.paste(line[column].picture, (left, top))
            words = _shortened(draw, line[column].caption, wide, small)
            draw.text((left, top + tall + caption // 2), words, fill=ink.text, font=small, anchor="lm")
    return sheet


def _shortened(draw: ImageDraw.ImageDraw, words: str, width: int, font: Any) -> str:
    """As much as fits."""
    if draw.textlength(words, font) <= width:
        return words
    while words and draw.textlength(f"{words}…", font) > width:
        words = words[:-1]
    return f"{words}…"


def sheet_of(
    data: Mapping[str, Any], recipe: Mapping[str, Any], base: Path, out: Path, **settings: Any
) -> dict[str, Any]:
    """A sheet of what a network file says of its data and its recipe. Raises DataError, SettingError too."""
    return draw_sheet(reopened(DataChoice.read(data), base), Recipe.read(recipe), out, **settings)
