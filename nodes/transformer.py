"""The layers that transformers are built of: attention, two linear layers and normalisations in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.fixes import insert
from nodes.spec.heads import (
    STEPS,
    attending,
    kept_by_attention,
    padding_setting,
    projections,
    require_heads,
    require_padding,
)
from nodes.spec.node_type import EVERYTHING, Arithmetic, Halved, NodeType, call_with, node_type
from nodes.spec.settings import choice, flag, integer, real
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, grouped, spaced
from nodes.spec.work import GELU, NORM, RELU, SOFTMAX, times, together


@dataclass(frozen=True)
class TransformerLayer(NodeType):
    """What encoder and decoder layers share. ``attentions`` are the names of their attentions."""

    halved: ClassVar[Halved] = "within"  # sums of shortcuts stay as wide as x
    attentions: ClassVar[tuple[str, ...]]

    nhead: int = integer(4, low=1, high=256, doc="Parallel heads of attention.")
    dim_feedforward: int = integer(2048, low=1, high=1_000_000, doc="Width between the two linear layers.")
    dropout: float = real(0.1, low=0.0, high=1.0, doc="Share made zero while training.")
    activation: str = choice("relu", "relu", "gelu", doc="Between the two linear layers.")
    norm_first: bool = flag(False, doc="Normalise before each part instead of behind it: trains more easily.")
    bias: bool = flag(True, doc="Learned offsets in linear layers and normalisations.", advanced=True)
    layer_norm_eps: float = real(
        1e-5, low=1e-12, high=1.0, doc="Added to the variance in normalisations.", advanced=True
    )
    padding_index: int = padding_setting()

    @property
    def keeps_input(self) -> bool:  # type: ignore[override]
        """Where it is normalised first; attention keeps copies."""
        return self.norm_first

    def weights(self, x: Shape, *memory: Shape | None) -> dict[str, Shape]:
        channels, inner = self._channels(x), self.dim_feedforward
        named: dict[str, Shape] = {}
        for attention in self.attentions:
            parts = projections(channels, channels, channels, self.bias)
            named |= {f"{attention}.{name}": shape for name, shape in parts.items()}
        norms = [f"norm{number}" for number in range(1, len(self.attentions) + 2)]
        rows = {"linear1": (inner, channels), "linear2": (channels, inner)} | dict.fromkeys(norms, (channels,))
        for name, sizes in rows.items():
            named[f"{name}.weight"] = Shape(*sizes, axes="OI"[: len(sizes)] if len(sizes) > 1 else "C")
            if self.bias:
                named[f"{name}.bias"] = Shape(sizes[0])
        return named

    def window(self, *inputs: Shape) -> str:
        return EVERYTHING

    def arithmetic(self, x: Shape, *memory: Shape | None) -> tuple[Arithmetic, ...]:
        sums: dict[str, int] = {}
        for name, weight in self.weights(x, *memory).items():
            part = name.partition(".")[0]
            sums[part] = sums.get(part, 0) + weight.known_numel
        lines = [f"{part}: {spaced(count)}" for part, count in sums.items()]
        return (Arithmetic("Weights", (*lines, f"in all {spaced(sum(sums.values()))}")),)

    def work_sums(self, x: Shape, *memory: Shape | None) -> tuple[str, ...]:
        channels, lines = self._channels(x), []
        for name, seen in zip(self.attentions, self._seen(x, *memory), strict=True):
            work = grouped(attending(x[0], channels, seen[0], channels, channels))
            projected = f"{x[0]} · 2·{channels}·{channels} + {seen[0]} · 2·{channels}·{channels}"
            lines.append(f"{name}: {projected} + {x[0]} · {seen[0]} · 2·{channels} = {work}")
        inner = f"{x[0]} · 2·{channels}·{self.dim_feedforward} = {grouped(self._feed_forward(x))}"
        return (*lines, f"linear layers: {inner}", f"in all = {grouped(self.multiply_adds(x, *memory))}")

    def module(self, x: Shape, *memory: Shape | None) -> str:
        return call_with(
            self,
            f"nn.{self.torch_name}",
            self._channels(x),
            self.nhead,
            skip=("nhead", "causal", "padding_index"),
            dim_feedforward=self.dim_feedforward,
            batch_first=True,
        )

    def _seen(self, x: Shape, *memory: Shape | None) -> list[Shape]:
        """What each attention looks at."""
        return [shape for shape in (x, *memory[: len(self.attentions) - 1]) if shape is not None]

    def _channels(self, x: Shape) -> int:
        channels = known(x.as_sequence(self.title)[1], self.title, STEPS)
        require_heads(channels, self.nhead, "nhead")
        return channels

    def _masked(self, what: str, padding: str | None) -> str:
        """The source of an argument for steps that are not looked at, where there is a link that tells them."""
        if padding is None:
            return ""
        return f", {what}_key_padding_mask=padding_mask({padding}, {self.padding_index})"

    def _feed_forward(self, x: Shape) -> Size:
        return x[0] * (2 * self._channels(x) * self.dim_feedforward)

    def operations(self, x: Shape, *memory: Shape | None) -> dict[str, Size]:
        """A softmax for each attention, the activation, and a shortcut and a normalisation for each part."""
        parts, inner = len(self.attentions) + 1, x[0] * self.dim_feedforward
        scores = [times(x[0] * seen[0] * self.nhead, SOFTMAX) for seen in self._seen(x, *memory)]
        sides = times(x.numel * parts, {"add": 1}), times(x.numel * parts, NORM)
        return together([*scores, times(inner, GELU if self.activation == "gelu" else RELU), *sides])

    def kept_bytes_halved(self, x: Shape, *memory: Shape | None) -> Size:
        """Half, but sums of shortcuts keep 32 bits, and so do scores where some are dropped. Measured on the CPU."""
        wide = x[0] * (4 * self._channels(x) * len(self.attentions))
        for seen in self._seen(x, *memory) if self.dropout else ():
            wide = wide + x[0] * seen[0] * (6 * self.nhead)
        return self._kept(x, *memory) // 2 + wide

    def _kept(self, x: Shape, *memory: Shape | None) -> Size:
        """Attentions, what stands between the parts, and the inner layer, with their masks; in bytes."""
        channels, drops, parts = self._channels(x), self.dropout > 0, len(self.attentions) + 1
        total: Size = 0
        for seen in self._seen(x, *memory):
            total = total + kept_by_attention(
                x[0], seen[0], channels, self.nhead, drops=drops, scores=False, is_self=seen is x, joined=True
            )
            if seen is not x or not self.norm_first:
                total = total + seen.numel * 4  # a copy in which the steps come first
        inner = 3 if drops else 2 if self.activation == "gelu" else 1
        between = channels * (2 * parts - 1 + (parts if drops else 0)) + 2 * parts
        return total + x[0] * (4 * (inner * self.dim_feedforward + between))


@node_type(
    "transformer_encoder_layer",
    title="Transformer encoder layer",
    torch_name="TransformerEncoderLayer",
    example=(Shape(20, 64),),
    stem="encoder",
    family="attention",
    also=("self-attention", "BERT", "vision transformer"),
)
class TransformerEncoderLayer(TransformerLayer):
    """Self-attention, then two linear layers for each step, each with a shortcut around it and a normalisation.

    Shape:   L × C -> L × C.
    Weights: 4·C·C + 2·C·dim_feedforward for the products, and the offsets and scales beside them.
             With the indices of x at ``padding``, steps that only fill it up (padding_index) are not looked at.
    Errors:  not a sequence; C not a multiple of nhead; padding that is no index for each step.
    Source:  Vaswani et al. 2017, arXiv:1706.03762; norm_first: Xiong et al. 2020, arXiv:2002.04745.
    """

    attentions: ClassVar[tuple[str, ...]] = ("self_attn",)

    causal: bool = flag(False, doc="No step looks at later ones, as a model that predicts the next step needs it.")

    def shape(self, x: Shape, padding: Shape | None = None) -> Shape:
        require_padding(self.title, padding, x.as_sequence(self.title)[0])
        return Shape(x.as_sequence(self.title)[0], self._channels(x))

    def multiply_adds(self, x: Shape, padding: Shape | None = None) -> Size:
        channels = self._channels(x)
        return attending(x[0], channels, x[0], channels, channels) + self._feed_forward(x)

    def kept_bytes(self, x: Shape, padding: Shape | None = None) -> Size:
        return self._kept(x) + (0 if padding is None else x[0] * padding[0] * (4 * self.nhead))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, padding = (*values, None)[:2]
        mask = f", src_mask=causal_mask({x}, {x})" if self.causal else ""
        return f"{layer}({x}{mask}{self._masked('src', padding)})"

    def summary(self) -> str:
        return f"{self.nhead} heads · {self.dim_feedforward}{' · causal' if self.causal else ''}"


@node_type(
    "transformer_decoder_layer",
    title="Transformer decoder layer",
    torch_name="TransformerDecoderLayer",
    example=(Shape(20, 64), Shape(30, 64)),
    stem="decoder",
    family="attention",
    also=("cross-attention", "translation", "causal", "GPT"),
)
class TransformerDecoderLayer(TransformerLayer):
    """Self-attention, attention to what an encoder made of the source, then two linear layers for each step.

    Shape:   L × C and memory S × C -> L × C.
    Weights: 8·C·C + 2·C·dim_feedforward for the products, and the offsets and scales beside them.
             With the indices of x at ``padding``, of the source at ``memory_padding``, steps that only fill them up
             (padding_index) are not looked at.
    Errors:  not sequences; steps of x and memory of different sizes; C not a multiple of nhead; padding that is no
             index for each step.
    Source:  Vaswani et al. 2017, arXiv:1706.03762; norm_first: Xiong et al. 2020, arXiv:2002.04745.
    """

    attentions: ClassVar[tuple[str, ...]] = ("self_attn", "multihead_attn")

    causal: bool = flag(True, doc="No step looks at later ones of its own sequence; memory is seen whole.")

    def shape(
        self, x: Shape, memory: Shape, padding: Shape | None = None, memory_padding: Shape | None = None
    ) -> Shape:
        length, _ = x.as_sequence(self.title)
        channels, (_, others) = self._channels(x), memory.as_sequence(self.title)
        if channels != others:
            raise ShapeError(
                f"{self.title} takes steps of one size, got {channels} numbers in x and {others} in memory.",
                f"Bring memory to {channels} numbers with a Linear layer.",
                port="memory",
                kind="sizes",
                fixes=(insert("linear", port="memory", out_features=channels),),
            )
        require_padding(self.title, padding, length)
        require_padding(self.title, memory_padding, memory[0], "memory_padding")
        return Shape(length, channels)

    def multiply_adds(self, x: Shape, memory: Shape, *padding: Shape | None) -> Size:
        channels = self._channels(x)
        attended = attending(x[0], channels, x[0], channels, channels)
        return attended + attending(x[0], channels, memory[0], channels, channels) + self._feed_forward(x)

    def kept_bytes(self, x: Shape, memory: Shape, *padding: Shape | None) -> Size:
        masks = (x[0] * one[0] * (4 * self.nhead) for one in padding if one is not None)
        return sum(masks, start=self._kept(x, memory))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, memory, padding, memory_padding = (*values, None, None)[:4]
        mask = f", tgt_mask=causal_mask({x}, {x})" if self.causal else ""
        masks = f"{mask}{self._masked('tgt', padding)}{self._masked('memory', memory_padding)}"
        return f"{layer}({x}, {memory}{masks})"

    def summary(self) -> str:
        return f"{self.nhead} heads · {self.dim_feedforward}{' · causal' if self.causal else ''}"
