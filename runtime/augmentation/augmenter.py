"""What a recipe does to the training samples of a batch, between the columns and their normalisation.

Pictures are changed as the data have them, from black to white, so that no setting depends on the normalisation:
first where pixels come from, then their colours, then noise and what is filled, then what is mixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from runtime.augmentation import colour
from runtime.augmentation.draws import Draws
from runtime.augmentation.erasing import cut_out, erased
from runtime.augmentation.geometry import Geometry
from runtime.augmentation.mixing import BetaShares, Mixture, mixed, mixed_labels, mixture
from runtime.data.dataset import DataSet, Field
from runtime.recipe_parts.augmentation import COLOURS, GEOMETRY, SAMPLING, AugmentationSettings

MEASURED = 4096  # training pictures, at most, that the range and the colours are taken from
FEWEST, MOST_NUMBERS = 64, 1 << 26  # pictures that are taken even where they are large; numbers of all of them


@dataclass(frozen=True)
class Palette:
    """What is known of the pictures of a field, as raw numbers: black, white, and the mean of each channel (C).

    ``variances`` and ``axes`` are those of its colours from 0 to 1, where there are three channels.
    """

    low: float
    high: float
    mean: Tensor
    variances: Tensor | None = None
    axes: Tensor | None = None

    @classmethod
    def of(cls, dataset: DataSet, field: Field, device: torch.device, *, has_axes: bool) -> Palette:
        column = dataset.columns[field.name]
        most = max(FEWEST, min(MEASURED, MOST_NUMBERS // max(1, column.shape[1:].numel())))
        rows = dataset.train[:: -(-len(dataset.train) // most)]  # from all over the training part
        is_looked_at = field.high is None or (has_axes and column.shape[1] == 3)
        sample = column.index_select(0, rows if is_looked_at else rows[:0])
        low, high = (0.0, field.high) if field.high is not None else (float(sample.min()), float(sample.max()))
        mean = (torch.tensor(dataset.moments[field.name].mean) * (field.high or 1.0)).to(device)
        if not has_axes or sample.shape[1] != 3:
            return cls(low, high, mean)
        colours = sample.movedim(1, -1).reshape(-1, 3)
        variances, axes = colour.main_axes((colours - low) / ((high - low) or 1.0))
        return cls(low, high, mean, variances.to(device), axes.to(device))


class Augmenter:
    """Varies the fields that a training step takes, those of ``names`` in their order. ``epoch`` is to be set.

    A sample is varied anew in every epoch, and alike whenever the same epoch meets it again: after a resumption, or
    in another search of LBFGS. With ``repeatedly`` an epoch may have a sample several times.
    """

    def __init__(
        self,
        settings: AugmentationSettings,
        seed: int,
        dataset: DataSet,
        names: Sequence[str],
        device: torch.device,
        *,
        repeatedly: bool = False,
    ) -> None:
        self.epoch = 0
        self._settings, self._seed, self._repeatedly = settings, seed, repeatedly
        self._fields = [dataset.field(name) for name in names]
        has_axes = bool(settings.pca_noise)
        self._palettes = [
            Palette.of(dataset, field, device, has_axes=has_axes) if field.is_picture and not field.is_made else None
            for field in self._fields
        ]
        self._moves = any(getattr(settings, name) for name in GEOMETRY)
        self._colours = any(getattr(settings, name) for name in COLOURS)
        self._mixup = BetaShares(settings.mixup, device) if settings.mixup else None
        self._cutmix = BetaShares(settings.cutmix, device) if settings.cutmix else None
        self._size = _size(self._fields)

    def __call__(self, values: list[Tensor], rows: Tensor) -> list[Tensor]:
        """Raw values of the fields; real numbers and shares of classes come back where need be."""
        draws = Draws(self._seed, self.epoch, rows.to(values[0].device), repeatedly=self._repeatedly)
        told = list(zip(self._fields, self._palettes, strict=True))
        if self._moves:
            geometry = Geometry(self._settings, draws, *self._size)
            values = [self._placed(geometry, *known, value) for known, value in zip(told, values, strict=True)]
        if self._colours:
            values = [self._coloured(draws, *known, value) for known, value in zip(told, values, strict=True)]
        if self._mixup or self._cutmix:
            by = mixture(draws, self._mixup, self._cutmix, *self._size)
            values = [_mixed(field, value, by) for field, value in zip(self._fields, values, strict=True)]
        return values

    def _placed(self, geometry: Geometry, field: Field, palette: Palette | None, value: Tensor) -> Tensor:
        if field.is_boxes:
            return geometry.shares(value) if field.are_shares else geometry.boxes(value, *self._size)
        if palette is None:
            return geometry.masks(value) if field.shape.axes == "HW" else value
        return geometry.pictures(value - palette.low).add_(palette.low) if palette.low else geometry.pictures(value)

    def _coloured(self, draws: Draws, field: Field, palette: Palette | None, value: Tensor) -> Tensor:
        """Pictures to learn from; those to be told stay as they are."""
        if palette is None or field.is_target:
            return value
        settings, low, top = self._settings, palette.low, palette.high - palette.low
        pictures = value.to(torch.float32, copy=True)
        if low:
            pictures.sub_(low)
        _jitter(pictures, draws, settings, top)
        if palette.variances is not None and palette.axes is not None:
            amounts = torch.stack([draws.normal(f"pca_{axis}") for axis in (1, 2, 3)], 1) * settings.pca_noise
            colour.along_axes(pictures, amounts, palette.variances, palette.axes, top)
        if settings.pixel_noise:
            noise = draws.normals("pixel_noise", pictures[0].numel()).view(pictures.shape)
            pictures.add_(noise, alpha=settings.pixel_noise * top)
        if settings.erasing:
            pictures = erased(pictures, draws, settings.erasing, settings.erasing_area, palette.mean - low)
        if settings.cutout:
            pictures = cut_out(pictures, draws, settings.cutout, palette.mean - low)
        return pictures.add_(low) if low else pictures


def _jitter(pictures: Tensor, draws: Draws, settings: AugmentationSettings, top: float) -> None:
    """Brightness, contrast, saturation and hue, in this order; the last two mean something to colours alone."""

    def factor(name: str) -> Tensor:
        reach = getattr(settings, name)
        return draws.between(name, 1 - reach, 1 + reach)

    if settings.brightness:
        colour.brightness(pictures, factor("brightness"), top)
    if settings.contrast:
        colour.contrast(pictures, factor("contrast"), top)
    if settings.saturation and pictures.shape[1] == 3:
        colour.saturation(pictures, factor("saturation"), top)
    if settings.hue and pictures.shape[1] == 3:
        colour.hue(pictures, draws.between("hue", -settings.hue, settings.hue))


def _mixed(field: Field, value: Tensor, by: Mixture) -> Tensor:
    if field.is_made:
        return value
    if field.shape.values == "index" and not field.shape and field.classes:
        return mixed_labels(value, len(field.classes), by)
    is_area = field.is_picture or field.shape.axes == "HW"
    return mixed(value.float() if field.shape.values == "real" else value, by, is_area=is_area)


def _size(fields: Sequence[Field]) -> tuple[int, int]:
    """Height and width of the first picture; 1 × 1 where there is none."""
    picture = next((field.shape for field in fields if field.is_picture), (1, 1, 1))
    return int(picture[1]), int(picture[2])  # type: ignore[arg-type]


def make_augmenter(
    recipe: AugmentationSettings, seed: int, dataset: DataSet, names: Sequence[str], device: torch.device
) -> Augmenter | None:
    """None where nothing is varied."""
    if not recipe.augments:
        return None
    return Augmenter(recipe, seed, dataset, names, device, repeatedly=recipe.balancing == SAMPLING)
