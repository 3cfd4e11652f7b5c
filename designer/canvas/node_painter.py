"""How a node is drawn at each zoom: in full, with its name alone, as a block of colour."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from designer.canvas.geometry import PORT_SIZE, RADIUS
from designer.canvas.look import DETAILS, NAMES, look
from designer.canvas.node_item import BADGE_BOX, MARK, TEXT_LEFT, NodeItem

BLOCK, EDGE = "block", 4.0  # the family of blocks, and how far their second edge stands out
MUTED = 0.45  # how much of a muted node is left


def paint_node(painter: QPainter, item: NodeItem, zoom: float) -> None:
    """Draws all of a node; the painter stands at its corner."""
    paint_body(painter, item, zoom)
    paint_texts(painter, item, zoom)


def body_key(item: NodeItem) -> tuple[object, ...]:
    """What the body of a node depends on: nodes of the same key look the same but for their texts."""
    return (
        item.family,
        item.heat,
        item.state(),
        item.severity,
        item.is_frozen,
        item.warmth,
        item.thumbnail is not None,
        item.is_muted,
        item.height,
        item.spare,
        len(item.outputs),
        item.hovered and (item.name, item.hovered),
    )


def paint_body(painter: QPainter, item: NodeItem, zoom: float) -> None:
    """Box, family, ports, marks and badge: all but the texts."""
    painter.setOpacity(MUTED if item.is_muted else 1.0)
    box = item.box
    if item.family == BLOCK:  # there is more below
        painter.setPen(look.outline)
        painter.setBrush(look.edge)
        painter.drawRoundedRect(box.adjusted(6, 8, -6, EDGE), RADIUS, RADIUS)
    painter.setBrush(look.node if item.heat is None else look.heat[item.heat].brush)
    painter.setPen(look.muted_outline if item.is_muted and not item.state() else look.outline_by_state[item.state()])
    painter.drawRoundedRect(box, RADIUS, RADIUS)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.families.get(item.family, look.family))
    painter.drawRoundedRect(QRectF(8, 9, 4, box.height() - 18), 2, 2)
    painter.setOpacity(1.0)
    if zoom >= NAMES and item.is_frozen:
        _paint_snowflake(painter, item)
    if zoom >= NAMES and item.warmth:
        _paint_warmth(painter, item)
    _paint_ports(painter, item)
    if item.is_muted:
        _paint_bypass(painter, item)
    if item.severity:
        _paint_badge(painter, item)


def paint_texts(painter: QPainter, item: NodeItem, zoom: float) -> None:
    """The name, and beside it what it does where that can be read."""
    if zoom < NAMES:
        return
    middle = item.height / 2
    heated = None if item.heat is None else look.heat[item.heat].text
    quiet = look.secondary if item.is_muted else look.text
    painter.setPen(heated or quiet)
    painter.setFont(look.name_font)
    if zoom < DETAILS:
        painter.drawText(QPointF(TEXT_LEFT, middle + 5), item.title)
        return
    painter.drawText(QPointF(TEXT_LEFT, middle - 4), item.title)
    painter.setPen(heated or look.secondary)
    painter.setFont(look.detail_font)
    painter.drawText(QPointF(TEXT_LEFT, middle + 13), item.detail)
    if item.has_trail:
        _paint_trail(painter, item, heated or look.secondary)
    if item.thumbnail is not None:
        _paint_thumbnail(painter, item.thumbnail_box, item.thumbnail)


def _paint_trail(painter: QPainter, item: NodeItem, color: QColor) -> None:
    """The course of a number, from its lowest to its highest, with a dot at its end."""
    box, values = item.trail_box, item.trail
    low, span = min(values), (max(values) - min(values)) or 1.0
    across = box.width() / (len(values) - 1)
    points = [
        QPointF(box.left() + n * across, box.bottom() - (v - low) / span * box.height()) for n, v in enumerate(values)
    ]
    painter.setPen(QPen(color, 1.25))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(points)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(points[-1], 2, 2)


def _paint_ports(painter: QPainter, item: NodeItem) -> None:
    radius = PORT_SIZE / 2
    for port, spot, is_spare in zip(item.inputs, item.input_spots(), item.spare, strict=True):
        _set_port_pens(painter, is_hovered=item.hovered == (port.name, False), is_spare=is_spare)
        painter.drawEllipse(spot, radius, radius)
    for name, spot in zip(item.outputs, item.output_spots(), strict=True):
        _set_port_pens(painter, is_hovered=item.hovered == (name, True), is_spare=False)
        painter.drawEllipse(spot, radius, radius)


def _set_port_pens(painter: QPainter, *, is_hovered: bool, is_spare: bool) -> None:
    painter.setBrush(look.port_hovered_fill if is_hovered else look.port_fill)
    painter.setPen(look.port_hovered if is_hovered else look.port_spare if is_spare else look.port)


def _paint_snowflake(painter: QPainter, item: NodeItem) -> None:
    """Says that its weights are frozen; the tool tip says it in words."""
    painter.setPen(look.frozen)
    painter.drawLines(snowflake(item.mark_place(is_first=False), MARK / 2))


def snowflake(centre: QPointF, radius: float) -> list[QLineF]:
    """Three strokes through a place."""
    arms = [QLineF.fromPolar(radius, 30 + 60 * turn).p2() for turn in range(3)]
    return [QLineF(centre - arm, centre + arm) for arm in arms]


def _paint_warmth(painter: QPainter, item: NodeItem) -> None:
    """A full diamond where the weights of a run fit, a hollow one where the node was changed since."""
    x, y = item.mark_place(is_first=True).toTuple()
    painter.setPen(look.trained)
    painter.setBrush(look.trained_fill if item.warmth == "warm" else Qt.BrushStyle.NoBrush)
    half = MARK / 2 - 1
    painter.drawPolygon(
        QPolygonF([QPointF(x, y - half), QPointF(x + half, y), QPointF(x, y + half), QPointF(x - half, y)])
    )


def _paint_thumbnail(painter: QPainter, place: QRectF, picture: QImage) -> None:
    """As large as there is room, in its own proportions."""
    size = picture.size().scaled(place.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    box = QRectF(QPointF(), size.toSizeF())
    box.moveCenter(place.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, picture)


def _paint_bypass(painter: QPainter, item: NodeItem) -> None:
    """Says that it is muted: a wire passes over it from its first input to its first output."""
    if item.inputs and item.outputs:
        painter.setPen(look.bypass)
        painter.drawLine(item.input_spots()[0], item.output_spots()[0])


def _paint_badge(painter: QPainter, item: NodeItem) -> None:
    """A disc for an error, a triangle for a warning: told apart by form as well."""
    rect = QRectF(BADGE_BOX)
    painter.setPen(Qt.PenStyle.NoPen)
    if item.severity == "error":
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
