"""The parts of a training script that are a matter of the recipe: what varies pictures, and the loop itself."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.data.dataset import Field
from runtime.recipe import Recipe

VARIED = ("horizontal_flip", "vertical_flip", "crop_padding")
"""Augmentation that a script repeats: by the same shares, with other random numbers."""


def can_vary(recipe: Recipe, fields: Sequence[Field]) -> bool:
    """Whether the script varies pictures as the recipe says: no target moves with them, and beyond them is black."""
    pictures = [field for field in fields if field.is_picture]
    are_plain = all(field.high is not None and not field.is_made for field in pictures)
    has_places = any(field.is_boxes or (field.is_target and len(field.shape) > 1) for field in fields)
    return bool(pictures) and are_plain and not has_places and recipe.border == "black"


def varied_lines(recipe: Recipe, fields: Sequence[Field]) -> list[str]:
    """The function that flips and shifts pictures; no line where the recipe asks for none."""
    if not can_vary(recipe, fields) or not any(getattr(recipe, name) for name in VARIED):
        return []
    lines = [
        f"PICTURES = {[field.name for field in fields if field.is_picture]!r}",
        "",
        "",
        "def varied(pictures):",
        '    """Each picture turned over or moved by chance, before it is normalised."""',
    ]
    for name, axis in (("horizontal_flip", 3), ("vertical_flip", 2)):
        if share := getattr(recipe, name):
            lines += [
                f"    chosen = torch.rand(len(pictures), 1, 1, 1, device=pictures.device) < {share!r}",
                f"    pictures = torch.where(chosen, pictures.flip({axis}), pictures)",
            ]
    if side := recipe.crop_padding:
        lines += [
            f"    padded = torch.nn.functional.pad(pictures, ({side}, {side}, {side}, {side}))",
            "    height, width = pictures.shape[2:]",
            f"    places = torch.randint({2 * side + 1}, (len(pictures), 2)).tolist()",
            "    pictures = torch.stack([",
            "        one[:, y : y + height, x : x + width] for one, (y, x) in zip(padded, places, strict=True)",
            "    ])",
        ]
    return [*lines, "    return pictures", ""]


def training_lines(recipe: Recipe, class_name: str, judged: str, axis: int) -> str:
    """Measuring, the loop over epochs and steps, and saving the weights that the recipe keeps.

    ``judged`` is the loss whose scores are compared with the right classes, along ``axis``; "" where there are none.
    """
    told = ', accuracy {accuracy:.6f}")' if judged else '")'
    return "\n".join(
        [
            *_measured(judged, axis),
            *_loop(recipe),
            f"    if (epoch + 1) % {recipe.validate_every} and epoch + 1 < EPOCHS and step < len(rates):",
            "        continue",
            "    loss, accuracy = measured(validation if len(validation) else train)",
            '    print(f"epoch {epoch + 1}: loss {loss:.6f}' + told,
            *_kept(recipe, bool(judged)),
            "",
            'test = data["rows.test"]',
            "if len(test):",
            "    loss, accuracy = measured(test)",
            '    print(f"test: loss {loss:.6f}' + told,
            "save_file({name: value.cpu() for name, value in model.state_dict().items()}, "
            f'folder / "{class_name}.safetensors")',
        ]
    )


def _measured(judged: str, axis: int) -> list[str]:
    count = [
        f"            scores, wanted = parts[{judged!r}][1], batch[-1]",
        "            counted = wanted >= 0  # others, such as -100, are no class",
        f"            right += (scores.argmax({axis}).eq(wanted) & counted).sum().item()",
        "            told += counted.sum().item()",
    ]
    return [
        "def measured(rows):",
        '    """The mean loss over some rows, and the share of right answers."""',
        "    model.eval()",
        "    total, right, told = 0.0, 0, 0",
        "    with torch.inference_mode():",
        "        for part in rows.split(BATCH_SIZE):",
        "            batch = batch_of(part)",
        "            loss, parts = model.losses(*batch)",
        "            total += loss.item() * len(part)",
        *(count if judged else []),
        "    return total / max(1, len(rows)), right / max(1, told)",
        "",
        "",
    ]


def _loop(recipe: Recipe) -> list[str]:
    clip = []
    if recipe.clip_grad_value:
        clip.append(f"        torch.nn.utils.clip_grad_value_(model.parameters(), {recipe.clip_grad_value!r})")
    if recipe.clip_grad_norm:
        clip.append(f"        torch.nn.utils.clip_grad_norm_(model.parameters(), {recipe.clip_grad_norm!r})")
    return [
        'train, validation = data["rows.train"], data["rows.validation"]',
        "step, best, kept = 0, None, None",
        "for epoch in range(EPOCHS):",
        "    if step >= len(rates):",
        "        break",
        "    model.train()",
        "    generator = torch.Generator().manual_seed((SEED << 20) + epoch)",
        "    order = train[torch.randperm(len(train), generator=generator).to(device)]",
        "    for rows in order.split(BATCH_SIZE):",
        "        if len(rows) == 1 and len(train) > 1 or step >= len(rates):",
        "            continue  # batch normalisation cannot work on one sample",
        "        for group in optimizer.param_groups:",
        '            group["lr"] = rates[step] * group.get("learning_rate_factor", 1.0)',
        "        optimizer.zero_grad()",
        "        loss, _ = model.losses(*batch_of(rows, is_training=True))",
        "        loss.backward()",
        *clip,
        "        optimizer.step()",
        "        step += 1",
    ]


def _kept(recipe: Recipe, has_accuracy: bool) -> list[str]:
    """Which weights are tested and saved: those of the best validation, or the last ones."""
    if recipe.keep == "last":
        return []
    by_loss = not has_accuracy or recipe.best_by == "loss"
    merit = "(-loss,)" if by_loss else "(accuracy, -loss)"
    why = "lowest loss" if by_loss else "highest accuracy, then lowest loss"
    return [
        f"    merit = {merit}  # the {why}",
        "    if best is None or merit > best:",
        "        best, kept = merit, {name: value.clone() for name, value in model.state_dict().items()}",
        "if kept is not None:",
        "    model.load_state_dict(kept)",
    ]
