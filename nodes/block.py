"""Block: a node whose body is a graph, repeated if wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache

from nodes.boundary import Input, Output
from nodes.graph.infer import Facts, Inference, Receptive, infer
from nodes.graph.model import Graph, name_fault
from nodes.spec.fixes import set_to
from nodes.spec.node_type import EVERYTHING, NodeType, Port, Window, node_type
from nodes.spec.settings import Kind, SettingError, Value, flag, integer, setting, text
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size

DEEPEST = 32  # blocks within blocks
MOST_NODES = 100_000  # in one block, every repetition counted
MOST_REPEATS = 1000

Picked = Callable[[Facts], Mapping[str, Shape]]


class Body(Kind):
    """The graph inside a block; it is drawn, not typed."""

    def _checked(self, name: str, value: Value) -> Graph:
        if not isinstance(value, Graph):
            raise SettingError(f"{name} takes a graph.")
        return value


@node_type("block", title="Block", example=(Shape(3, 32, 32),), stem="block")
class Block(NodeType):
    """Holds a graph of its own and uses it as one layer, several times over if wanted.

    Shape:   that of the body's Output nodes for the shapes that arrive at its Input nodes.
    Weights: those of the body, once for each repetition.
    Errors:  any error of the body; repeat above 1 with an output unlike the input, or with several of them.
    """

    name: str = text("Block", is_name=True, doc="Name of the block's class in the source.")
    body: Graph = setting(Body(doc="The graph inside."), Graph())
    repeat: int = integer(
        1, low=1, high=MOST_REPEATS, unit="×", doc="How many of it follow each other, each with its own weights."
    )
    over_time: bool = flag(
        False, doc="Apply it to every step of a sequence by itself, with the same weights: pictures over time."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        fault = name_fault(self.name)
        if fault:
            raise SettingError(fault.replace("a node's name", "a block's name"))
        if self.depth > DEEPEST:
            raise SettingError(f"{self.name} holds blocks more than {DEEPEST} deep. Take some of them apart.")
        if self.node_count > MOST_NODES:
            raise SettingError(
                f"{self.name} holds {self.node_count:,} nodes with all its repetitions, more than {MOST_NODES:,}. "
                "Set repeat to a smaller number, or take nodes out."
            )

    @cached_property
    def structure(self) -> object:
        return (Block, self.name, self.body.structure, self.repeat, self.over_time)

    @cached_property
    def depth(self) -> int:
        """How many blocks lie within each other, this one counted."""
        return 1 + max((inner.depth for inner in self._blocks()), default=0)

    @cached_property
    def node_count(self) -> int:
        """Nodes inside, every repetition counted."""
        return self.repeat * (len(self.body.nodes) + sum(inner.node_count for inner in self._blocks()))

    def _blocks(self) -> Iterator[Block]:
        settings = (node.settings for node in self.body.nodes.values())
        return (inner for inner in settings if isinstance(inner, Block))

    def inputs(self) -> tuple[Port, ...]:
        return tuple(Port(name) for name, node in self.body.nodes.items() if isinstance(node.settings, Input))

    def outputs(self) -> tuple[str, ...]:
        return tuple(name for name, node in self.body.nodes.items() if isinstance(node.settings, Output))

    def shape(self, *inputs: Shape) -> dict[str, Shape]:
        self._require_ports()
        self._require_one_length(inputs)
        inside = self.inside(*inputs)
        for name, facts in inside.facts.items():
            if facts.error:
                raise ShapeError(
                    f"Inside {self.name}, {name}: {facts.error.fact}",
                    facts.error.remedy,
                    port=facts.error.port,
                    kind=facts.error.kind,
                )
        outputs = {name: inside.facts[name].outputs.get("output") for name in self.outputs()}
        unknown = [name for name, shape in outputs.items() if shape is None]
        if unknown:
            raise ShapeError(
                f"Inside {self.name}, nothing reaches the output {unknown[0]}.",
                "Open the block and connect a value to it.",
                kind="port",
            )
        found = {name: self._over_time(shape, inputs) for name, shape in outputs.items() if shape is not None}
        self._require_repeatable(inputs, tuple(found.values()))
        return found

    def _over_time(self, shape: Shape, inputs: tuple[Shape, ...]) -> Shape:
        if not self.over_time:
            return shape
        return Shape(inputs[0][0], *shape, axes=f"L{shape.axes}", values=shape.values)

    def _require_one_length(self, inputs: tuple[Shape, ...]) -> None:
        lengths = dict.fromkeys(shape[0] for shape in inputs if shape) if self.over_time else {}
        if len(lengths) > 1:
            raise ShapeError(
                f"{self.name} goes over sequences of different lengths: {' and '.join(map(str, lengths))}.",
                "Feed it sequences of the same length.",
                kind="sizes",
            )

    def inside(self, *inputs: Shape) -> Inference:
        """Facts of the body's nodes for these inputs."""
        return _inside(self.body, self.inputs(), self.arriving(*inputs))

    def arriving(self, *inputs: Shape) -> tuple[Shape, ...]:
        """What the body's Input nodes get: with ``over_time`` one step of each input."""
        return tuple(self._step(one) for one in inputs) if self.over_time else inputs

    def _step(self, x: Shape) -> Shape:
        if not x.axes.startswith("L"):
            raise ShapeError(
                f"{self.name} goes over the steps of a sequence, got {x.described()}.",
                "Turn over_time off, or feed it a sequence.",
                parameter="over_time",
                kind="rank",
                fixes=(set_to(over_time=False),),
            )
        return Shape(*x[1:], axes=x.axes[1:], values=x.values)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        return self._each(inputs, lambda facts: dict(facts.weights))

    def buffers(self, *inputs: Shape) -> dict[str, Shape]:
        return self._each(inputs, lambda facts: dict(facts.buffers))

    def multiply_adds(self, *inputs: Shape) -> Size:
        total: Size = 0
        for facts in self.inside(*inputs).facts.values():
            total = total + facts.multiply_adds
        return total * self.repeat * (inputs[0][0] if self.over_time else 1)

    def window(self, *inputs: Shape) -> Window | str | None:
        if self.over_time:
            return None
        sight = self.inside(*inputs).sight(self.outputs()[0])
        if sight == EVERYTHING or not isinstance(sight, Receptive):
            return sight if isinstance(sight, str) else None
        whole = Receptive((1,) * len(sight.size), (1,) * len(sight.size), (0.0,) * len(sight.size))
        one = Window(sight.size, sight.jump, tuple(int(-start) for start in sight.start))
        for _ in range(self.repeat):
            whole = whole.through(one)
        return Window(whole.size, whole.jump, tuple(int(-start) for start in whole.start))

    def summary(self) -> str:
        parts = [self.name, *([f"× {self.repeat}"] if self.repeat > 1 else [])]
        return " ".join(parts) + (" · each step" if self.over_time else "")

    def _each(self, inputs: tuple[Shape, ...], pick: Picked) -> dict[str, Shape]:
        body = {
            f"{layer}.{name}": shape
            for layer, facts in self.inside(*inputs).facts.items()
            for name, shape in pick(facts).items()
        }
        within = "layer." if self.over_time else ""
        if self.repeat == 1:
            return {f"{within}{name}": shape for name, shape in body.items()}
        return {f"{within}{i}.{name}": shape for i in range(self.repeat) for name, shape in body.items()}

    def _require_ports(self) -> None:
        for kind, names in (("Input", self.inputs()), ("Output", self.outputs())):
            if not names:
                raise ShapeError(
                    f"{self.name} has no {kind} inside.", f"Open the block and add an {kind} node.", kind="port"
                )

    def _require_repeatable(self, inputs: tuple[Shape, ...], outputs: tuple[Shape | None, ...]) -> None:
        if self.repeat == 1 or (inputs == outputs and not (self.over_time and len(inputs) > 1)):
            return
        got = ", ".join(str(shape) for shape in inputs), ", ".join(str(shape) for shape in outputs)
        raise ShapeError(
            f"{self.name} cannot repeat {self.repeat} times: it takes {got[0]} and gives {got[1]}.",
            "Set repeat to 1, or make its output as large as its input.",
            parameter="repeat",
            kind="repeat",
            fixes=(set_to(repeat=1),),
        )


@lru_cache(maxsize=2_000)
def _inside(body: Graph, ports: tuple[Port, ...], inputs: tuple[Shape, ...]) -> Inference:
    return infer(body, given=dict(zip((port.name for port in ports), inputs, strict=True)))
