"""The part of a script that varies training samples: with the formulas and the random numbers of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runtime.data.dataset import Field
from runtime.exchange.script.carried import carried
from runtime.exchange.script.plan import Plan
from runtime.recipe_parts.augmentation import AUGMENTATIONS, COLOURS, GEOMETRY, SAMPLING

SETTINGS = (*AUGMENTATIONS, "crop_ratio", "border")
JITTER = ("brightness", "contrast", "saturation")


def varying_lines(plan: Plan) -> list[str]:
    """What is carried of the program, and the function ``varied``; no line where the recipe varies nothing."""
    if not plan.recipe.augments:
        return []
    body = list(_body(plan))
    wanted = {"Draws"} | {name for name in WORKERS if any(re.search(rf"\b{name}\b[(,]", line) for line in body)}
    told = {name: getattr(plan.recipe, name) for name in SETTINGS}
    settings = ["VARIED = SimpleNamespace("] + [f"    {name}={value!r}," for name, value in told.items()] + [")"]
    parts = list(carried(wanted).values())
    function = [
        "def varied(values, rows, epoch):",
        '    """Raw samples as an epoch varies them: its random numbers follow from seed, epoch and row."""',
        *(f"    {line}" for line in body),
        "    return values",
    ]
    moves = any("VARIED" in line for line in body)
    texts = ["\n".join(settings)] * moves
    return "\n\n\n".join([*parts, *texts, "\n".join(function)]).splitlines()


WORKERS = (
    "Geometry", "brightness", "contrast", "saturation", "hue", "along_axes", "erased", "cut_out", "between_knots",
    "mixture", "mixed_labels", "mixed",
)  # fmt: skip


def _body(plan: Plan) -> Iterator[str]:
    recipe = plan.recipe
    height, width = plan.size
    repeatedly = ", repeatedly=True" if recipe.balancing == SAMPLING else ""
    yield f"draws = Draws(SEED, epoch, rows{repeatedly})"
    if any(getattr(recipe, name) for name in GEOMETRY):
        yield f"geometry = Geometry(VARIED, draws, {height}, {width})"
        for place, field in enumerate(plan.fields):
            yield from _placed(plan, field, f"values[{place}]")
    if any(getattr(recipe, name) for name in COLOURS):
        for place, field in enumerate(plan.fields):
            if field.name in plan.palettes and not field.is_target:
                yield from _coloured(plan, field, f"values[{place}]")
    if recipe.mixup or recipe.cutmix:
        yield from _mixed(plan, height, width)


def _placed(plan: Plan, field: Field, value: str) -> Iterator[str]:
    height, width = plan.size
    if field.is_boxes:
        method = f"shares({value})" if field.are_shares else f"boxes({value}, {height}, {width})"
        yield f"{value} = geometry.{method}"
    elif field.name in plan.palettes:
        low = plan.palettes[field.name].low
        less, more = (f" - {low!r}", f" + {low!r}") if low else ("", "")
        yield f"{value} = geometry.pictures({value}{less}){more}"
    elif field.shape.axes == "HW":
        yield f"{value} = geometry.masks({value})"


def _coloured(plan: Plan, field: Field, value: str) -> Iterator[str]:
    recipe, palette = plan.recipe, plan.palettes[field.name]
    low, top, has_hues = palette.low, palette.high - palette.low, field.shape[0] == 3
    yield f"pictures = {value}.to(torch.float32, copy=True)" + (f" - {low!r}" if low else "")
    for name in JITTER:
        reach = getattr(recipe, name)
        if reach and (name != "saturation" or has_hues):
            yield f'{name}(pictures, draws.between("{name}", {1 - reach!r}, {1 + reach!r}), {top!r})'
    if recipe.hue and has_hues:
        yield f'hue(pictures, draws.between("hue", {-recipe.hue!r}, {recipe.hue!r}))'
    if palette.axes is not None:
        told = f'data["{field.name}.variances"], data["{field.name}.axes"]'
        yield f'amounts = torch.stack([draws.normal(f"pca_{{n}}") for n in (1, 2, 3)], 1) * {recipe.pca_noise!r}'
        yield f"along_axes(pictures, amounts, {told}, {top!r})"
    if recipe.pixel_noise:
        yield 'noise = draws.normals("pixel_noise", pictures[0].numel()).view(pictures.shape)'
        yield f"pictures.add_(noise, alpha={recipe.pixel_noise * top!r})"
    colour = f'data["{field.name}.colour"]'
    if recipe.erasing:
        yield f"pictures = erased(pictures, draws, {recipe.erasing!r}, {recipe.erasing_area!r}, {colour})"
    if recipe.cutout:
        yield f"pictures = cut_out(pictures, draws, {recipe.cutout!r}, {colour})"
    yield f"{value} = pictures" + (f" + {low!r}" if low else "")


def _mixed(plan: Plan, height: int, width: int) -> Iterator[str]:
    shares = [
        f'partial(between_knots, data["{name}.shares"])' if getattr(plan.recipe, name) else "None"
        for name in ("mixup", "cutmix")
    ]
    yield f"by = mixture(draws, {', '.join(shares)}, {height}, {width})"
    for place, field in enumerate(plan.fields):
        value = f"values[{place}]"
        if field.is_made:
            continue
        if field.shape.values == "index" and not field.shape and field.classes:
            yield f"{value} = mixed_labels({value}, {len(field.classes)}, by)"
        else:
            real = ".float()" if field.shape.values == "real" else ""
            is_area = field.is_picture or field.shape.axes == "HW"
            yield f"{value} = mixed({value}{real}, by, is_area={is_area!r})"
