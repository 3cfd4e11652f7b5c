"""What a page says of settings and of the worked example, in words."""

from __future__ import annotations

from typing import Any

from designer.figures import counted, rounded
from nodes.spec.node_type import NodeType
from nodes.spec.settings import Choice, Dims, Flag, Integer, Kind, Numbers, Real, Sizes, Text
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import spaced


def takes(kind: Kind) -> str:
    """The values a setting takes: ``1 … 255 px``, ``on or off``."""
    unit = f" {kind.unit}" if kind.unit else ""
    if isinstance(kind, Choice):
        words = list(kind.options)
    elif isinstance(kind, Sizes):
        sides = f", or {2 * len(kind.axes)} for the sides" if kind.sides else ""
        words = [f"{' × '.join(kind.axes)}, each {kind.low} … {kind.high}{unit}{sides}", *kind.words]
    elif isinstance(kind, Flag):
        words = ["on", "off"]
    elif isinstance(kind, Integer | Real):
        words = [f"{_short(kind.low)} … {_short(kind.high)}{unit}"]
    elif isinstance(kind, Numbers):
        count = f"{kind.fewest} to {kind.most} " if kind.most else ""
        words = [f"{count}numbers, each {_short(kind.low)} … {_short(kind.high)}{unit}"]
    elif isinstance(kind, Dims):
        words = [f"up to {kind.longest} sizes"]
    elif isinstance(kind, Text):
        words = ["Python" if kind.is_code else "text"]
    else:
        words = ["what is drawn inside"]
    return ", ".join([*words, *([kind.optional] if kind.optional else [])])


def written(value: Any, kind: Kind) -> str:
    """A value as the form shows it."""
    if value is None:
        return kind.optional
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        if not value:
            return "none"
        return (", " if isinstance(kind, Numbers) else " × ").join(_short(part) for part in value)
    if isinstance(value, str):
        return value if len(value) <= 30 else f"{value[:29]}…"
    return _short(value)


def example_shapes(settings: NodeType) -> tuple[str, str] | None:
    """What goes in and what comes out of the example; None where that is only known elsewhere."""
    inputs = [
        f"{port}: {shape}" if len(settings.example) > 1 else str(shape)
        for port, shape in zip(_port_names(settings), settings.example, strict=False)
    ]
    try:
        result = settings.shape(*settings.example)
    except ShapeError:
        return None
    if isinstance(result, Shape):
        return ", ".join(inputs), str(result)
    named = [f"{name}: {shape}" if len(result) > 1 else str(shape) for name, shape in result.items()]
    return ", ".join(inputs), ", ".join(named)


def example_costs(settings: NodeType) -> str:
    """``896 weights · 778 k multiply-adds``."""
    count = sum(shape.known_numel for shape in settings.weights(*settings.example).values())
    parts = [counted(count, "weight")] if count else []
    adds = settings.multiply_adds(*settings.example)
    return " · ".join(parts + ([f"{rounded(adds)} multiply-adds"] if adds else []))


def _port_names(settings: NodeType) -> list[str]:
    ports = settings.inputs()
    names = [port.name for port in ports if not port.variadic]
    variadic = next((port.name for port in ports if port.variadic), "")
    return names + [f"{variadic}{number}" for number in range(1, len(settings.example) + 1) if variadic]


def _short(number: Any) -> str:
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e9:
        number = int(number)
    if isinstance(number, int):
        return spaced(number) if abs(number) >= 10_000 else str(number)
    return f"{number:g}" if isinstance(number, float) else str(number)
