"""Python code: a layer that its user writes."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from nodes.graph.model import name_fault
from nodes.spec.node_type import EVERYTHING, NodeType, node_type
from nodes.spec.settings import SettingError, choice, dims, text
from nodes.spec.shapes import AXES_BY_RANK, Shape, ShapeError
from nodes.spec.sizes import Size, Unknown

BEGINNING = """class Custom(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.slope * x)
"""
EXAMPLE = Shape(8)
LETTERS = frozenset("CDHWLN")
BASES = ("nn.Module", "torch.nn.Module")
INDEX_AXES = {0: "", 1: "L", 2: "HW"}


def fingerprint(code: str, inputs: Sequence[Shape]) -> str:
    """Short text that is another one for other code or other inputs."""
    return hashlib.sha256(f"{code}\0{tuple(inputs)!r}".encode()).hexdigest()[:32]


@node_type(
    "python_code",
    title="Python code",
    torch_name="PythonCode",
    example=(EXAMPLE,),
    stem="code",
    also=("custom layer", "nn.Module", "script", "lambda", "function", "own layer"),
)
class PythonCode(NodeType):
    """A layer written by you: one class derived from nn.Module, used like every other layer.

    Its ``forward`` takes the inputs x1, x2, … in their order, with the batch as first axis, and gives one tensor.
    It may use math, torch, nn, F, ops (of torchvision) and Tensor without importing them; other imports stand above
    the class. Find shape runs it once on small random inputs, and notes what it gives and which weights it has.
    Code that came with a file runs only after you have said that you trust the file.

    Shape:   what Find shape found for these inputs.
    Weights: those the class makes, by the names it gives them.
    Errors:  no valid Python; no class of nn.Module, or several; inputs it was not tried with.
    """

    code: str = text(BEGINNING, is_code=True, longest=20_000, doc="One class derived from nn.Module.")
    output_size: tuple[int | str, ...] = dims(8, doc="The size that was found for the output.", is_found=True)
    output_axes: str = text("C", longest=5, doc="What each axis of the output means, by letters.", advanced=True)
    output_values: str = choice("real", "real", "index", doc="Whether the output holds indices.", advanced=True)
    found_for: str = text(
        fingerprint(BEGINNING, (EXAMPLE,)), longest=64, doc="The code and inputs it was found for.", is_found=True
    )
    found_numbers: str = text(
        '{"weights":{"slope":[1]},"buffers":{},"multiply_adds":0}',
        longest=200_000,
        doc="Weights and multiply-adds that were found.",
        is_found=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.output_axes) != len(self.output_size) or not set(self.output_axes) <= LETTERS:
            raise SettingError(
                f"output_axes takes one letter of {', '.join(sorted(LETTERS))} for each of the "
                f"{len(self.output_size)} sizes of the output."
            )
        _numbers(self.found_numbers)

    def shape(self, *x: Shape) -> Shape:
        class_name_of(self.code)
        if self.found_for != fingerprint(self.code, x):
            got = " and ".join(one.described() for one in x)
            raise ShapeError(
                f"The output shape of this code is not known yet for {got}.",
                "Press Find shape.",
                parameter="code",
                kind="code",
            )
        sizes = (_size(part, x) for part in self.output_size)
        return Shape(*sizes, axes=self.output_axes, values=self.output_values)  # type: ignore[arg-type]

    def weights(self, *x: Shape) -> Mapping[str, Shape]:
        return _numbers(self.found_numbers)[0]

    def buffers(self, *x: Shape) -> Mapping[str, Shape]:
        return _numbers(self.found_numbers)[1]

    def multiply_adds(self, *x: Shape) -> Size:
        return _numbers(self.found_numbers)[2]

    def window(self, *x: Shape) -> str:
        return EVERYTHING

    def module(self, *x: Shape) -> str:
        return f"{class_name_of(self.code)}()"

    def definition(self) -> str:
        return self.code

    def summary(self) -> str:
        try:
            return class_name_of(self.code)
        except ShapeError:
            return "does not read as a class"


@lru_cache(maxsize=500)
def class_name_of(code: str) -> str:
    """The name of the class in the code. Raises ShapeError, with the line, where there is not exactly one."""
    try:
        body = ast.parse(code).body
    except SyntaxError as error:
        raise _fault(f"Line {error.lineno or 1} is no valid Python: {error.msg}.", "Mend that line.") from None
    except (ValueError, RecursionError, MemoryError):
        raise _fault("The code cannot be read as Python.", "Write it anew.") from None
    classes = [part for part in body if isinstance(part, ast.ClassDef)]
    if len(classes) != 1:
        raise _fault(f"The code holds {len(classes) or 'no'} classes.", "Write one class derived from nn.Module.")
    for part in body:
        if not isinstance(part, ast.ClassDef | ast.Import | ast.ImportFrom) or _is_future(part):
            raise _fault(
                f"Line {part.lineno} stands outside the class.",
                "Only imports may stand beside it; move the rest into the class.",
            )
    [found] = classes
    if not any(ast.unparse(base) in BASES for base in found.bases):
        raise _fault(
            f"Line {found.lineno}: {found.name} is not derived from nn.Module.",
            f"Write class {found.name}(nn.Module):",
        )
    if not any(isinstance(part, ast.FunctionDef) and part.name == "forward" for part in found.body):
        raise _fault(f"{found.name} has no forward.", "Write def forward(self, x: Tensor) -> Tensor: in it.")
    if name_fault(found.name):
        raise _fault(f"“{found.name}” means something else.", "Give the class another name, such as Custom.")
    return found.name


def trials(inputs: Sequence[Shape]) -> tuple[tuple[Shape, ...], ...]:
    """Shapes to try the code with: where sizes are unknown, twice with different ones."""
    names = sorted(frozenset[str]().union(*(shape.names() for shape in inputs)))
    choices = ({n: 32 + 7 * i for i, n in enumerate(names)}, {n: 45 + 11 * i for i, n in enumerate(names)})
    return tuple(tuple(shape.at(values) for shape in inputs) for values in (choices if names else choices[:1]))


def found_settings(code: str, inputs: Sequence[Shape], answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The settings to note for what the code gave in each of the trials. Raises ShapeError.

    Each answer holds ``size``, ``values``, ``weights``, ``buffers`` and ``multiply_adds``.
    """
    first, tried = answers[0], trials(inputs)
    if any(len(answer["size"]) != len(first["size"]) for answer in answers):
        raise _fault("The code gives values with more or fewer axes for other sizes.", "Let it give the same axes.")
    sizes = tuple(
        _named([answer["size"][axis] for answer in answers], axis, inputs, tried)
        for axis in range(len(first["size"]))
    )
    numbers = {
        "weights": first["weights"],
        "buffers": first["buffers"],
        "multiply_adds": first["multiply_adds"] if len(tried) == 1 else 0,
    }
    return {
        "output_size": sizes,
        "output_axes": _axes(len(sizes), first["values"], inputs),
        "output_values": first["values"],
        "found_for": fingerprint(code, inputs),
        "found_numbers": json.dumps(numbers, separators=(",", ":")),
    }


def _named(sizes: Sequence[int], axis: int, inputs: Sequence[Shape], tried: Sequence[Sequence[Shape]]) -> int | str:
    """A size that is always the same, or the name of the input's size that it goes with."""
    if len(set(sizes)) == 1:
        return sizes[0]
    for number, shape in enumerate(inputs):
        for place, size in enumerate(shape):
            if isinstance(size, Unknown) and all(
                trial[number][place] == got for trial, got in zip(tried, sizes, strict=True)
            ):
                return str(size) if str(size).isidentifier() else f"x{number + 1}_{place + 1}"
    known = ", ".join(sorted(frozenset[str]().union(*(shape.names() for shape in inputs))))
    raise _fault(
        f"Size {axis + 1} of the output was {sizes[0]} in one trial, then {sizes[1]}: no size of the inputs.",
        f"Set {known} in the input to a number.",
    )


def _size(part: int | str, inputs: Sequence[Shape]) -> Size:
    """What stands in ``output_size``: a number, a name, or ``x1_2`` for the second size of input x1."""
    if isinstance(part, int):
        return part
    place = re.fullmatch(r"x(\d+)_(\d+)", part)
    if place is None:
        return Unknown.named(part)
    number, axis = int(place[1]) - 1, int(place[2]) - 1
    if not (0 <= number < len(inputs) and 0 <= axis < len(inputs[number])):
        raise _fault(f"The output shape names {part}, which is no size of the inputs.", "Press Find shape.")
    return inputs[number][axis]


def _axes(rank: int, values: str, inputs: Sequence[Shape]) -> str:
    """Axes as those of an input of as many, or as usual."""
    if values == "index":
        return INDEX_AXES.get(rank, "N" * rank)
    alike = [shape.axes for shape in inputs if len(shape) == rank and shape.values == "real"]
    return alike[0] if alike else AXES_BY_RANK.get(rank, "N" * rank)


@lru_cache(maxsize=500)
def _numbers(written: str) -> tuple[Mapping[str, Shape], Mapping[str, Shape], int]:
    """Weights, buffers and multiply-adds as noted. Raises SettingError where that is damaged."""
    if not written:
        return {}, {}, 0
    try:
        entry = json.loads(written)
        weights, buffers = ({n: _weight(s) for n, s in entry[key].items()} for key in ("weights", "buffers"))
        count = entry["multiply_adds"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SettingError("found_numbers is damaged. Clear it and press Find shape.") from None
    if not isinstance(count, int) or count < 0:
        raise SettingError("found_numbers is damaged. Clear it and press Find shape.")
    return weights, buffers, count


def _weight(sizes: Any) -> Shape:
    if not isinstance(sizes, list) or not all(
        isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in sizes
    ):
        raise ValueError(sizes)
    return Shape(*sizes, axes={0: "", 1: "C", 2: "OI", 4: "OIHW"}.get(len(sizes), "N" * len(sizes)))


def _is_future(part: ast.stmt) -> bool:
    return isinstance(part, ast.ImportFrom) and part.module == "__future__"


def _fault(fact: str, remedy: str) -> ShapeError:
    return ShapeError(fact, remedy, parameter="code", kind="code")
