"""Recurrent layers: a state carried from step to step of a sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import EVERYTHING, Arithmetic, Halved, NodeType, Room, call_with, node_type
from nodes.spec.settings import choice, flag, integer, real
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, spaced
from nodes.spec.work import RELU, SIGMOID, TANH, Kinds, times, together

UNSUITED = 256  # rows of a multiple of it fall onto each other in a processor's cache: oneDNN lengthens them


@dataclass(frozen=True)
class Recurrent(NodeType):
    """What the recurrent layers share. ``gates`` is how many sums each hidden unit makes at a step.

    States have the batch first here, as every value does: N × layers·directions × hidden_size.
    PyTorch keeps them as layers·directions × N × hidden_size, hence the transposing in the source.
    A single layer in one direction also takes a vector as its first state, such as what a picture became.
    """

    keeps_input: ClassVar[bool] = False  # with the batch first they work on a copy in PyTorch's own order
    halved: ClassVar[Halved] = "all"
    gates: ClassVar[int]

    hidden_size: int = integer(128, low=1, high=65536, doc="Numbers in the state that is carried on.")
    num_layers: int = integer(1, low=1, high=64, doc="How many are stacked, each reading the one before.")
    bias: bool = flag(True, doc="Add learned offsets, to the input's and to the state's sums.")
    dropout: float = real(0.0, low=0.0, high=1.0, doc="Share made zero between stacked layers while training.")
    bidirectional: bool = flag(False, doc="Read the sequence backwards too and give both results.")
    skip_padding: bool = flag(
        False,
        doc="Pass over steps in front and at the end whose numbers are all 0, such as an Embedding gives for its "
        "padding_idx: then what a sequence is filled up with changes nothing.",
        advanced=True,
    )

    def outputs(self) -> tuple[str, ...]:
        return ("output", "hidden")

    def shape(self, x: Shape, initial: Shape | None = None) -> dict[str, Shape]:
        length, _ = x.as_sequence(self.title)
        self._features(x)
        self._require_state(initial, self._output_size(), "initial")
        return {
            "output": Shape(length, self._directions() * self._output_size()),
            "hidden": self._state(self._output_size()),
        }

    def weights(self, x: Shape, *states: Shape | None) -> dict[str, Shape]:
        named: dict[str, Shape] = {}
        features, rows, size = self._features(x), self.gates * self.hidden_size, self._output_size()
        for layer in range(self.num_layers):
            for ending in ("", "_reverse")[: self._directions()]:
                named[f"weight_ih_l{layer}{ending}"] = Shape(rows, features, axes="OI")
                named[f"weight_hh_l{layer}{ending}"] = Shape(rows, size, axes="OI")
                if self.bias:
                    named[f"bias_ih_l{layer}{ending}"] = named[f"bias_hh_l{layer}{ending}"] = Shape(rows)
                if size != self.hidden_size:
                    named[f"weight_hr_l{layer}{ending}"] = Shape(size, self.hidden_size, axes="OI")
            features = self._directions() * size
        return named

    def multiply_adds(self, x: Shape, *states: Shape | None) -> Size:
        per_step = 0
        for name, weight in self.weights(x).items():
            per_step = per_step + (weight.known_numel if name.startswith("weight") else 0)
        return x[0] * per_step

    def operations(self, x: Shape, *states: Shape | None) -> dict[str, Size]:
        """What ends each step: the functions of the gates and what they let through."""
        return times(x[0] * (self.num_layers * self._directions() * self.hidden_size), self._of_a_unit())

    def _of_a_unit(self) -> Kinds:
        """Operations of one number of the state at one step, beside the products."""
        raise NotImplementedError

    def kept_bytes(self, x: Shape, *states: Shape | None) -> Size:
        """The sums of every step, a copy of the input for each direction and, between stacked layers, what goes
        from one to the next. Measured on the CPU by a test."""
        directions, handed_on = self._directions(), self._directions() * self._output_size()
        features = [self._features(x)] + [handed_on] * (self.num_layers - 1)
        numbers = sum(directions * self._kept_of_a_step(count) for count in features)
        numbers += directions * features[0] + (self.num_layers - 1) * handed_on * (2 if self.dropout else 1)
        first = self.num_layers * directions * self.hidden_size
        return x[0] * (4 * numbers) + 4 * first

    def kept_bytes_halved(self, x: Shape, *states: Shape | None) -> Size:
        return self.kept_bytes(x, *states) * 7 // 10

    def room(self, x: Shape, *states: Shape | None) -> Room:
        """The gradient of the weights of the state, which each step adds to, twice more while it does; where steps
        are passed over, also that of all gates, which each step gives as a part of it."""
        rows = self.gates * self.hidden_size
        return Room(8 * rows * self._output_size(), x[0] * (4 * rows * self.skip_padding))

    def room_halved(self, x: Shape, *states: Shape | None) -> Room:
        once, per_sample = self.room(x, *states)
        return Room(once // 2, per_sample)

    @property
    def parts(self) -> int:  # type: ignore[override]
        return self.num_layers

    def window(self, x: Shape, *states: Shape | None) -> str:
        return EVERYTHING

    def arithmetic(self, x: Shape, *states: Shape | None) -> tuple[Arithmetic, ...]:
        features, directions, size = self._features(x), self._directions(), self._output_size()
        lines = []
        for _ in range(min(self.num_layers, 2)):
            product = f"{self.gates} · ({features} + {size}{' + 2' if self.bias else ''}) · {self.hidden_size}"
            count = self.gates * (features + size + 2 * self.bias) * self.hidden_size
            if size != self.hidden_size:
                product, count = f"{product} + {size} · {self.hidden_size}", count + size * self.hidden_size
            if directions > 1:
                product = f"{directions} · ({product})"
            lines.append(f"{product} = {spaced(directions * count)}")
            features = directions * size
        if self.num_layers > 2:
            lines.append(f"and {self.num_layers - 2} more such as the second")
        return (Arithmetic("Weights", tuple(lines)),)

    def size_sums(self, x: Shape, *states: Shape | None) -> tuple[str, ...]:
        size, directions = self._output_size(), self._directions()
        return (f"{directions} direction{'s' * (directions > 1)} · {size} = {directions * size}",)

    def module(self, x: Shape, *states: Shape | None) -> str:
        # Between the layers of one there is nothing to drop; PyTorch warns of it.
        skip = ("hidden_size", "skip_padding", *(("dropout",) if self.num_layers == 1 else ()))
        kind = f"skipping_padding(nn.{self.torch_name})" if self.skip_padding else f"nn.{self.torch_name}"
        return call_with(self, kind, self._features(x), self.hidden_size, skip=skip, batch_first=True)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, *states = values
        turned = [
            f"{state}.{'unsqueeze(0)' if shape.axes == 'C' else 'transpose(0, 1)'}.contiguous()"
            for state, shape in zip(states, inputs[1:], strict=False)
            if state is not None and shape is not None
        ]
        if not turned:
            return f"{layer}({x})"
        first = turned[0] if len(turned) == 1 else f"({', '.join(turned)})"
        return f"{layer}({x}, {first})"

    def picked(self, output: str, result: str) -> str:
        return f"{result}[0]" if output == "output" else f"{result}[1].transpose(0, 1)"

    def remarks(self, x: Shape, *states: Shape | None) -> tuple[str, ...]:
        if self.dropout and self.num_layers == 1:
            return (
                f"Dropout {self.dropout:g} has no effect with one layer: it works between stacked layers. "
                "Set num_layers to 2 or more, or add a Dropout node behind.",
            )
        return ()

    def summary(self) -> str:
        parts = [str(self.hidden_size)]
        if self.num_layers > 1:
            parts.append(f"{self.num_layers} layers")
        if self.bidirectional:
            parts.append("both ways")
        return f"{self.torch_name} {' · '.join(parts)}"

    def _features(self, x: Shape) -> int:
        return known(x[1], self.title, "how many numbers each step has")

    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _output_size(self) -> int:
        return self.hidden_size

    def _state(self, size: int) -> Shape:
        return Shape(self.num_layers * self._directions(), size)

    def _kept_of_a_step(self, features: int) -> int:
        """Numbers that one direction of one layer, which reads so many, holds for the gradient beside its input."""
        raise NotImplementedError

    def _require_state(self, got: Shape | None, size: int, port: str) -> None:
        if got is None or got == self._state(size):
            return
        is_single = self.num_layers * self._directions() == 1
        if is_single and got == Shape(size):
            return
        raise ShapeError(
            f"{self.title} expects a first state of {self._state(size)} (layers × numbers)"
            f"{f' or a vector ({size})' if is_single else ''}, got {got.described()}.",
            f"Bring it to {size} numbers with a Linear layer, or leave {port} open for zeros."
            if is_single
            else "Feed it the state of a recurrent layer with the same settings, or leave it open for zeros.",
            port=port,
            kind="sizes",
            fixes=(insert("linear", port=port, out_features=size),) if is_single else (),
        )


@node_type(
    "rnn",
    title="Recurrent layer",
    torch_name="RNN",
    example=(Shape(20, 64),),
    stem="rnn",
    also=("recurrent", "bidirectional", "Elman", "many-to-many"),
)
class RNN(Recurrent):
    """Carries a state along a sequence: h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh).

    Shape:   L × C -> output L × hidden_size (twice that in both directions), hidden layers·directions × hidden_size.
             ``initial`` is the first state: as hidden, or a vector where there is one layer and one direction;
             zeros where it is not connected.
    Weights: hidden_size · (C + hidden_size + 2) for each layer and direction.
    Errors:  not a sequence; a first state of another size.
    Source:  Elman 1990, "Finding Structure in Time".
    """

    gates: ClassVar[int] = 1

    nonlinearity: str = choice("tanh", "tanh", "relu", doc="The function that ends each step.")

    def _of_a_unit(self) -> Kinds:
        return TANH if self.nonlinearity == "tanh" else RELU

    def _kept_of_a_step(self, features: int) -> int:
        return self.hidden_size


@node_type(
    "lstm",
    title="LSTM",
    torch_name="LSTM",
    example=(Shape(20, 64),),
    stem="lstm",
    also=("recurrent", "bidirectional", "memory", "many-to-many", "sequence-to-sequence", "seq2seq"),
)
class LSTM(Recurrent):
    """Carries a state and a cell along a sequence; gates decide what to keep, to add and to show.

    Shape:   L × C -> output L × hidden_size (twice that in both directions), hidden and cell
             layers·directions × hidden_size. With proj_size that takes the place of hidden_size in output and hidden.
             ``initial`` and ``initial_cell`` are the first states: as hidden and cell, or vectors where there is one
             layer and one direction; zeros where both are not connected.
    Weights: 4·hidden_size · (C + hidden_size + 2) for each layer and direction.
    Errors:  not a sequence; first states of another size, or just one of them; proj_size not below hidden_size.
    Source:  Hochreiter & Schmidhuber 1997; projection: Sak et al. 2014, arXiv:1402.1128.
    """

    gates: ClassVar[int] = 4

    proj_size: int = integer(
        0, low=0, high=65535, doc="Bring each state down to this many numbers; 0: as they are.", advanced=True
    )

    def _of_a_unit(self) -> Kinds:
        """Three gates, two tangents, and c' = f·c + i·g, h' = o·tanh(c')."""
        return together([times(3, SIGMOID), times(2, TANH), {"multiply": 3, "add": 1}])

    def outputs(self) -> tuple[str, ...]:
        return ("output", "hidden", "cell")

    def shape(self, x: Shape, initial: Shape | None = None, initial_cell: Shape | None = None) -> dict[str, Shape]:
        if self.proj_size >= self.hidden_size:
            raise ShapeError(
                f"proj_size {self.proj_size} is not below hidden_size {self.hidden_size}.",
                f"Set proj_size to {self.hidden_size - 1} or less; 0 leaves the projection out.",
                parameter="proj_size",
                kind="setting",
                fixes=(set_to(proj_size=self.hidden_size - 1), set_to(proj_size=0)),
            )
        shapes = super().shape(x, initial)
        self._require_state(initial_cell, self.hidden_size, "initial_cell")
        if (initial is None) != (initial_cell is None):
            there, missing = ("initial", "initial_cell") if initial is not None else ("initial_cell", "initial")
            raise ShapeError(
                f"An LSTM takes both first states or none, got {there} alone.",
                f"Connect {missing} too, or take {there} off.",
                port=there,
                kind="setting",
            )
        return {**shapes, "cell": self._state(self.hidden_size)}

    def picked(self, output: str, result: str) -> str:
        if output == "output":
            return f"{result}[0]"
        return f"{result}[1][{('hidden', 'cell').index(output)}].transpose(0, 1)"

    def _output_size(self) -> int:
        return self.proj_size or self.hidden_size

    @property
    def keeps_output(self) -> bool:  # type: ignore[override]
        """What oneDNN gave as it is, which takes all but projections; both directions are joined anew."""
        return not (self.proj_size or self.bidirectional)

    def _kept_of_a_step(self, features: int) -> int:
        if self.proj_size:  # four gates, the cell, its tanh and the state
            return 7 * self.hidden_size + self.proj_size
        # oneDNN has six rows beside its gates, as long as the longer of what it reads and what it gives.
        return 10 * self.hidden_size + 6 * max(self.hidden_size, features)

    def room(self, x: Shape, *states: Shape | None) -> Room:
        """oneDNN lays the weights of a layer out anew, and works out the gradients of all gates before it adds."""
        if not self._is_fused():
            return Room(super().room(x, *states).once)
        return Room(4 * self._laid_out(x), x[0] * (4 * self.gates * self.hidden_size))

    def room_halved(self, x: Shape, *states: Shape | None) -> Room:
        """The weights in 16 bits, and their gradients in 32 besides."""
        return Room(6 * self._laid_out(x)) if self._is_fused() else super().room_halved(x, *states)

    def _is_fused(self) -> bool:
        return not (self.proj_size or self.skip_padding)

    def _laid_out(self, x: Shape) -> int:
        handed_on = self._directions() * self.hidden_size * (self.num_layers > 1)
        twice = 1 + (self.hidden_size % UNSUITED == 0)
        return self.gates * self.hidden_size * (max(self._features(x), handed_on) + twice * self.hidden_size)


@node_type(
    "gru",
    title="GRU",
    torch_name="GRU",
    example=(Shape(20, 64),),
    stem="gru",
    also=("recurrent", "bidirectional", "gated", "many-to-many", "sequence-to-sequence", "seq2seq"),
)
class GRU(Recurrent):
    """Carries a state along a sequence; two gates decide what to forget and what to renew.

    Shape:   L × C -> output L × hidden_size (twice that in both directions), hidden layers·directions × hidden_size.
             ``initial`` is the first state: as hidden, or a vector where there is one layer and one direction;
             zeros where it is not connected.
    Weights: 3·hidden_size · (C + hidden_size + 2) for each layer and direction.
    Errors:  not a sequence; a first state of another size.
    Source:  Cho et al. 2014, arXiv:1406.1078.
    """

    gates: ClassVar[int] = 3

    def _of_a_unit(self) -> Kinds:
        """Two gates, a tangent, and h' = (1 − z)·n + z·h with r·h within n."""
        return together([times(2, SIGMOID), TANH, {"multiply": 3, "add": 3}])

    def _kept_of_a_step(self, features: int) -> int:
        return 7 * self.hidden_size
