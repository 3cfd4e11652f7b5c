"""What can be asked about taking a network away, and the kinds of files there are."""

from __future__ import annotations

from typing import ClassVar, Literal

from runtime.questions.asked import Asked

Kind = Literal["onnx", "python", "script", "notebook", "program", "weights", "figure", "table"]
SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "onnx": (".onnx",),
    "python": (".py",),
    "script": (".py",),
    "notebook": (".ipynb",),
    "program": (".pt2",),
    "weights": (".safetensors",),
    "figure": (".tex",),
    "table": (".csv", ".md", ".tex"),
}
OPSETS = (13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
PRECISIONS = ("float32", "float16", "int8")


class Export(Asked, frozen=True):
    """Write a network in one of several forms; what a form does not know is passed over.

    Without a run the network is exported untrained.
    Result:  ``path`` and ``bytes`` of the file, ``lines``: what was written, in sentences; for ONNX beside these
             ``samples``, ``proof_max_abs_diff``, ``outputs`` (name -> largest difference), ``speed``, ``cost``,
             ``certificate_path``.
    """

    handler: ClassVar[str] = "runtime.answers.exchange:export"

    kind: Kind
    out: str
    run: str = ""  # a run folder, or a network file
    network: str = ""  # the JSON text of a network file; used where ``run`` is empty
    base: str = ""  # the folder that relative paths of ``network`` start from
    opset: int = 20
    folded: bool = False
    prepared: bool = False
    precision: Literal["float32", "float16", "int8"] = "float32"
    threads: int = 1
    with_weights: bool = True  # of source
