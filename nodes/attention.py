"""Attention: every step, or every place of a picture, decides what it looks at."""

from __future__ import annotations

from typing import Any, ClassVar

from nodes.spec.fixes import Fix, insert, set_to
from nodes.spec.heads import (
    STEPS,
    attending,
    kept_by_attention,
    padding_setting,
    projections,
    require_heads,
    require_padding,
    require_same_length,
)
from nodes.spec.node_type import EVERYTHING, Arithmetic, Halved, NodeType, call, call_with, node_type
from nodes.spec.settings import choice, flag, integer, real
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, grouped, spaced
from nodes.spec.sums import product
from nodes.spec.work import SOFTMAX, times, together


@node_type(
    "multihead_attention",
    title="Multi-head attention",
    torch_name="MultiheadAttention",
    example=(Shape(20, 64),),
    stem="attend",
    also=("self-attention", "cross-attention", "transformer"),
)
class MultiheadAttention(NodeType):
    """Lets every step of ``query`` look at all steps of ``key`` and take from ``value`` what it finds.

    Each head compares its own projections of query and key; the softmax of these scores says how much of each
    value is taken. Without a link at ``key`` a sequence looks at itself (self-attention); without one at ``value``
    that is taken which is compared. With the indices of the compared sequence at ``padding``, steps that only fill
    it up (padding_index) are not looked at.

    Shape:   L × C, S × K, S × V -> output L × C; with need_weights also weights L × S, the mean of all heads.
             add_bias_kv and add_zero_attn make S one larger each.
    Weights: 3·C·C + C·C, and 4·C with bias; where K or V differ from C, C·C + K·C + V·C in place of 3·C·C;
             2·C more with add_bias_kv.
    Errors:  not sequences; C not a multiple of num_heads; key and value of different lengths; value without key;
             padding that is no index for each step of the key.
    Source:  Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
    """

    halved: ClassVar[Halved] = "all"
    keeps_input: ClassVar[bool] = False  # it keeps copies, in which the steps come first

    num_heads: int = integer(4, low=1, high=256, doc="Parallel heads; each works with C / num_heads numbers.")
    dropout: float = real(0.0, low=0.0, high=1.0, doc="Share of the attention made zero while training.")
    bias: bool = flag(True, doc="Add learned offsets in the projections.")
    add_bias_kv: bool = flag(
        False, doc="Add one learned step to the keys and values, which all may look at.", advanced=True
    )
    add_zero_attn: bool = flag(
        False, doc="Add one step of zeros to the keys and values, to look at nothing.", advanced=True
    )
    causal: bool = flag(False, doc="No step looks at later ones, as a model that predicts the next step needs it.")
    need_weights: bool = flag(False, doc="Give what is looked at too, at the output weights.")
    padding_index: int = padding_setting()

    def outputs(self) -> tuple[str, ...]:
        return ("output", "weights") if self.need_weights else ("output",)

    def shape(
        self,
        query: Shape,
        key: Shape | None = None,
        value: Shape | None = None,
        padding: Shape | None = None,
    ) -> dict[str, Shape]:
        length, _ = query.as_sequence(self.title)
        channels, steps, *_ = self._sizes(query, key, value)
        require_padding(self.title, padding, steps)
        require_heads(channels, self.num_heads, "num_heads")
        found = {"output": Shape(length, channels)}
        return found | {"weights": Shape(length, steps + self._added_steps())} if self.need_weights else found

    def weights(
        self, query: Shape, key: Shape | None = None, value: Shape | None = None, padding: Shape | None = None
    ) -> dict[str, Shape]:
        channels, _, key_size, value_size = self._sizes(query, key, value)
        added = {name: Shape(1, 1, channels, axes="NLC") for name in ("bias_k", "bias_v") if self.add_bias_kv}
        return projections(channels, key_size, value_size, self.bias) | added

    def multiply_adds(
        self, query: Shape, key: Shape | None = None, value: Shape | None = None, padding: Shape | None = None
    ) -> Size:
        channels, steps, *sizes = self._sizes(query, key, value)
        added = query[0] * (2 * channels * self._added_steps())
        return attending(query[0], channels, steps, *sizes) + added

    def operations(
        self, query: Shape, key: Shape | None = None, value: Shape | None = None, padding: Shape | None = None
    ) -> dict[str, Size]:
        steps = self._sizes(query, key, value)[1] + self._added_steps()
        return times(query[0] * steps * self.num_heads, SOFTMAX)

    def kept_bytes(
        self, query: Shape, key: Shape | None = None, value: Shape | None = None, padding: Shape | None = None
    ) -> Size:
        channels, steps, key_size, value_size = self._sizes(query, key, value)
        is_joined = channels == key_size == value_size
        copied = query.numel
        if key is not None:
            copied = copied + key.numel * (1 if value is not None or is_joined else 2)
        if value is not None:
            copied = copied + value.numel
        if key is None and self._added_steps():
            copied = copied + steps * (2 * channels)  # keys and values before the added steps
        found = kept_by_attention(
            query[0],
            steps + self._added_steps(),
            channels,
            self.num_heads,
            drops=self.dropout > 0,
            scores=self.need_weights,
            is_self=key is None and value is None,
            joined=is_joined,
        )
        seen = 0 if padding is None else padding[0] + self._added_steps()
        mask = query[0] * seen * (4 * self.num_heads)
        return found + copied * 4 + mask

    def window(self, *inputs: Shape | None) -> str:
        return EVERYTHING

    def arithmetic(
        self, query: Shape, key: Shape | None = None, value: Shape | None = None, *padding: Shape | None
    ) -> tuple[Arithmetic, ...]:
        channels, _, key_size, value_size = self._sizes(query, key, value)
        count = sum(weight.known_numel for weight in self.weights(query, key, value).values())
        offsets = f"{' + 4' if self.bias else ''}{' + 2' if self.add_bias_kv else ''}"
        inner = f"{channels} · ({channels} + {key_size} + {value_size} + {channels}{offsets})"
        return (
            Arithmetic("Numbers for each head", (f"{channels}/{self.num_heads} = {channels // self.num_heads}",)),
            Arithmetic("Weights", (f"{inner} = {spaced(count)}",)),
        )

    def work_sums(
        self, query: Shape, key: Shape | None = None, value: Shape | None = None, padding: Shape | None = None
    ) -> tuple[str, ...]:
        channels, steps, key_size, value_size = self._sizes(query, key, value)
        length, seen = query[0], steps + self._added_steps()
        return (
            f"projections: {length} · 2·{channels}·{channels} + {steps} · ({key_size} + {value_size})·{channels}",
            f"scores and sums: {length} · {product((seen,))} · 2·{channels}",
            f"together = {grouped(self.multiply_adds(query, key, value))}",
        )

    def module(
        self, query: Shape, key: Shape | None = None, value: Shape | None = None, padding: Shape | None = None
    ) -> str:
        channels, _, key_size, value_size = self._sizes(query, key, value)
        sizes = {name: n for name, n in (("kdim", key_size), ("vdim", value_size)) if n != channels}
        return call_with(
            self,
            "nn.MultiheadAttention",
            channels,
            self.num_heads,
            skip=("num_heads", "causal", "need_weights", "padding_index"),
            **sizes,
            batch_first=True,
        )

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        query, key, value, padding = (*values, None, None, None)[:4]
        key = key or query
        mask = f", attn_mask=causal_mask({query}, {key})" if self.causal else ""
        if padding is not None:
            mask += f", key_padding_mask=padding_mask({padding}, {self.padding_index})"
        return f"{layer}({query}, {key}, {value or key}, need_weights={self.need_weights}{mask})"

    def picked(self, output: str, result: str) -> str:
        return f"{result}[{self.outputs().index(output)}]"

    def summary(self) -> str:
        return f"{self.num_heads} heads{' · causal' if self.causal else ''}"

    def _added_steps(self) -> int:
        return self.add_bias_kv + self.add_zero_attn

    def _sizes(self, query: Shape, key: Shape | None, value: Shape | None) -> tuple[int, Size, int, int]:
        """Numbers in a step, steps to look at, and the numbers in a step of key and value."""
        if key is None and value is not None:
            raise ShapeError(
                f"{self.title} has a value, but no key to find it by.",
                "Connect key too, or take value off.",
                port="value",
                kind="sizes",
            )
        key = query if key is None else key
        value = key if value is None else value
        steps, key_size = key.as_sequence(self.title)
        others, value_size = value.as_sequence(self.title)
        require_same_length(self.title, steps, others)
        channels = known(query.as_sequence(self.title)[1], self.title, STEPS)
        return channels, steps, known(key_size, self.title, STEPS), known(value_size, self.title, STEPS)


@node_type(
    "scaled_dot_product_attention",
    title="Scaled dot-product attention",
    torch_name="ScaledDotProductAttention",
    example=(Shape(20, 64), Shape(20, 64), Shape(20, 32)),
    stem="attend",
    also=("dot-product attention", "self-attention", "causal", "mask"),
)
class ScaledDotProductAttention(NodeType):
    """Takes for every step of ``query`` a weighted mean of ``value``: softmax(Q·Kᵀ/√C)·V. Nothing is learned.

    What is wired to ``attn_mask`` says how each step of the query may look at each of the key: real numbers are added
    to the scores before the softmax, indices are 1 where it may look and 0 where not.

    Shape:   L × C, S × C, S × V -> L × V.
    Weights: none.
    Errors:  not sequences; query and key with steps of different lengths; key and value of different lengths;
             a mask that is not L × S, or one beside is_causal.
    Source:  Vaswani et al. 2017, arXiv:1706.03762, equation 1.
    """

    halved: ClassVar[Halved] = "all"

    is_causal: bool = flag(False, doc="No step looks at later ones.")
    dropout_p: float = real(
        0.0, low=0.0, high=1.0, doc="Share of the attention made zero while training.", advanced=True
    )
    scale: float | None = real(
        None, low=0.0, high=1e6, optional="1/√C", doc="What the scores are multiplied by.", advanced=True
    )

    def shape(self, query: Shape, key: Shape, value: Shape, attn_mask: Shape | None = None) -> Shape:
        length, channels = query.as_sequence(self.title)
        steps, others = key.as_sequence(self.title)
        values, width = value.as_sequence(self.title)
        if channels != others:
            raise ShapeError(
                f"{self.title} compares steps of query and key, got {channels} numbers and {others}.",
                "Bring both to the same size with a Linear layer.",
                port="key",
                kind="sizes",
                fixes=self._resized(channels),
            )
        require_same_length(self.title, steps, values)
        if attn_mask is not None:
            self._require_mask(attn_mask, length, steps)
        return Shape(length, width)

    def multiply_adds(self, query: Shape, key: Shape, value: Shape, attn_mask: Shape | None = None) -> Size:
        return query[0] * key[0] * (query[1] + value[1])

    def operations(self, query: Shape, key: Shape, value: Shape, attn_mask: Shape | None = None) -> dict[str, Size]:
        added = {"add": query[0] * key[0]} if attn_mask is not None and attn_mask.values == "real" else {}
        return together([times(query[0] * key[0], SOFTMAX), added])

    def kept_bytes(self, query: Shape, key: Shape, value: Shape, attn_mask: Shape | None = None) -> Size:
        scores = query[0] * key[0] * 4
        if self.dropout_p:  # the scores, what is left out, and what is left
            return scores * 3
        if query[1] != value[1] or (attn_mask is not None and attn_mask.values == "real"):
            return scores
        # PyTorch's fused attention takes these, and works the scores out again: it keeps what it gave, the logarithm
        # of each step's sum, and a mask of 0 and 1 as what is added to the scores.
        return query[0] * (value[1] + 1) * 4 + (0 if attn_mask is None else scores)

    def window(self, *inputs: Shape | None) -> str:
        return EVERYTHING

    def size_sums(self, query: Shape, key: Shape, value: Shape, attn_mask: Shape | None = None) -> tuple[str, ...]:
        scores, output = f"({query})·({key[1]} × {key[0]})", f"{query[0]} × {value[1]}"
        return (f"{scores} = {query[0]} × {key[0]} scores", f"({query[0]} × {key[0]})·({value}) = {output}")

    def work_sums(self, query: Shape, key: Shape, value: Shape, attn_mask: Shape | None = None) -> tuple[str, ...]:
        total = grouped(self.multiply_adds(query, key, value))
        return (f"{query[0]} · {key[0]} · ({query[1]} + {value[1]}) = {total}",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        more = ", is_causal=True" if self.is_causal else ""
        scale = "" if self.scale is None else f", scale={self.scale!r}"
        query, key, value, mask = (*values, None)[:4]
        one_head = ", ".join(
            f"{one}.unsqueeze(1)" for one in (query, key, value)
        )  # N × 1 × L × C: ONNX takes no other
        if mask is not None:
            is_index = len(inputs) > 3 and inputs[3] is not None and inputs[3].values == "index"
            more += f", attn_mask={mask}.unsqueeze(1){'.bool()' if is_index else ''}"
        drop = f", dropout_p={self.dropout_p!r} if self.training else 0.0" if self.dropout_p else ""
        return f"F.scaled_dot_product_attention({one_head}{more}{drop}{scale}).squeeze(1)"

    def summary(self) -> str:
        return "softmax(Q·Kᵀ/√C)·V" + (" · causal" if self.is_causal else "")

    def _require_mask(self, mask: Shape, length: Size, steps: Size) -> None:
        pairs = zip(mask, (length, steps), strict=False)
        if len(mask) != 2 or any(isinstance(a, int) and isinstance(b, int) and a != b for a, b in pairs):
            raise ShapeError(
                f"{self.title} takes a mask with one number for each step of query and key, {length} × {steps}, "
                f"got {mask.described()}.",
                f"Connect a value of {length} × {steps}, or leave attn_mask open.",
                port="attn_mask",
                kind="sizes",
            )
        if self.is_causal:
            raise ShapeError(
                f"{self.title} has a mask and is causal too.",
                "Turn is_causal off and forbid later steps in the mask, or leave attn_mask open.",
                parameter="is_causal",
                kind="setting",
                fixes=(set_to(is_causal=False),),
            )

    @staticmethod
    def _resized(channels: Size) -> tuple[Fix, ...]:
        return (insert("linear", port="key", out_features=channels),) if isinstance(channels, int) else ()


@node_type(
    "positional_encoding",
    title="Positional encoding",
    torch_name="PositionalEncoding",
    example=(Shape(20, 64),),
    stem="positions",
    also=("position embedding", "sinusoidal", "order"),
)
class PositionalEncoding(NodeType):
    """Adds to every step a vector that says where it stands: attention alone cannot tell the order.

    Sinusoidal ones are sin(p/10000^(2i/C)) and cos(p/10000^(2i/C)) for position p; learned ones are trained.

    Shape:   L × C, unchanged.
    Weights: none, or max_length · C where they are learned.
    Errors:  not a sequence; longer than max_length.
    Source:  Vaswani et al. 2017, arXiv:1706.03762, section 3.5; learned: Dosovitskiy et al. 2020, arXiv:2010.11929.
    """

    gives_wide: ClassVar[bool] = True  # what it adds
    keeps_input: ClassVar[bool] = False

    kind: str = choice("sinusoidal", "sinusoidal", "learned", doc="Fixed sines and cosines, or trained vectors.")
    max_length: int = integer(512, low=2, high=1_000_000, doc="The longest sequence there may be.")

    def shape(self, x: Shape) -> Shape:
        length, channels = x.as_sequence(self.title)
        known(channels, self.title, STEPS)
        if isinstance(length, int) and length > self.max_length:
            raise ShapeError(
                f"The sequence has {length} steps, and there are positions for {self.max_length}.",
                f"Set max_length to {length} or more.",
                parameter="max_length",
                kind="sizes",
                fixes=(set_to(max_length=length),),
            )
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": self._table(x)} if self.kind == "learned" else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {"table": self._table(x)} if self.kind == "sinusoidal" else {}

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"add": x.numel}

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        count = spaced(self._table(x).known_numel)
        lines = (f"{self.max_length} · {x[1]} = {count}",) if self.kind == "learned" else ()
        return (Arithmetic("Weights", lines),) if lines else ()

    def module(self, x: Shape) -> str:
        layer = "LearnedPositions" if self.kind == "learned" else "SinusoidalPositions"
        return call(layer, x[1], self.max_length)

    def summary(self) -> str:
        return f"{self.kind} · up to {self.max_length}"

    def _table(self, x: Shape) -> Shape:
        return Shape(self.max_length, known(x[1], self.title, STEPS), axes="OI")


@node_type(
    "class_token",
    title="Class token",
    torch_name="ClassToken",
    example=(Shape(49, 64),),
    stem="token",
    also=("vision transformer", "CLS"),
)
class ClassToken(NodeType):
    """Puts one learned step before a sequence; what attention gathers there is read out as the class.

    Shape:   L × C -> L + 1 × C.
    Weights: C.
    Errors:  not a sequence.
    Source:  Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1.
    """

    keeps_input: ClassVar[bool] = False

    def shape(self, x: Shape) -> Shape:
        length, channels = x.as_sequence(self.title)
        return Shape(length + 1, known(channels, self.title, STEPS))

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"token": Shape(1, 1, known(x[1], self.title, STEPS), axes="NLC")}

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        return (f"{x[0]} + 1 = {x[0] + 1}",)

    def module(self, x: Shape) -> str:
        return call("ClassToken", x[1])

    def summary(self) -> str:
        return "one step before"
