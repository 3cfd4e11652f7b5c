"""CanvasScene: one item for each node and link, kept in step with the document by its one signal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsScene

from designer.canvas.geometry import CLEARANCE, GRID, NODE_WIDTH, PORT_REACH, Route, route
from designer.canvas.grid import Grid
from designer.canvas.link_item import DraftItem, LinkItem, Pill, PillLayer
from designer.canvas.look import look
from designer.canvas.node_item import NodeItem
from designer.canvas.overview import Overview
from designer.document import Changes, Document
from designer.theme import themes
from nodes.graph.model import Link

EXTENT = 500_000.0
LEAST_DOT_DISTANCE = 14.0  # px on the screen


@dataclass(frozen=True)
class Hit:
    """What is under the mouse: a port, a node, a link, or nothing."""

    node: str = ""
    port: str = ""
    is_output: bool = False
    link: Link | None = None


class CanvasScene(QGraphicsScene):
    """The drawing. It changes items only where :class:`Changes` says so."""

    links_selected = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT, parent)
        self.document = document
        self.node_items: dict[str, NodeItem] = {}
        self.link_items: dict[Link, LinkItem] = {}
        self.overview = Overview(self.node_items, self.link_items)
        self._node_grid: Grid[str] = Grid()
        self._link_grid: Grid[Link] = Grid()
        self.selected_links: frozenset[Link] = frozenset()
        self._highlighted: frozenset[str] = frozenset()
        self._hovered: NodeItem | None = None
        look.restyle()
        self.draft = DraftItem()
        self.draft.setVisible(False)
        self.addItem(self.draft)
        self.addItem(PillLayer(self.sceneRect(), self._pills_in))
        document.changed.connect(self._take_over)
        document.selected.connect(self.highlight)
        themes.changed.connect(self._restyle)
        graph = document.graph
        self._take_over(Changes(added=frozenset(graph.nodes), links_added=frozenset(graph.links)))
        self.highlight(document.selection)

    # --- following the document

    def _take_over(self, changes: Changes) -> None:
        graph = self.document.graph
        self._hover_off()
        for link in changes.links_removed:
            item = self.link_items.pop(link)
            self._link_grid.take(link)
            self.overview.take(link)
            self.removeItem(item)
        for name in changes.removed:
            self._node_grid.take(name)
            self.overview.take(name)
            self.removeItem(self.node_items.pop(name))
        for name in changes.added:
            self.node_items[name] = NodeItem(name)
            self.addItem(self.node_items[name])
        for link in changes.links_added:
            self.link_items[link] = LinkItem(link)
            self.addItem(self.link_items[link])
        touched = changes.links_added | changes.links_removed
        ends = {link.source for link in touched} | {link.target for link in touched}
        redrawn = (changes.added | changes.changed | changes.facts | changes.problems | ends) & self.node_items.keys()
        severities = self._severities(redrawn)
        for name in redrawn:
            arriving = self.document.inference.given.get(name)
            detail = f"takes {arriving}" if arriving is not None else ""
            self.node_items[name].show_node(graph, severities.get(name, ""), detail)
            self._file_node(name)
        moved = (changes.added | changes.changed | ends) & self.node_items.keys()
        self._show_shapes(redrawn)
        self._reroute(moved, with_long=bool(moved or changes.removed))
        if self.selected_links - self.link_items.keys():
            self.select_links(self.selected_links & self.link_items.keys())

    def _file_node(self, name: str) -> None:
        box = self.node_items[name].scene_box()
        self._node_grid.put(name, box)
        self.overview.put(name, box.topLeft())

    def _severities(self, names: Iterable[str]) -> Mapping[str, str]:
        """The worst problem of each node: error, warning, or missing where it has none to show."""
        wanted = set(names)
        worst: dict[str, str] = {}
        for problem in self.document.problems:  # errors come first
            if problem.node in wanted and problem.severity != "remark":
                worst.setdefault(problem.node, problem.severity)
        return worst

    def _show_shapes(self, names: Iterable[str]) -> None:
        faulty = {p.link for p in self.document.problems if p.severity == "error" and p.link is not None}
        inference = self.document.inference
        for link in self._links_of(names):
            item = self.link_items[link]
            if item.show_shape(inference.shape_of(link), is_faulty=link in faulty):
                self._link_grid.put(link, item.boundingRect())

    def _links_of(self, names: Iterable[str]) -> set[Link]:
        graph = self.document.graph
        found: set[Link] = set()
        for name in names:
            found.update(graph.incoming(name).values(), graph.outgoing(name))
        return found & self.link_items.keys()

    def _pills_in(self, rect: QRectF) -> list[Pill]:
        return [self.link_items[link].pill for link in self._link_grid.near(rect)]

    # --- wires

    def _reroute(self, names: Iterable[str], *, with_long: bool) -> None:
        links = self._links_of(names)
        if with_long:  # these go around nodes that may have come, gone or moved
            links |= {link for link in self.link_items if self._is_long(link)}
        for link in links:
            item = self.link_items[link]
            item.follow(self._route(link))
            self._link_grid.put(link, item.boundingRect())
            self.overview.put(link, item.boundingRect().topLeft())

    def _is_long(self, link: Link) -> bool:
        source, target = self.node_items[link.source], self.node_items[link.target]
        return target.x() - source.x() > 2 * NODE_WIDTH

    def _route(self, link: Link) -> Route:
        source, target = self.node_items[link.source], self.node_items[link.target]
        start, end = source.output_spot(link.output), target.input_spot(link.input)
        around = self._way_around(link, start, end) if self._is_long(link) else None
        return route(start, end, source.scene_box(), target.scene_box(), around)

    def _way_around(self, link: Link, start: QPointF, end: QPointF) -> float | None:
        """The height at which a link passes the nodes that stand in its way; None where none does."""
        boxes = self._boxes_in(QRectF(start, end), link)
        if not boxes:
            return None
        for height in (start.y(), end.y()):  # level with one of its ends, where that way is free
            if not self._boxes_in(QRectF(QPointF(start.x(), height), QPointF(end.x(), height)), link):
                return height
        source, target = self.node_items[link.source], self.node_items[link.target]
        if abs(target.y() - source.y()) >= target.box.height():
            return None
        margin = CLEARANCE + 4 * min(len(boxes), 6)
        if end.y() > target.scene_box().center().y():
            return max(box.bottom() for box in boxes) + margin
        return min(box.top() for box in boxes) - margin

    def _boxes_in(self, band: QRectF, link: Link) -> list[QRectF]:
        """Nodes that a link of this extent would pass over, its own ends left out."""
        band = band.normalized().adjusted(0, -1, 0, 1)
        ends = (link.source, link.target)
        boxes = [self.node_items[name].scene_box() for name in self._node_grid.near(band) if name not in ends]
        return [box for box in boxes if box.intersects(band)]

    # --- what gestures show before anything is changed

    def preview_places(self, places: Mapping[str, QPointF]) -> None:
        """Shows nodes elsewhere while they are dragged."""
        for name, place in places.items():
            self.node_items[name].stand(place.x(), place.y())
            self._file_node(name)
        self._reroute(places, with_long=False)

    def highlight(self, names: Iterable[str]) -> None:
        """Outlines nodes as selected."""
        wanted = frozenset(names) & self.node_items.keys()
        for name in (wanted ^ self._highlighted) & self.node_items.keys():
            self.node_items[name].is_selected = name in wanted
            self.node_items[name].update()
        self._highlighted = wanted

    def select_links(self, links: Iterable[Link]) -> None:
        """Selects links; nodes are selected in the document."""
        wanted = frozenset(links)
        for link in (wanted ^ self.selected_links) & self.link_items.keys():
            self.link_items[link].show_selected(link in wanted)
        self.selected_links = wanted
        self.links_selected.emit()

    def hover(self, hit: Hit) -> None:
        """Lights the port under the mouse."""
        item = self.node_items.get(hit.node) if hit.port else None
        port = (hit.port, hit.is_output) if hit.port else None
        if item is self._hovered and (item is None or item.hovered == port):
            return
        self._hover_off()
        if item is not None:
            item.hovered, self._hovered = port, item
            item.update()

    def _hover_off(self) -> None:
        if self._hovered is not None:
            self._hovered.hovered = None
            self._hovered.update()
            self._hovered = None

    def show_verdict(self, name: str, verdict: str) -> None:
        """Lights a node good or refused; an empty verdict puts the light out."""
        item = self.node_items.get(name)
        if item is not None and item.verdict != verdict:
            item.verdict = verdict
            item.update()

    # --- finding

    def hit(self, place: QPointF, zoom: float = 1.0) -> Hit:
        """What is at a place, ports before nodes before links. Zoomed out, small things reach a little further."""
        reach = min(16.0, max(PORT_REACH, 5.0 / zoom))
        square = QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)
        nodes = [self.node_items[name] for name in self._node_grid.near(square)]
        for item in nodes:
            port = item.port_at(place, reach)
            if port:
                return Hit(item.name, *port)
        for item in nodes:
            if item.scene_box().contains(place):
                return Hit(item.name)
        return Hit(link=self.link_at(place, zoom))

    def link_at(self, place: QPointF, zoom: float = 1.0) -> Link | None:
        """The link at a place, also where it runs below a node."""
        reach = min(16.0, max(PORT_REACH, 5.0 / zoom))
        for link in self.links_near(QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)):
            wire = self.link_items[link]
            if wire.isVisible() and wire.is_near(place, reach / 2):
                return link
        return None

    def links_near(self, rect: QRectF) -> Iterator[Link]:
        """Links that may run through a box."""
        return iter(self._link_grid.near(rect))

    def badge_at(self, place: QPointF) -> str:
        """The node whose badge is at a place; empty where there is none."""
        near = self.items(place, Qt.ItemSelectionMode.IntersectsItemBoundingRect)
        return next((item.name for item in near if isinstance(item, NodeItem) and item.has_badge_at(place)), "")

    def nodes_in(self, rect: QRectF) -> tuple[str, ...]:
        """Names of the nodes that a box touches."""
        return tuple(n for n in self._node_grid.near(rect) if self.node_items[n].scene_box().intersects(rect))

    def content_rect(self, names: Iterable[str] | None = None) -> QRectF:
        """The box around some nodes, or all."""
        items = self.node_items.values() if names is None else [self.node_items[n] for n in names]
        whole = QRectF()
        for item in items:
            whole = whole.united(item.scene_box())
        return whole

    # --- painting

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:  # type: ignore[override]
        painter.fillRect(rect, look.canvas)
        zoom = painter.worldTransform().m11()
        step = GRID * 2 ** max(0, math.ceil(math.log2(LEAST_DOT_DISTANCE / (GRID * zoom))))
        left, right = math.floor(rect.left() / step) * step, rect.right() + step
        rows = range(math.floor(rect.top() / step), math.ceil(rect.bottom() / step) + 1)
        look.dots.setDashPattern([1, step * zoom / look.dots.widthF() - 1])  # each row of dots is one dashed line
        painter.setPen(look.dots)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawLines([QLineF(left, step * row, right, step * row) for row in rows])

    def draw_overview(self, painter: QPainter, exposed: QRectF, zoom: float) -> None:
        """Everything in a few batches, for zooms at which no names can be read."""
        self.overview.paint(painter, exposed, zoom)
        painter.setPen(look.thin_by_state["selected"])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for name in self._highlighted:
            painter.drawRect(self.node_items[name].scene_box().adjusted(-8, -8, 8, 8))
        for link in self.selected_links:
            painter.drawPath(self.link_items[link].path)
        if self.draft.isVisible():
            self.draft.paint(painter, None)

    def _restyle(self) -> None:
        look.restyle()
        for node in self.node_items.values():
            node.fit_texts()
        for link in self.link_items.values():
            link.fit()
        self.overview.restyle()
        self.invalidate()
