"""Taking a network away: ONNX files with their proof, and plain PyTorch source."""

from __future__ import annotations


class ExportError(Exception):
    """Why a network could not be exported, and what to change."""

    def __init__(self, fact: str, remedy: str = "", node: str = "") -> None:
        super().__init__(f"{fact} {remedy}".strip())
        self.fact, self.remedy, self.node = fact, remedy, node
