"""Block: a node whose body is a graph, repeated if wanted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from nodes.boundary import Input, Output
from nodes.graph.infer import Facts, Inference, Sight, infer
from nodes.graph.model import Graph, Node, name_fault
from nodes.spec.node_type import EVERYTHING, NodeType, Port, Window, node_type
from nodes.spec.settings import Kind, SettingError, Value, integer, setting, text
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size


class Body(Kind):
    """The graph inside a block; it is drawn, not typed."""

    def _checked(self, name: str, value: Value) -> Graph:
        if not isinstance(value, Graph):
            raise SettingError(f"{name} takes a graph.")
        return value
