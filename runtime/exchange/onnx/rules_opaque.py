"""Parts of imported ONNX files, which are written as they were."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import compose, version_converter

from runtime.exchange import ExportError
from runtime.exchange.onnx.rules import Place, rule
from runtime.exchange.onnx.traced import first_line, merged

MOST_BYTES = 1 << 28  # of a part


@rule("opaque_onnx")
def part(here: Place) -> Sequence[str]:
    """The steps themselves, under the node's name, in the version of the file that is written."""
    try:
        model = _at_opset(_unpacked(here.settings.model), here.opset)
        model = compose.add_prefix(model, f"{here.path}.")  # values of graphs within may not be named as ours
        given = [one.name for one in model.graph.input]
        ports = here.settings.outputs()
        outputs = {one.name: port for one, port in zip(model.graph.output, ports, strict=True)}
        results = merged(here, model, dict(zip(given, here.given, strict=True)), outputs)
    except (DecodeError, ValueError, TypeError, KeyError, RuntimeError, zlib.error) as error:
        raise ExportError(
            f"{here.path} is a part of an imported ONNX file ({here.settings.operators}) that cannot be written in "
            f"opset {here.opset}: {first_line(error)}",
            "Choose the opset that the file had.",
            here.path.partition(".")[0],
        ) from error
    return [results[port] for port in ports]


def _unpacked(packed: str) -> onnx.ModelProto:
    data = zlib.decompressobj().decompress(base64.b64decode(packed), MOST_BYTES)
    return onnx.ModelProto.FromString(data)


def _at_opset(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    [own] = [one for one in model.opset_import if one.domain in ("", "ai.onnx")]
    return model if own.version == opset else version_converter.convert_version(model, opset)
