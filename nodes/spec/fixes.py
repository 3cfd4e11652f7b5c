"""Fix: an edit that mends an error, as the rule that found it proposes it. Its price is worked out on the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nodes.spec.settings import Value


@dataclass(frozen=True)
class SetTo:
    """Other values for settings of the node that failed."""

    changes: Mapping[str, Value]


@dataclass(frozen=True)
class Insert:
    """A new node on the link that ends at ``port``; empty: at the port the error names, or the first."""

    type_id: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    port: str = ""


@dataclass(frozen=True)
class ReplaceBy:
    """Another node type in the place of the one that failed; settings of the same name and links are kept."""

    type_id: str
    settings: Mapping[str, Value] = field(default_factory=dict)


Fix = SetTo | Insert | ReplaceBy


def set_to(**changes: Value) -> SetTo:
    return SetTo(changes)


def insert(type_id: str, *, port: str = "", **settings: Value) -> Insert:
    return Insert(type_id, settings, port)


def replace_by(type_id: str, **settings: Value) -> ReplaceBy:
    return ReplaceBy(type_id, settings)


class Remark(str):
    """A sentence on what is worth knowing, with what sort of remark it is and the edits that would end it."""

    kind: str
    fixes: tuple[Fix, ...]

    def __new__(cls, text: str, *, kind: str = "remark", fixes: tuple[Fix, ...] = ()) -> Remark:
        self = super().__new__(cls, text)
        self.kind, self.fixes = kind, fixes
        return self
