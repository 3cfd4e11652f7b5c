"""Where things stand on the canvas: node boxes, ports and the way a wire takes. Units: scene units, 1 px at 100 %."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from nodes.boundary import Output
from nodes.graph.model import Graph
from nodes.spec.node_type import NodeType

NODE_WIDTH, NODE_HEIGHT, RADIUS = 168.0, 52.0, 8.0
COLUMN, ROW = 252.0, 144.0  # from one node to the next, so that a shape has room on the wire between
GRID, SNAP = 24.0, 12.0
PORT_SIZE, PORT_REACH, PORT_PITCH = 9.0, 10.0, 24.0
BEND = 48.0  # how far a wire that turns back bulges
CLEARANCE = 22.0  # between a wire that goes around and the nodes it avoids


def node_height(ports: int) -> float:
    """Height of a node with so many ports on its fuller side."""
    return NODE_HEIGHT + PORT_PITCH * max(0, ports - 2)


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
    return round(value / step) * step


class Route(NamedTuple):
    """The way of a wire, where its label stands, and how wide a label may be there."""

    path: QPainterPath
    label: QPointF
    room: float


def route(start: QPointF, end: QPointF, source: QRectF, target: QRectF, around: float | None = None) -> Route:
    """From an output to an input. ``around`` is the height at which it passes the nodes that stand between."""
    if end.x() - start.x() < GRID:
        return _back(start, end, _lane(source, target))
    if around is not None and end.x() - start.x() > 2 * BEND:
        return _around(start, end, around)
    return forward(start, end)


def forward(start: QPointF, end: QPointF) -> Route:
    """One curve, level at both ends."""
    gap = end.x() - start.x()
    pull = max(GRID, min(gap / 2, 96.0)) if end.y() != start.y() else gap / 2
    path = QPainterPath(start)
    path.cubicTo(start.x() + pull, start.y(), end.x() - pull, end.y(), end.x(), end.y())
    steep = abs(end.y() - start.y()) > NODE_HEIGHT
    return Route(path, (start + end) / 2, float("inf") if steep else gap - PORT_SIZE)


def _back(start: QPointF, end: QPointF, lane: float) -> Route:
    """Out to the right, back left between the rows, and in from the left."""
    path = QPainterPath(start)
    _turn(path, start, lane, 1.0)
    back = QPainterPath(end)
    _turn(back, end, lane, -1.0)
    path.connectPath(back.toReversed())
    return Route(path, QPointF((start.x() + end.x()) / 2, lane), float("inf"))


def _turn(path: QPainterPath, port: QPointF, lane: float, side: float) -> None:
    """From a port around to the lane: a bulge where it is near, else down the gap between two columns."""
    x, y = port.x(), port.y()
    if abs(lane - y) <= 2 * BEND:
        path.cubicTo(x + side * BEND, y, x + side * BEND, lane, x - side * 18, lane)
        return
    corner = BEND * 0.75
    edge, down = x + side * corner, corner if lane > y else -corner
    path.cubicTo(x + side * corner / 2, y, edge, y + down / 2, edge, y + down)
    path.lineTo(edge, lane - down)
    path.cubicTo(edge, lane - down / 2, x + side * corner / 2, lane, x, lane)


def _around(start: QPointF, end: QPointF, height: float) -> Route:
    path = QPainterPath(start)
    path.cubicTo(start.x() + 24, start.y(), start.x() + 8, height, start.x() + BEND, height)
    path.lineTo(end.x() - BEND, height)
    path.cubicTo(end.x() - 8, height, end.x() - 24, end.y(), end.x(), end.y())
    return Route(path, QPointF((start.x() + end.x()) / 2, height), float("inf"))


def _lane(source: QRectF, target: QRectF) -> float:
    """The height at which a wire runs back: beside the target's row where there is room, else below both."""
    gap = max(target.top() - source.bottom(), source.top() - target.bottom())
    if gap < GRID:
        return max(source.bottom(), target.bottom()) + CLEARANCE
    beside = min(gap, ROW - NODE_HEIGHT) / 2
    return target.top() - beside if source.top() < target.top() else target.bottom() + beside
