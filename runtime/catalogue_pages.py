"""What ``netwright nodes`` prints: the catalogue by family, and the whole page of one node type."""

from __future__ import annotations

import dataclasses
from itertools import groupby
from typing import Any

from rich.console import Console

from nodes.catalogue import catalogue
from nodes.spec.node_type import NodeType, chosen_kinds, setting_kinds
from nodes.spec.settings import Kind
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sums import sums_of
from runtime.check_report import print_table
from runtime.faults import RefusalError

COMMON = {field.name for field in dataclasses.fields(Kind)}


def find(name: str) -> type[NodeType]:
    """The node type of that id or PyTorch name. Raises RefusalError with those that come close."""
    wanted = name.lower()
    for declared in catalogue():
        if wanted in (declared.type_id, declared.torch_name.lower()):
            return declared
    close = [d.type_id for d in catalogue() if _is_close(wanted, d)]
    hint = f"Close to it: {', '.join(close[:8])}." if close else "netwright nodes lists them."
    raise RefusalError(f"There is no node type {name}.", hint)


def as_json(declared: type[NodeType]) -> dict[str, Any]:
    """All that is declared of a node type."""
    return {
        "type": declared.type_id,
        "title": declared.title,
        "family": declared.family,
        "torch_name": declared.torch_name,
        "other_names": list(declared.also),
        "doc": declared.doc(),
        "is_loss": declared.is_loss,
        "inputs": [dataclasses.asdict(port) for port in declared().inputs()],
        "outputs": list(declared().outputs()),
        "settings": {name: _setting(declared, name, kind) for name, kind in setting_kinds(declared).items()},
        "example": _example(declared),
    }


def print_catalogue(console: Console) -> None:
    """A line for each node type, under its family."""
    table = [("Type", "In PyTorch", "What it does")]
    for family, members in groupby(catalogue(), key=lambda declared: declared.family):
        table += [("", "", ""), (family.upper(), "", "")]
        table += [(one.type_id, one.torch_name, one.headline()) for one in members]
    print_table(console, table)
    console.print("\nnetwright nodes TYPE shows the whole page of one.", style="dim")


def print_page(console: Console, declared: type[NodeType]) -> None:
    """Documentation, settings with their ranges, and an example with its numbers."""
    plain = {"markup": False, "highlight": False, "soft_wrap": True}
    console.print(f"{declared.title}  ({declared.type_id})", style="bold", **plain)  # type: ignore[arg-type]
    if declared.also:
        console.print(f"Also called {', '.join(declared.also)}.", **plain)  # type: ignore[arg-type]
    console.print(f"\n{declared.doc()}", **plain)  # type: ignore[arg-type]
    if chosen_kinds(declared):
        console.print()
        print_table(console, [("Setting", "Default", "Takes", "What it is"), *_setting_rows(declared)])
    example = _example(declared)
    if example["output_shapes"]:
        console.print("\nExample", style="bold")
        taken = ", ".join(_crossed(size) for size in example["input_shapes"]) or "nothing"
        given = ", ".join(_crossed(size) for size in example["output_shapes"].values())
        console.print(f"{taken} -> {given}", **plain)  # type: ignore[arg-type]
        for line in filter(None, (*example["arithmetic"], example["source"])):
            console.print(line, **plain)  # type: ignore[arg-type]


def _is_close(wanted: str, declared: type[NodeType]) -> bool:
    names = (declared.type_id, declared.torch_name.lower(), declared.title.lower(), *map(str.lower, declared.also))
    return any(wanted in name or name in wanted for name in names)


def _setting(declared: type[NodeType], name: str, kind: Kind) -> dict[str, Any]:
    """Its kind with all its limits, and its default."""
    default = next(f.default for f in dataclasses.fields(declared) if f.name == name)  # type: ignore[arg-type]
    limits = {f.name: getattr(kind, f.name) for f in dataclasses.fields(kind) if f.name not in COMMON}
    return {
        "kind": type(kind).__name__.lower(),
        "doc": kind.doc,
        "unit": kind.unit,
        "none_means": kind.optional,
        "advanced": kind.advanced,
        "default": default if isinstance(default, int | float | str | tuple | None) else None,
        **{key: value for key, value in limits.items() if isinstance(value, int | float | str | tuple | bool)},
    }


def _setting_rows(declared: type[NodeType]) -> list[tuple[str, str, str, str]]:
    rows = []
    for name, kind in chosen_kinds(declared).items():
        told = _setting(declared, name, kind)
        default = kind.optional if told["default"] is None else _shown(told["default"])
        rows.append((name, default or "–", _range(told), kind.doc))
    return rows


def _range(told: dict[str, Any]) -> str:
    unit = f" {told['unit']}" if told["unit"] else ""
    if "options" in told:
        return ", ".join(map(str, told["options"]))
    if "low" in told:
        others = "".join(f" or {word}" for word in told.get("words", ()))
        return f"{told['low']:g} … {told['high']:g}{unit}{others}"
    words = {"flag": "on or off", "text": "text", "dims": "sizes", "body": "a drawing"}
    return words.get(str(told["kind"]), str(told["kind"]))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return _crossed(value) if isinstance(value, tuple | list) else f"{value}"


def _crossed(sizes: Any) -> str:
    return " × ".join(map(str, sizes)) or "one number"


def _example(declared: type[NodeType]) -> dict[str, Any]:
    """What the type makes of the shapes it is explained with; without results where it needs more to be set."""
    settings, given = declared(), declared.example
    told: dict[str, Any] = {
        "input_shapes": [[*map(_size, shape)] for shape in given],
        "output_shapes": {},
        "weights": 0,
        "arithmetic": [],
        "source": "",
    }
    try:
        shaped = settings.shape(*given)
        outputs = {"output": shaped} if isinstance(shaped, Shape) else shaped
        told["output_shapes"] = {port: [*map(_size, shape)] for port, shape in outputs.items()}
        told["weights"] = sum(shape.known_numel for shape in settings.weights(*given).values())
        told["arithmetic"] = [line for card in sums_of(settings, given) for line in card.lines]
        told["source"] = settings.module(*given) or _call(settings)
    except ShapeError:
        return told | {"output_shapes": {}}
    return told


def _call(settings: NodeType) -> str:
    """The line that uses a node for which no layer is built: ``x1 @ x2``."""
    if type(settings).expression is NodeType.expression:
        return ""
    ports, given = settings.inputs(), settings.example
    is_variadic = bool(ports) and ports[0].variadic
    names = [f"x{number}" for number in range(1, len(given) + 1)] if is_variadic else [port.name for port in ports]
    values = [name if number < len(given) else None for number, name in enumerate(names)]
    return settings.expression("", *values, inputs=given)


def _size(size: object) -> int | str:
    return size if isinstance(size, int) else str(size)
