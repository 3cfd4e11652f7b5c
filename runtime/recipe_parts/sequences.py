"""Settings of networks that read texts and series."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, flag, integer, numbers, real, text
from runtime.recipe_parts.words import BY_GRADIENT, given

GROUP = "Sequences"


@dataclass(frozen=True)
class SequenceSettings:
    """How a text or series is read, and samples of text while training."""

    # fmt: off
    carry_state: bool = flag(
        False, group=GROUP, when=given("optimizer", *BY_GRADIENT),
        doc="Reads a text or series in its order: recurrent layers begin each piece with the state that the piece "
        "before it ended with. Gradients stay within a piece (truncated backpropagation through time).",
    )
    sample_every: int | None = integer(
        None, low=1, high=1_000_000, optional="off", group=GROUP,
        doc="Epochs or steps from one sample of text to the next, for networks that tell the next character.",
    )
    sample_unit: str = choice(
        "epochs", "epochs", "steps", doc="What sample_every counts.", group=GROUP, when=given("sample_every")
    )
    sample_length: int = integer(
        200, low=1, high=100_000, unit="characters", doc="How long a sample is.", group=GROUP,
        when=given("sample_every"),
    )
    sample_temperature: float = real(
        0.8, low=0.0, high=100.0, group=GROUP, when=given("sample_every"),
        doc="Below 1 it keeps to what is likely, above 1 it dares more; 0 always takes the likeliest.",
    )
    sample_also: tuple[float, ...] = numbers(
        low=0.0, high=100.0, group=GROUP, when=given("sample_every"),
        doc="Further temperatures that the same start goes on at, such as 0.3, 1.2; empty: none.",
    )
    sample_start: str = text(
        longest=10_000, doc="What samples go on from; empty: the beginning of a line.", group=GROUP,
        when=given("sample_every"),
    )
    # fmt: on
