"""A model with the operators of an opset older than those that the rules write, where they are enough."""

from __future__ import annotations

import onnx
from onnx import defs, helper, version_converter

from runtime.exchange import ExportError
from runtime.exchange.onnx.light import changed
from runtime.exchange.onnx.older_operators import say_older
from runtime.exchange.onnx.traced import first_line

OLDEST_WRITTEN = 18  # what the rules write themselves
ASIDE = "netwright.aside"  # a domain whose operators the converter leaves alone
IR_VERSIONS = {13: 7, 14: 7, 15: 8, 16: 8, 17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11}
"""The oldest that knows each opset: most readers take it."""


def at_older_opset(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    """The same network in the operators of ``opset``, which is older than OLDEST_WRITTEN.

    Raises ExportError where one of its operators is not in it.
    """
    if len(model.opset_import) > 1:
        raise ExportError(
            f"Operators of {model.opset_import[1].domain} cannot be brought to opset {opset}.",
            f"Choose {OLDEST_WRITTEN} or more.",
        )
    found = changed(model, lambda light: _checked(light, opset))
    found.ir_version = IR_VERSIONS[opset]
    return found


def _checked(light: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    try:
        found = _converted(light, opset)
        onnx.checker.check_model(found, full_check=True)
    except Exception as error:  # the converter's own have no common class
        named = {node.op_type for node in light.graph.node if node.op_type in str(error).split()}
        why = f"it has no {min(named)} like the one here" if named else first_line(error)
        raise ExportError(
            f"Opset {opset} cannot say this network: {why}.", f"Choose {OLDEST_WRITTEN} or more."
        ) from error
    return found


def _converted(light: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    """What is written alike in the older opset stays: the converter knows no way back for much of it. Whether it also
    means the same is what the proof is for."""
    say_older(light.graph, opset)
    for node in light.graph.node:
        if _is_written_alike(node, opset):
            node.domain = ASIDE
    light.opset_import.append(helper.make_opsetid(ASIDE, 1))
    found: onnx.ModelProto = version_converter.convert_version(light, opset)
    for node in found.graph.node:
        if node.domain == ASIDE:
            node.domain = ""
    del found.opset_import[:]
    found.opset_import.append(helper.make_opsetid("", opset))
    return found


def _is_written_alike(node: onnx.NodeProto, opset: int) -> bool:
    if node.domain or not defs.has(node.op_type):
        return False
    try:
        schema = defs.get_schema(node.op_type, opset)
    except defs.SchemaError:
        return False
    known = {one.name for one in node.attribute} <= schema.attributes.keys()
    return known and len(node.input) <= int(schema.max_input)
