"""Errors that are the user's to mend, and how they are told: the fact, and what to change."""

from __future__ import annotations

from typing import NamedTuple

from nodes.graph.files import NetworkFileError
from nodes.graph.model import GraphError
from nodes.spec.settings import SettingError
from nodes.spec.shapes import ShapeError
from runtime.data.choice import DataError
from runtime.exchange import ExportError
from runtime.runs import TrainingError
from runtime.source import SourceError
from runtime.trust import TrustError


class RefusalError(Exception):
    """A wish that cannot be met as it stands: the fact, and what to change."""

    def __init__(self, fact: str, remedy: str = "") -> None:
        super().__init__(f"{fact} {remedy}".strip())
        self.fact, self.remedy = fact, remedy


MENDABLE = (
    RefusalError, NetworkFileError, GraphError, SettingError, ShapeError,
    SourceError, DataError, TrainingError, ExportError, TrustError,
)  # fmt: skip
"""Any other exception is a fault of the program."""


class Fault(NamedTuple):
    fact: str
    remedy: str
    node: str  # where it can be mended; empty where that is not known

    def __str__(self) -> str:
        return f"{self.fact} {self.remedy}".strip()


def fault_of(error: BaseException) -> Fault:
    """What a mendable error says."""
    fact = getattr(error, "fact", str(error))
    return Fault(fact, getattr(error, "remedy", ""), getattr(error, "node", ""))
