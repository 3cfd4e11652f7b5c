"""NodeType: what the class of every node on the canvas answers, and the decorator that declares one."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar, dataclass_transform

from nodes.spec.settings import Choice, Flag, Integer, Kind, Numbers, Real, Sizes, check_settings, kinds
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size

Outputs = Shape | Mapping[str, Shape]


@dataclass(frozen=True)
class Port:
    """Where a link starts or ends. A ``variadic`` input stands for x1, x2, … as many as are wired."""

    name: str
    optional: bool = False
    variadic: bool = False


@dataclass(frozen=True)
class Window:
    """How far one output position looks, and how far the next one is: the receptive-field step.

    Units: positions of the node's input, one number for each spatial axis. ``kernel`` counts dilation in.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]


EVERYTHING = "everything"  # a receptive-field step: each output sees the whole input (Linear, global pooling)


class Room(NamedTuple):
    """Bytes to work in on the way back: so many whatever the batch, and so many for each sample."""

    once: Size = 0
    per_sample: Size = 0


Halved = Literal["", "within", "all"]


@dataclass(frozen=True)
class Arithmetic:
    """One result with its numbers, as the lectures write it: ``(14 − 5 + 2·0)/1 + 1 = 10``."""

    title: str
    lines: tuple[str, ...]


class NodeType:
    """The settings of one node, frozen; its fields are the settings, its methods the rules.

    Subclasses are declared with :func:`node_type`. Inputs are the parameters of ``shape``.
    """

    type_id: ClassVar[str]
    title: ClassVar[str]
    family: ClassVar[str]
    example: ClassVar[tuple[Shape, ...]]
    torch_name: ClassVar[str]  # as the palette shows it: Conv2d
    stem: ClassVar[str]  # what a new node is called, before its number: conv
    is_loss: ClassVar[bool] = False
    is_view: ClassVar[bool] = False  # its output may lie where its input lies
    keeps_output: ClassVar[bool] = False  # its gradient is worked out from its output
    keeps_input: ClassVar[bool] = True  # … from its input, which is held until then
    gives_wide: ClassVar[bool] = False  # numbers of 32 bits, whatever it reads
    parts: ClassVar[int] = 1  # layers within, one behind the other and about alike
    halved: ClassVar[Halved] = ""  # in 16 bits under mixed precision: products within, or the whole layer
    also: ClassVar[tuple[str, ...]] = ()  # other names people search for: "deconvolution"
    _inputs: ClassVar[tuple[Port, ...]]

    def __post_init__(self) -> None:
        check_settings(self)

    def inputs(self) -> tuple[Port, ...]:
        """The input ports, in the order of the parameters of ``shape``."""
        return self._inputs

    def outputs(self) -> tuple[str, ...]:
        """Names of the output ports; a link takes the first when none is named."""
        return ("output",)

    shape: Callable[..., Outputs]  # input shapes -> output shape(s); raises ShapeError

    def weights(self, *inputs: Any) -> Mapping[str, Shape]:
        """Trained numbers, by PyTorch's names. Raises ShapeError where ``shape`` does."""
        return {}

    def buffers(self, *inputs: Any) -> Mapping[str, Shape]:
        """Numbers kept with the weights but not trained, by PyTorch's names: running averages."""
        return {}

    def multiply_adds(self, *inputs: Any) -> Size:
        """Multiply-adds for one sample. What is merely compared or added counts nothing."""
        return 0

    def operations(self, *inputs: Any) -> Mapping[str, Size]:
        """Other operations for one sample, by kind: ``compare``, ``add``, ``multiply``, ``exp``."""
        return {}

    def kept_bytes(self, *inputs: Any) -> Size:
        """What training holds for the gradient beside input and output, for one sample: masks, indices, gates."""
        return 0

    def kept_bytes_halved(self, *inputs: Any) -> Size:
        """The same under mixed precision, where most numbers between layers have 16 bits."""
        return self.kept_bytes(*inputs) // 2

    def room(self, *inputs: Any) -> Room:
        """What its backward pass needs beside gradients."""
        return Room()

    def room_halved(self, *inputs: Any) -> Room:
        """The same under mixed precision."""
        return self.room(*inputs)

    def window(self, *inputs: Any) -> Window | str | None:
        """The receptive-field step; None where each output sees just its own position."""
        return None

    def arithmetic(self, *inputs: Any) -> tuple[Arithmetic, ...]:
        """Sums that are the node's own. ``sums.sums_of`` adds those of its size, weights and multiply-adds."""
        return ()

    def size_sums(self, *inputs: Any) -> tuple[str, ...]:
        """How the size of the first output comes about, line by line, where it is not that of the input."""
        return ()

    def work_sums(self, *inputs: Any) -> tuple[str, ...]:
        """How the multiply-adds come about, where they are not weights times places."""
        return ()

    def module(self, *inputs: Any) -> str:
        """The source that builds the layer, such as ``nn.ReLU()``; empty where nothing has to be built."""
        return ""

    def definition(self) -> str:
        """Source of a class that ``module`` needs and its user wrote; empty for all but Python code."""
        return ""

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        """The source that uses it; ``layer`` is ``self.conv1``, ``values`` the names of the inputs, ``inputs``
        their shapes. An optional input without a link is None."""
        return f"{layer}({', '.join(v for v in values if v is not None)})"

    def picked(self, output: str, result: str) -> str:
        """The source that takes one output from ``result``, the value of ``expression``."""
        names = self.outputs()
        return result if len(names) == 1 else f"{result}[{names.index(output)}]"

    def remarks(self, *inputs: Any) -> tuple[str, ...]:
        """What is worth saying although it works, such as rows that a stride never reaches."""
        return ()

    def summary(self) -> str:
        """The second line of the node on the canvas: ``5×5 · 16``."""
        return self.torch_name

    def replaced(self, **changes: Any) -> NodeType:
        """The same node with other settings. Raises SettingError."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

    @property
    def is_view_in_training(self) -> bool:
        """Whether its output lies where its input lies while training too; noise makes a new value there."""
        return self.is_view

    @property
    def structure(self) -> object:
        """Equal for settings that compute the same."""
        return self

    @classmethod
    def doc(cls) -> str:
        """The help page, from the docstring."""
        return inspect.getdoc(cls) or ""

    @classmethod
    def headline(cls) -> str:
        """The first sentence of the help page."""
        return cls.doc().split("\n", 1)[0].rstrip(".")


T = TypeVar("T", bound=NodeType)


@dataclass_transform(frozen_default=True, field_specifiers=())
def node_type(
    type_id: str,
    *,
    title: str,
    example: tuple[Shape, ...],
    torch_name: str = "",
    stem: str = "",
    also: tuple[str, ...] = (),
    family: str = "",
) -> Callable[[type[T]], type[T]]:
    """Declares a node type: makes the class a frozen dataclass and reads its ports from ``shape``.

    ``example`` holds one shape for each input, and serves the contract tests and the help page.
    ``also`` are other words it is searched for by; ``family`` is the first word of the file's name
    unless another is given: ``loss_boxes`` holds losses.
    """

    def declare(cls: type[T]) -> type[T]:
        declared = dataclass(frozen=True)(cls)
        declared.type_id, declared.title, declared.example = type_id, title, example
        declared.torch_name, declared.also = torch_name or cls.__name__, also
        declared.stem = stem or type_id.rstrip("0123456789d_")
        declared.family = family or cls.__module__.rpartition(".")[2].partition("_")[0]
        declared._inputs = _ports(cls)
        return declared

    return declare


def _ports(cls: type[NodeType]) -> tuple[Port, ...]:
    parameters = list(inspect.signature(cls.shape).parameters.values())[1:]
    return tuple(
        Port(
            p.name if p.kind is not p.VAR_POSITIONAL else "x",
            optional=p.default is None,
            variadic=p.kind is p.VAR_POSITIONAL,
        )
        for p in parameters
    )


def call(function: str, *arguments: Any, **named: Any) -> str:
    """Source of a call. Every argument is written with ``repr``: no text from a file becomes code."""
    parts = [repr(_short(a)) for a in arguments]
    parts += [f"{name}={_short(value)!r}" for name, value in named.items()]
    return f"{function}({', '.join(parts)})"


def call_with(settings: NodeType, function: str, *arguments: Any, skip: tuple[str, ...] = (), **named: Any) -> str:
    """Source of a call with those settings, by name, that differ from their defaults in ``torch.nn``.

    ``named`` gives settings that are always written.
    """
    for spec in dataclasses.fields(settings):  # type: ignore[arg-type]
        value = getattr(settings, spec.name)
        if spec.name not in skip and spec.name not in named and value != spec.default:
            named[spec.name] = single(value) if isinstance(spec.metadata.get("kind"), Sizes) else value
    return call(function, *arguments, **named)


def single(sizes: Any) -> Any:
    """The one size of a layer with a single axis, as a number; several as they are."""
    return sizes[0] if isinstance(sizes, tuple) and len(sizes) == 1 else sizes


def _short(value: Any) -> Any:
    """``(3, 3)`` as ``3``, the way people write it."""
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1 and isinstance(value[0], int):
        return value[0]
    return value


def setting_kinds(declared: NodeType | type[NodeType]) -> dict[str, Kind]:
    """Name and kind of each setting, in the order of the form."""
    return kinds(declared)


def chosen_kinds(declared: NodeType | type[NodeType]) -> dict[str, Kind]:
    """The settings that people choose, without those the program notes for itself."""
    return {name: kind for name, kind in kinds(declared).items() if not kind.is_found}


__all__ = [
    "EVERYTHING",
    "Arithmetic",
    "Choice",
    "Flag",
    "Halved",
    "Integer",
    "NodeType",
    "Numbers",
    "Outputs",
    "Port",
    "Real",
    "Room",
    "Sizes",
    "Window",
    "call",
    "call_with",
    "chosen_kinds",
    "node_type",
    "setting_kinds",
    "single",
]
