"""What can be chosen for an ONNX file."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.exchange import ExportError
from runtime.exchange.onnx.build import OPSET
from runtime.exchange.proof import ALLOWED
from runtime.questions.exchange import OPSETS, PRECISIONS

LARGEST_FILE = 2**31 - 2**20  # bytes; what is larger has its weights in a file of their own beside it


@dataclass(frozen=True)
class Options:
    """``folded``: batch normalisation goes into the weights before it. ``prepared``: the file takes pictures as
    bytes and gives probabilities and names. ``threads`` are those that latency is measured with.

    Raises ExportError for a choice that there is not.
    """

    opset: int = OPSET
    folded: bool = False
    prepared: bool = False
    precision: str = "float32"
    tolerance: float = ALLOWED
    threads: int = 1
    largest_file: int = LARGEST_FILE

    def __post_init__(self) -> None:
        if self.opset not in OPSETS:
            raise ExportError(
                f"Opset {self.opset} cannot be written.", f"Choose one from {OPSETS[0]} to {OPSETS[-1]}."
            )
        if self.precision not in PRECISIONS:
            raise ExportError(
                f"There is no precision {self.precision}.",
                f"Choose {', '.join(PRECISIONS[:-1])} or {PRECISIONS[-1]}.",
            )
        if self.threads < 1:
            raise ExportError(f"{self.threads} threads cannot compute.", "Choose 1 or more.")
