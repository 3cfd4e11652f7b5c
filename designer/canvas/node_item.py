"""One node as it is drawn: its box, family, name, settings, ports and badge."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.geometry import NODE_WIDTH, PORT_SIZE, RADIUS, node_height, output_ports, port_offsets
from designer.canvas.look import BLOCKS, DETAILS, NAMES, look
from nodes.graph.model import Graph
from nodes.spec.node_type import Port

TEXT_LEFT, TEXT_WIDTH = 22.0, NODE_WIDTH - 34.0
BADGE, SNOWFLAKE = 16.0, 12.0
BADGE_BOX = QRectF(NODE_WIDTH - BADGE - 6, -BADGE / 2, BADGE, BADGE)
LABEL_WIDTH = 72.0  # room for a port's name beside the node


class NodeItem(QGraphicsItem):
    """Draws what the scene tells it; knows nothing of the document."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.inputs: tuple[Port, ...] = ()
        self.outputs: tuple[str, ...] = ()
        self.severity = ""  # of its worst problem: error, warning or none
        self.is_selected = False
        self.is_frozen = False
        self.verdict = ""  # good or refused while a link is held over it
        self.hovered: tuple[str, bool] | None = None  # the port under the mouse, and whether it is an output
        self.wired: frozenset[str] = frozenset()
        self.heat: int | None = None  # step of the ramp, while nodes are coloured by a number
        self.box = QRectF(0, 0, NODE_WIDTH, node_height(0))
        self.family, self._title, self._detail, self._detail_text = "", "", "", ""
        self._heat_text = ""
        self._bounds, self._scene_box, self._place = QRectF(self.box), QRectF(self.box), QPointF()
        self._input_spots: tuple[QPointF, ...] = ()
        self._output_spots: tuple[QPointF, ...] = ()
        self.setZValue(1)

    def show_node(self, graph: Graph, severity: str, detail: str = "") -> None:
        """Takes over what the graph says of it; ``detail`` stands in the place of its settings."""
        node = graph.nodes[self.name]
        self.family, self.severity = node.settings.family, severity
        self.prepareGeometryChange()
        self.inputs = graph.input_ports(self.name, spare=True)
        self.outputs = output_ports(node.settings)
        self.wired = frozenset(graph.incoming(self.name))
        self._place_ports()
        self.stand(node.x, node.y)
        self._detail_text = detail or node.settings.summary()
        self.is_frozen = node.training.frozen
        self.fit_texts()

    def fit_texts(self) -> None:
        """Shortens the texts to the room there is; again when fonts change."""
        right, width = Qt.TextElideMode.ElideRight, TEXT_WIDTH - (SNOWFLAKE if self.is_frozen else 0)
        self._title = look.name_metrics.elidedText(self.name, right, width)
        self._detail = look.detail_metrics.elidedText(self._heat_text or self._detail_text, right, width)
        self.update()

    def show_heat(self, step: int | None, text: str) -> None:
        """Takes the ground of a step of the ramp, and a number for its second line; an empty text ends it."""
        self.heat, self._heat_text = step, text
        self.fit_texts()

    def stand(self, x: float, y: float) -> None:
        """Puts it somewhere else."""
        self.setPos(x, y)
        self._place = QPointF(x, y)
        self._scene_box = self.box.translated(x, y)

    def _place_ports(self) -> None:
        height = node_height(max(len(self.inputs), len(self.outputs)))
        if height != self.box.height():
            self.box = QRectF(0, 0, NODE_WIDTH, height)
        self._input_spots = tuple(QPointF(0, y) for y in port_offsets(len(self.inputs), height))
        self._output_spots = tuple(QPointF(NODE_WIDTH, y) for y in port_offsets(len(self.outputs), height))
        left = LABEL_WIDTH if len(self.inputs) > 1 else PORT_SIZE
        right = LABEL_WIDTH if len(self.outputs) > 1 else PORT_SIZE
        self._bounds = self.box.adjusted(-left, -BADGE / 2 - 2, right, 3)

    def input_spot(self, name: str) -> QPointF:
        """Where an input port is, in the scene."""
        for port, spot in zip(self.inputs, self._input_spots, strict=True):
            if port.name == name:
                return self._place + spot
        return self._place + QPointF(0, self.box.height() / 2)

    def output_spot(self, name: str) -> QPointF:
        """Where an output port is, in the scene."""
        for port, spot in zip(self.outputs, self._output_spots, strict=True):
            if port == name:
                return self._place + spot
        return self._place + QPointF(NODE_WIDTH, self.box.height() / 2)

    def port_at(self, place: QPointF, reach: float) -> tuple[str, bool] | None:
        """The port within ``reach`` of a place in the scene, and whether it is an output."""
        here = place - self._place
        spots = [((p.name, False), s) for p, s in zip(self.inputs, self._input_spots, strict=True)]
        spots += [((p, True), s) for p, s in zip(self.outputs, self._output_spots, strict=True)]
        near = [(_distance(here - spot), port) for port, spot in spots if _distance(here - spot) <= reach]
        return min(near)[1] if near else None

    def has_badge_at(self, place: QPointF) -> bool:
        """Whether a place in the scene is on the badge that says it has a problem."""
        return bool(self.severity) and BADGE_BOX.adjusted(-3, -2, 3, 3).contains(place - self._place)

    def scene_box(self) -> QRectF:
        return self._scene_box

    def brush(self) -> QBrush:
        """The colour it has as a block."""
        if self._heat_text:
            return look.node if self.heat is None else look.heat[self.heat].brush
        return look.families.get(self.family, look.family)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = painter.worldTransform().m11()
        if zoom < BLOCKS:
            self._paint_block(painter)
            return
        painter.setPen(look.outline_by_state[self._state()])
        painter.setBrush(look.node if self.heat is None else look.heat[self.heat].brush)
        painter.drawRoundedRect(self.box, RADIUS, RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.families.get(self.family, look.family))
        painter.drawRoundedRect(QRectF(8, 9, 4, self.box.height() - 18), 2, 2)
        if zoom >= NAMES:
            self._paint_texts(painter, with_detail=zoom >= DETAILS)
            if self.is_frozen:
                self._paint_snowflake(painter)
        self._paint_ports(painter)
        if zoom >= DETAILS and (self.is_selected or self.verdict or self.hovered):
            self._paint_port_names(painter)
        if self.severity:
            self._paint_badge(painter)

    def _state(self) -> str:
        if self.verdict:
            return self.verdict
        if self.is_selected:
            return "selected"
        return "error" if self.severity == "error" else ""

    def _paint_block(self, painter: QPainter) -> None:
        painter.fillRect(self.box, self.brush())
        state = self._state()
        if state:
            painter.setPen(look.thin_by_state[state])
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.box.adjusted(-8, -8, 8, 8))

    def _paint_texts(self, painter: QPainter, *, with_detail: bool) -> None:
        if not self._title:
            right = Qt.TextElideMode.ElideRight
            self._title = look.name_metrics.elidedText(self.name, right, TEXT_WIDTH)
            self._detail = look.detail_metrics.elidedText(self._heat_text or self._detail_text, right, TEXT_WIDTH)
        middle = self.box.height() / 2
        heated = None if self.heat is None else look.heat[self.heat].text
        painter.setPen(heated or look.text)
        painter.setFont(look.name_font)
        painter.drawText(QPointF(TEXT_LEFT, middle - 4 if with_detail else middle + 5), self._title)
        if with_detail:
            painter.setPen(heated or look.secondary)
            painter.setFont(look.detail_font)
            painter.drawText(QPointF(TEXT_LEFT, middle + 13), self._detail)

    def _paint_ports(self, painter: QPainter) -> None:
        radius = PORT_SIZE / 2
        for port, spot in zip(self.inputs, self._input_spots, strict=True):
            is_spare = port.optional and port.name not in self.wired
            self._set_port_pens(painter, (port.name, False), is_spare=is_spare)
            painter.drawEllipse(spot, radius, radius)
        for name, spot in zip(self.outputs, self._output_spots, strict=True):
            self._set_port_pens(painter, (name, True), is_spare=False)
            painter.drawEllipse(spot, radius, radius)

    def _paint_port_names(self, painter: QPainter) -> None:
        """Beside the ports, where there are several on a side."""
        painter.setFont(look.detail_font)
        names = [(port.name, spot, -1) for port, spot in zip(self.inputs, self._input_spots, strict=True)]
        names = names if len(names) > 1 else []
        if len(self.outputs) > 1:
            names += [(name, spot, 1) for name, spot in zip(self.outputs, self._output_spots, strict=True)]
        for name, spot, side in names:
            width = min(look.detail_metrics.horizontalAdvance(name) + 4, LABEL_WIDTH - PORT_SIZE)
            left = spot.x() + PORT_SIZE if side > 0 else spot.x() - PORT_SIZE - width
            place = QRectF(left, spot.y() - 17, width, 14)
            painter.fillRect(place, look.canvas)
            painter.setPen(look.secondary)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name)

    def _set_port_pens(self, painter: QPainter, port: tuple[str, bool], *, is_spare: bool) -> None:
        is_hovered = self.hovered == port
        painter.setBrush(look.port_hovered_fill if is_hovered else look.port_fill)
        painter.setPen(look.port_hovered if is_hovered else look.port_spare if is_spare else look.port)

    def _paint_snowflake(self, painter: QPainter) -> None:
        """Says that its weights are frozen; the tool tip says it in words."""
        centre = QPointF(NODE_WIDTH - 16, self.box.height() / 2)
        painter.setPen(look.frozen)
        for turn in range(3):
            arm = QLineF.fromPolar(SNOWFLAKE / 2, 30 + 60 * turn)
            painter.drawLine(centre - arm.p2(), centre + arm.p2())

    def _paint_badge(self, painter: QPainter) -> None:
        """A disc for an error, a triangle for a warning: told apart by form as well."""
        rect = QRectF(BADGE_BOX)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.severity == "error":
            painter.setBrush(look.fault)
            painter.drawEllipse(rect)
        else:
            painter.setBrush(look.warning)
            top, bottom = QPointF(rect.center().x(), rect.top()), rect.bottom()
            painter.drawPolygon(QPolygonF([top, QPointF(rect.right() + 1, bottom), QPointF(rect.left() - 1, bottom)]))
            rect.translate(0, 2)
        painter.setPen(look.on_badge)
        painter.setFont(look.badge_font)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, "!")


def _distance(offset: QPointF) -> float:
    return max(abs(offset.x()), abs(offset.y()))
