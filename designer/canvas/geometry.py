"""Where things stand on the canvas: node boxes and ports. Units: scene units, 1 px at 100 %."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF

from designer.preferences import SNAP as SNAPS
from designer.preferences import preferences
from nodes.boundary import Output
from nodes.graph.model import Graph
from nodes.spec.node_type import NodeType

NODE_WIDTH, NODE_HEIGHT, RADIUS = 168.0, 52.0, 8.0
COLUMN, ROW = 252.0, 144.0  # from one node to the next, so that a shape has room on the wire between
GRID, SNAP = 24.0, 12.0
PORT_SIZE, PORT_REACH, PORT_PITCH = 9.0, 10.0, 24.0


def node_height(ports: int) -> float:
    """Height of a node with so many ports on its fuller side."""
    return NODE_HEIGHT + PORT_PITCH * max(0, ports - 2)


@lru_cache(maxsize=256)
def port_offsets(ports: int, height: float) -> tuple[float, ...]:
    """How far below the top of its node each port is."""
    first = (height - PORT_PITCH * (ports - 1)) / 2
    return tuple(first + PORT_PITCH * number for number in range(ports))


def output_ports(settings: NodeType) -> tuple[str, ...]:
    """The outputs as drawn: nothing follows an Output or a loss."""
    return () if settings.is_loss or isinstance(settings, Output) else settings.outputs()


def node_rect(graph: Graph, name: str) -> QRectF:
    """The box of a node, in the scene."""
    node = graph.nodes[name]
    ports = max(len(graph.input_ports(name, spare=True)), len(output_ports(node.settings)))
    return QRectF(node.x, node.y, NODE_WIDTH, node_height(ports))


def bounding_rect(graph: Graph) -> QRectF:
    """The box around all nodes; empty where there are none."""
    whole = QRectF()
    for name in graph.nodes:
        whole = whole.united(node_rect(graph, name))
    return whole


def snapped(value: float, step: float = SNAP) -> float:
    """The nearest place on the grid; on a whole pixel where the user wants no grid."""
    return round(value / step) * step if preferences.value(SNAPS) else float(round(value))
