"""Sizes of an axis: whole numbers, and unknowns such as ``H`` that arithmetic can be done with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Floor:
    """The whole part of ``numerator / denominator``: what a stride makes of an unknown size."""

    numerator: Unknown
    denominator: int

    def __str__(self) -> str:
        return f"⌊({self.numerator})/{self.denominator}⌋"

    def at(self, values: Mapping[str, int]) -> int:
        return self.numerator.at(values) // self.denominator


@dataclass(frozen=True)
class Scaled:
    """The whole part of an unknown size times a number that is none: what Upsample by 1.5 makes of it."""

    numerator: Unknown
    factor: float

    def __str__(self) -> str:
        return f"⌊{self.factor:g}·({self.numerator})⌋"

    def at(self, values: Mapping[str, int]) -> int:
        return int(self.numerator.at(values) * self.factor)


Atom = str | Floor | Scaled
Term = tuple[tuple[Atom, ...], int]  # a product of atoms, and its whole coefficient


@dataclass(frozen=True)
class Unknown:
    """A size that is not known while drawing: a sum of products of names, such as ``2·H·W + 1``.

    Equal expressions are equal values, so that a sum of two branches over the same unknown checks out.
    """

    terms: tuple[Term, ...]

    @classmethod
    def named(cls, name: str) -> Unknown:
        return cls((((name,), 1),))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._text

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and self.terms == other.terms

    def __add__(self, other: Size) -> Size:
        return _collected([*self.terms, *_terms(other)])

    def __mul__(self, other: Size) -> Size:
        return _collected(
            [(a + b, m * n) for a, m in self.terms for b, n in _terms(other)],
        )

    def __sub__(self, other: Size) -> Size:
        return self + other * -1

    def __rsub__(self, other: int) -> Size:
        return self * -1 + other

    def __floordiv__(self, divisor: int) -> Size:
        if divisor == 1:
            return self
        whole = _collected([(a, n // divisor) for a, n in self.terms if n % divisor == 0])
        rest = _collected([(a, n) for a, n in self.terms if n % divisor])
        if isinstance(rest, int):
            return whole + rest // divisor
        return whole + Unknown((((Floor(rest, divisor),), 1),))

    __radd__ = __add__
    __rmul__ = __mul__

    def names(self) -> frozenset[str]:
        """The free names in this size."""
        atoms = [atom for product, _ in self.terms for atom in product]
        return frozenset[str]().union(
            *({atom} if isinstance(atom, str) else atom.numerator.names() for atom in atoms)
        )

    def at(self, values: Mapping[str, int]) -> int:
        """The whole number this size becomes when each name has the given value."""
        total = 0
        for product, factor in self.terms:
            for atom in product:
                factor *= values[atom] if isinstance(atom, str) else atom.at(values)
            total += factor
        return total

    @cached_property
    def _text(self) -> str:
        parts = []
        for product, factor in self.terms:
            names = "·".join(map(str, product))
            number = "" if abs(factor) == 1 and product else f"{abs(factor)}"
            sign = "−" if factor < 0 else "+"
            parts.append(f"{sign} {'·'.join(filter(None, (number, names)))}")
        return " ".join(parts).removeprefix("+ ")

    @cached_property
    def _hash(self) -> int:
        return hash(self.terms)


Size = int | Unknown


def as_size(value: int | str | Unknown) -> Size:
    """``"H"`` is an unknown named H; whole numbers stay as they are."""
    return Unknown.named(value) if isinstance(value, str) else value


def scaled(size: Size, factor: float) -> Size:
    """The whole part of a size times a number, in double precision as PyTorch takes it."""
    if factor.is_integer():
        return size * int(factor)
    return Unknown((((Scaled(size, factor),), 1),)) if isinstance(size, Unknown) else int(size * factor)


def size_at(size: Size, values: Mapping[str, int]) -> int:
    """A size once every unknown has a value."""
    return size.at(values) if isinstance(size, Unknown) else size


def _terms(size: Size) -> tuple[Term, ...]:
    if isinstance(size, Unknown):
        return size.terms
    return (((), size),) if size else ()


def _collected(terms: list[Term]) -> Size:
    sums: dict[tuple[Atom, ...], int] = {}
    for product, factor in terms:
        key = tuple(sorted(product, key=str))
        sums[key] = sums.get(key, 0) + factor
    kept = [(product, factor) for product, factor in sums.items() if factor]
    if not kept:
        return 0
    if len(kept) == 1 and kept[0][0] == ():
        return kept[0][1]
    # Constants last, so that it reads "H − 4" and not "−4 + H".
    return Unknown(tuple(sorted(kept, key=lambda term: (not term[0], str(term[0])))))


def spaced(number: int) -> str:
    """``25 557 032``, with narrow spaces that do not break."""
    return f"{number:,}".replace(",", "\u202f")


def grouped(count: Size) -> str:
    """``61 706``, with a narrow space; a size that is not known as its expression."""
    return spaced(count) if isinstance(count, int) else str(count)
