"""The process that answers the window's short questions about networks: ``python -m runtime.engine``.

A request a line on standard input, an answer a line on standard output, log text on standard error. Whatever a
request holds, it gets one answer, and the next one is read.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from nodes.graph.files import NetworkFileError, Opened, read
from runtime import protocol
from runtime.faults import MENDABLE, fault_of
from runtime.protocol import Answer, Refused, Reply, Request

Handler = Callable[[Any], dict[str, Any]]


def main() -> None:
    """Answers until standard input ends."""
    answers = _taken_stdout()
    import torch

    from runtime import compile as _compile  # noqa: F401  the first question shall not wait for it

    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # a training may be running beside it
    answers.write(protocol.encode(protocol.Ready()))
    try:
        for line in sys.stdin.buffer:
            if line.strip():
                answers.write(protocol.encode(reply_to(line)))
    except (KeyboardInterrupt, BrokenPipeError):
        pass  # the window has gone


def reply_to(line: bytes) -> Reply:
    """The one answer to a line."""
    try:
        request = protocol.decode_request(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refused(protocol.id_of(line), f"The engine does not understand this request: {error}.")
    try:
        return Answer(request.id, HANDLERS[type(request)](request))
    except MENDABLE as error:
        fault = fault_of(error)
        return Refused(request.id, fault.fact, fault.remedy, fault.node)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        return _refused_unexpectedly(request, error)


def check_compiles(request: protocol.CompileCheck) -> dict[str, Any]:
    """Compiles the network, and sends two samples of zeros through it."""
    import torch

    from runtime.compile import build
    from runtime.exchange.example import fitting_sizes, random_inputs
    from runtime.exchange.onnx_file import output_shapes

    began = time.perf_counter()
    graph = _opened(request.network).network.graph
    module = build(graph).eval()
    sizes = next(fitting_sizes(graph), {})
    zeros = [value.zero_() for value in random_inputs(graph, 2, sizes).values()]
    with torch.inference_mode():
        result = module(*zeros)
    results = (result,) if isinstance(result, torch.Tensor) else result
    return {
        "outputs": {name: list(value.shape[1:]) for name, value in zip(output_shapes(graph), results, strict=True)},
        "weights": sum(weight.numel() for weight in module.parameters()),
        "seconds": time.perf_counter() - began,
    }


def describe_data(request: protocol.DescribeData) -> dict[str, Any]:
    """Fields, counts and moments of what a data choice gives."""
    from runtime.data.choice import DataChoice
    from runtime.data.open import open_data
    from runtime.data.record import description

    return description(open_data(DataChoice.read(request.data), Path(request.base)))


def export_onnx(request: protocol.ExportOnnx) -> dict[str, Any]:
    from runtime.exchange.subject import open_subject, untrained, write_onnx

    if request.run:
        subject = open_subject(Path(request.run))
    else:
        subject = untrained(_opened(request.network), Path(request.base))
    report = write_onnx(subject, Path(request.out))
    return report | {"path": report["onnx_path"], "bytes": report["onnx_bytes"]}


def export_python(request: protocol.ExportPython) -> dict[str, Any]:
    from runtime.exchange.subject import open_subject, untrained, write_python

    subject = open_subject(Path(request.run)) if request.run else untrained(_opened(request.network), Path())
    report = write_python(subject, Path(request.out))
    return report | {"path": report["python_path"]}


def predict(request: protocol.Predict) -> dict[str, Any]:
    from runtime.predict import Predictor

    return Predictor(Path(request.run)).predict(Path(request.input))


def find_shape(request: protocol.FindShape) -> dict[str, Any]:
    from nodes.spec.shapes import Shape
    from runtime.user_code import tried

    trials = [[Shape(*one.size, axes=one.axes, values=one.values) for one in trial] for trial in request.trials]
    return {"answers": tried(request.code, trials)}


HANDLERS: Mapping[type[Request], Handler] = {
    protocol.CompileCheck: check_compiles,
    protocol.DescribeData: describe_data,
    protocol.ExportOnnx: export_onnx,
    protocol.ExportPython: export_python,
    protocol.FindShape: find_shape,
    protocol.Predict: predict,
}


def _opened(text: str) -> Opened:
    opened = read(text.encode())
    if opened.faults:
        raise NetworkFileError(opened.faults[0])
    return opened


def _refused_unexpectedly(request: Request, error: Exception) -> Refused:
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__
    if isinstance(error, MemoryError) or "not enough memory" in str(error) or "alloc" in str(error):
        return Refused(request.id, "There is not enough memory for this.", "Make the network or its input smaller.")
    if isinstance(request, protocol.CompileCheck):
        return Refused(request.id, f"The network was drawn soundly, but PyTorch refused it: {reason}.")
    return Refused(request.id, f"The engine failed at this ({reason}).", "Its log has the details; try again.")


def _taken_stdout() -> BinaryIO:
    """Standard output for answers alone: what libraries print goes to standard error from now on."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers


if __name__ == "__main__":
    main()
