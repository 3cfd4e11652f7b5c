"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from nodes.graph.figures import figure


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.0118, "0.0118"),
        (-0.42, "−0.42"),
        (99.96, "100"),
        (1_480.3, "1\u202f480"),
        (999.6, "1\u202f000"),
        (3.8e-6, "3.8 · 10⁻⁶"),
        (-1.23e12, "−1.23 · 10¹²"),
        (1e-6, "10⁻⁶"),
        (math.inf, "∞"),
        (math.nan, "not a number"),
    ],
)
def test_a_figure_has_three_digits_and_no_exponent(value: float, words: str) -> None:
    assert figure(value) == words


def test_a_figure_has_as_many_digits_as_are_wanted() -> None:
    assert (figure(1_234.56, 4), figure(0.123456, 4), figure(2e-6, 1)) == ("1\u202f235", "0.1235", "2 · 10⁻⁶")
