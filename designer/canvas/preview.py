"""Preview: what an edit that is only tried would change, shown pale over the drawing: shapes, costs and problems."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from designer.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, RADIUS
from designer.canvas.grid import Box
from designer.canvas.layers import Layer
from designer.canvas.link_item import LEAST_PADDING, PILL_HEIGHT, PILL_PADDING, LinkItem
from designer.canvas.look import DETAILS, look, with_alpha
from designer.canvas.node_item import BADGE_BOX, TEXT_LEFT, TEXT_WIDTH, NodeItem
from designer.canvas.scene import MOST_REPAINTED, CanvasScene
from designer.foresight import Foresight, shape_words
from nodes.graph.check import Problem
from nodes.graph.model import Link

LEVEL = 1.5  # above the nodes
TINT = 26  # of 255: how much of the accent is in the ground of what is not so yet
LINE = 14.0  # height of a line of small text


class Preview:
    """Listens to the document's foresight and paints only what it changes, and only where that is seen."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._foresight: Foresight | None = None
        self._reach = QRectF()  # what was painted last
        scene.addItem(Layer(scene.sceneRect(), LEVEL, self._paint))
        scene.document.foreseen.connect(self.show)

    def show(self, foresight: Foresight | None) -> None:
        """Shows what would change; None shows the drawing as it is."""
        self._foresight = foresight
        is_afar = any(view.transform().m11() < DETAILS for view in self._scene.views())
        if foresight is not None and (is_afar or len(foresight.changed) > MOST_REPAINTED):
            self._reach = self._scene.sceneRect()
            self._scene.update()
            return
        before, self._reach = self._reach, self._extent(foresight) if foresight else QRectF()
        united = before.united(self._reach)
        if not united.isEmpty():
            self._scene.update(united)

    def pills(self) -> dict[Link, tuple[str, str]]:
        """The shape on each wire that would carry another: as it is, and as it would be."""
        shapes = self._foresight.shapes if self._foresight else {}
        return {link: (shape_words(now), shape_words(then)) for link, (now, then) in shapes.items()}

    def marks(self) -> dict[str, Problem]:
        """The nodes that would have a problem they do not have now."""
        return self._foresight.new_problems if self._foresight else {}

    def costs(self) -> dict[str, str]:
        """What each node would cost more or less."""
        if self._foresight is None:
            return {}
        told = {name: self._foresight.costs_of(name) for name in self._foresight.changed}
        return {name: words for name, words in told.items() if words}

    def _extent(self, foresight: Foresight) -> QRectF:
        touched: list[NodeItem | LinkItem] = [item for _, item in self._nodes(foresight)]
        touched += [self._scene.link_items[link] for link in foresight.shapes if link in self._scene.link_items]
        whole = QRectF()
        for item in touched:
            whole = whole.united(item.boundingRect())
        return whole.adjusted(-NODE_WIDTH / 2, -NODE_HEIGHT, NODE_WIDTH / 2, NODE_HEIGHT) if touched else whole

    def _nodes(self, foresight: Foresight) -> Iterator[tuple[str, NodeItem]]:
        items = self._scene.node_items
        names = dict.fromkeys((*foresight.edited, *foresight.changed, *foresight.new_problems))
        return ((name, items[name]) for name in names if name in items)

    # --- painting

    def _paint(self, painter: QPainter, exposed: Box) -> None:
        foresight = self._foresight
        if foresight is None:
            return
        zoom = painter.worldTransform().m11()
        left, top, right, bottom = exposed
        seen = QRectF(left, top, right - left, bottom - top).adjusted(-NODE_WIDTH, -NODE_HEIGHT, NODE_WIDTH, 0)
        if zoom >= DETAILS:
            self._paint_pills(painter, seen)
        else:
            self.paint_afar(painter, zoom)
        edited = set(foresight.edited)
        for name, item in self._nodes(foresight):
            if not seen.intersects(item.boundingRect()):
                continue
            if zoom >= DETAILS:
                if name in edited and item.heat is None:  # else its second line holds a number
                    _paint_detail(painter, item, foresight.after.graph.nodes[name].settings.summary())
                _paint_costs(painter, item, foresight.costs_of(name))
            if name in foresight.new_problems:
                _paint_problem(painter, item, foresight.new_problems[name].severity)

    def paint_afar(self, painter: QPainter, zoom: float) -> None:
        """The new shapes and costs in letters of the usual size, where there is room."""
        foresight = self._foresight
        if foresight is None:
            return
        painter.save()
        painter.setFont(look.shape_font)
        taken: list[QRectF] = []
        for middle, words, is_shape in self._labels(foresight, zoom):
            width = look.shape_width(words) + 2 * LEAST_PADDING
            box = QRectF(middle.x() * zoom - width / 2, middle.y() * zoom - LINE / 2, width, LINE)
            if any(box.intersects(other) for other in taken):
                continue
            taken.append(box)
            painter.setTransform(QTransform.fromScale(1 / zoom, 1 / zoom), True)
            if is_shape:
                _paint_ground(painter, box, LINE / 2)
            else:
                painter.fillRect(box, look.canvas)
            painter.setPen(look.accent if is_shape else look.secondary)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
            painter.setTransform(QTransform.fromScale(zoom, zoom), True)
        painter.restore()

    def _labels(self, foresight: Foresight, zoom: float) -> Iterator[tuple[QPointF, str, bool]]:
        """What is said from afar and where: shapes on the wires, costs below the nodes."""
        for link, (_, then) in self.pills().items():
            item = self._scene.link_items.get(link)
            if item is not None and item.is_shown:
                words, (x, y) = f"→ {then}", item.way.label
                is_narrow = item.way.room * zoom < look.shape_width(words) + 2 * LEAST_PADDING
                above = NODE_HEIGHT / 2 + (LINE / 2 + 2) / zoom if is_narrow else 0.0  # clear of the names beside
                yield QPointF(x, y - above), words, True
        for name, node in self._nodes(foresight):
            for number, words in enumerate(filter(None, foresight.costs_of(name).split(" · "))):
                below = node.top + node.height + (LINE * (number + 0.5) + 2) / zoom
                yield QPointF(node.left + NODE_WIDTH / 2, below), words, False

    def _paint_pills(self, painter: QPainter, seen: QRectF) -> None:
        for link, (now, then) in self.pills().items():
            item = self._scene.link_items.get(link)
            if item is not None and item.is_shown and seen.intersects(item.boundingRect()):
                _paint_pill(painter, item, now, then)


def _paint_pill(painter: QPainter, item: LinkItem, now: str, then: str) -> None:
    """``64×28×28 → 64×14×14`` on the wire; in two lines where the nodes leave too little room between them."""
    middle = _pill_middle(item)
    whole, below = f"{now} → {then}", f"→ {then}"
    width = look.shape_width(whole)
    is_one_line = width + 2 * LEAST_PADDING <= item.way.room
    if not is_one_line:
        width = max(look.shape_width(below), look.shape_width(now))
    least = item.pill[2] - item.pill[0] if item.pill else 0.0
    width = max(width + 2 * (PILL_PADDING if is_one_line else LEAST_PADDING + 2), least)
    height = PILL_HEIGHT if is_one_line else PILL_HEIGHT + LINE
    box = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
    _paint_ground(painter, box, PILL_HEIGHT / 2)
    painter.setFont(look.shape_font)
    centre = Qt.AlignmentFlag.AlignCenter
    if is_one_line:
        painter.setPen(look.accent)
        painter.drawText(box, centre, whole)
        return
    half = height / 2
    painter.setPen(look.secondary)
    painter.drawText(QRectF(box.left(), box.top() + 2, width, half - 1), centre, now)
    painter.setPen(look.accent)
    painter.drawText(QRectF(box.left(), middle.y() - 1, width, half - 1), centre, below)


def _pill_middle(item: LinkItem) -> QPointF:
    if item.pill is None:
        return QPointF(*item.way.label)
    left, top, right, bottom = item.pill
    return QPointF((left + right) / 2, (top + bottom) / 2)


def _paint_ground(painter: QPainter, box: QRectF, radius: float) -> None:
    """Opaque, so that what is so now does not show through; tinted and dashed, since it is not so yet."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.node)
    painter.drawRoundedRect(box, radius, radius)
    painter.setBrush(with_alpha(look.theme.accent, TINT))
    pen = QPen(look.accent, 1, Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawRoundedRect(box, radius, radius)


def _paint_detail(painter: QPainter, item: NodeItem, summary: str) -> None:
    """The settings that are tried, in the place of those of now."""
    middle = item.top + item.height / 2
    place = QRectF(item.left + TEXT_LEFT - 2, middle + 2, TEXT_WIDTH + 4, LINE + 2)
    painter.fillRect(place, look.node)
    painter.setFont(look.detail_font)
    painter.setPen(look.accent)
    text = look.detail_metrics.elidedText(summary, Qt.TextElideMode.ElideRight, TEXT_WIDTH)
    painter.drawText(QPointF(item.left + TEXT_LEFT, middle + 13), text)


def _paint_costs(painter: QPainter, item: NodeItem, words: str) -> None:
    """Below the node: what it would cost more or less, one number a line."""
    painter.setFont(look.shape_font)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for number, line in enumerate(words.split(" · ") if words else ()):
        width = look.shape_width(line) + 8
        place = QRectF(
            item.left + NODE_WIDTH / 2 - width / 2, item.top + item.height + 4 + LINE * number, width, LINE
        )
        painter.fillRect(place, look.canvas)
        painter.setPen(look.secondary)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, line)


def _paint_problem(painter: QPainter, item: NodeItem, severity: str) -> None:
    """A dashed outline and a hollow badge: an error or warning that is not there yet."""
    colour = look.fault if severity == "error" else look.warning
    painter.setPen(QPen(colour, 1.5, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(item.left, item.top, NODE_WIDTH, item.height), RADIUS, RADIUS)
    badge = BADGE_BOX.translated(item.left, item.top)
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(look.node)
    painter.drawEllipse(badge)
    painter.setFont(look.badge_font)
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, "!")
