"""CanvasScene: one item for each node and link, kept in step with the document by its one signal."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakMethod

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsScene

from designer.canvas.drawn import Drawn, Shelf
from designer.canvas.focus import Focus, bundle
from designer.canvas.geometry import GRID, NODE_WIDTH, PORT_REACH
from designer.canvas.grid import Box
from designer.canvas.layers import NODES, PILLS, WIRES, Layer, paint_nodes, paint_pills, paint_wires
from designer.canvas.link_item import DraftItem, LinkItem
from designer.canvas.look import look
from designer.canvas.marks_layer import MarksLayer
from designer.canvas.node_item import BADGE, LABEL_WIDTH, NodeItem
from designer.canvas.port_names import PortNames
from designer.canvas.sprites import Sprites
from designer.canvas.ways import Spot
from designer.document import Changes, Document
from designer.preferences import GRID as GRID_SHOWN
from designer.preferences import preferences
from designer.theme import themes
from nodes.graph.model import Graph, Link
from nodes.spec.shapes import Shape

EXTENT = 500_000.0
LEAST_DOT_DISTANCE = 14.0  # px on the screen
DETOUR = 72.0  # as far at most as a wire keeps away from what it goes around
LEAST_RIM = 4.0  # px on the screen, around what is selected
MOST_REPAINTED = 60  # things painted again one by one; of more, all that is seen is


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
    recoloured = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT, parent)
        self.document = document
        self._wire_repainter: WeakMethod[Callable[[LinkItem], None]] = WeakMethod(self._repaint_wire)
        self.focus = Focus()
        self.sprites = Sprites()
        self._shelf = Shelf()
        self._take(Drawn(self.focus), document.graph)
        self.selected_links: frozenset[Link] = frozenset()
        self._highlighted: frozenset[str] = frozenset()
        self._hovered: NodeItem | None = None
        self._judged: set[str] = set()  # with a link held over them
        self._displaced: dict[str, Box] = {}  # nodes that gestures put elsewhere, and where they stood
        self.layout_version = 0  # grows whenever nodes come, go or stand elsewhere
        self._repaints_all = False  # too much changes to have it painted one by one
        look.restyle()
        self.draft = DraftItem()
        self.draft.setVisible(False)
        self.addItem(self.draft)
        for level, draw in ((WIRES, self._draw_wires), (PILLS, self._draw_pills), (NODES, self._draw_nodes)):
            self.addItem(Layer(self.sceneRect(), level, draw))
        self.marks = MarksLayer(self)
        self.port_names = PortNames(self)
        document.changed.connect(self._take_over)
        document.selected.connect(self.highlight)
        themes.changed.connect(self._restyle)
        preferences.changed.connect(self._restyle)
        graph = document.graph
        self._take_over(Changes(added=frozenset(graph.nodes), links_added=frozenset(graph.links)))
        self.highlight(document.selection)

    # --- following the document

    def _take(self, drawn: Drawn, graph: Graph) -> None:
        """Shows what is drawn of a graph."""
        self._drawn, self._graph = drawn, graph
        self.node_items, self.link_items = drawn.nodes, drawn.links
        self.overview, self._router = drawn.overview, drawn.router
        self._node_grid, self._link_grid, self._long_links = drawn.node_grid, drawn.link_grid, drawn.long_links

    def _turn_to_other(self, graph: Graph) -> Changes:
        """Puts what is drawn aside for another graph. Gives what is to be done until that is shown."""
        if self.selected_links:
            self.select_links(())
        self._highlighted = frozenset()
        self._drawn.rest()
        self._shelf.put(self._graph, self._drawn)
        self.sprites.clear()
        self.layout_version += 1
        kept = self._shelf.take(graph)
        self._take(kept or Drawn(self.focus), graph)
        self.update()
        if kept is None:
            return Changes(added=frozenset(graph.nodes), links_added=frozenset(graph.links))
        worst, nodes = self._severities(graph.nodes), graph.nodes
        others = {
            name
            for name, item in kept.nodes.items()
            if (item.severity, item.left, item.top) != (worst.get(name, ""), nodes[name].x, nodes[name].y)
        }
        return Changes(problems=frozenset(others), facts=frozenset(graph.nodes))

    def _take_over(self, changes: Changes) -> None:
        graph = self.document.graph
        self._hover_off()
        if changes.scope:
            changes = self._turn_to_other(graph)
        self._graph = graph
        gone = [self.node_items[name].extent() for name in changes.removed]
        self._remove(changes.links_removed, changes.removed)
        for name in changes.added:
            self.node_items[name] = NodeItem(name)
        for link in changes.links_added:
            self.link_items[link] = LinkItem(link, self._wire_repainter)
        touched = changes.links_added | changes.links_removed
        ends = {link.source for link in touched} | {link.target for link in touched}
        given = self.document.inference.given
        told = changes.facts & given.keys()  # these say what arrives
        redrawn = (changes.added | changes.changed | changes.problems | ends | told) & self.node_items.keys()
        self._repaints_all = len(redrawn) > MOST_REPAINTED
        severities = self._severities(redrawn)
        before = {name: self.node_items[name].extent() for name in redrawn - changes.added}
        for name in redrawn:
            arriving = given.get(name)
            detail = f"takes {arriving}" if arriving is not None else ""
            self._show_node(name, severities.get(name, ""), detail)
        before |= {name: box for name, box in self._displaced.items() if name in self.node_items}
        self._displaced.clear()
        moved = {name for name in redrawn | before.keys() if before.get(name) != self.node_items[name].extent()}
        self._show_shapes((redrawn | changes.facts) & self.node_items.keys())
        rerouted = self._links_of(moved | (ends & redrawn)) | self._bent_otherwise()
        gone += [before[name] for name in moved & before.keys()]
        self._reroute(rerouted | self._long_beside([*gone, *(self.node_items[name].extent() for name in moved)]))
        self.layout_version += bool(moved or changes.removed)
        if self.selected_links - self.link_items.keys():
            self.select_links(self.selected_links & self.link_items.keys())
        self._repaints_all |= self.focus.follow(graph, self._highlighted & self.node_items.keys())
        self._paint_all_if_so()
        self.marks.follow()

    def _remove(self, links: Iterable[Link], names: Iterable[str]) -> None:
        for link in links:
            self._repaint(self.link_items.pop(link))
            self._link_grid.take(link)
            self.overview.take(link)
            self._long_links.discard(link)
        for name in names:
            self._repaint(self.node_items.pop(name))
            self._node_grid.take(name)
            self.overview.take(name)
            self.sprites.drop(name)

    def _show_node(self, name: str, severity: str, detail: str) -> None:
        item = self.node_items[name]
        self._repaint(item)
        item.show_node(self.document.graph, severity, detail)
        self._file_node(item)
        self._repaint_node(item)

    def _file_node(self, item: NodeItem) -> None:
        box = item.extent()
        self._node_grid.put(item.name, box)
        self.overview.put(item.name, box[0], box[1])

    def _repaint_node(self, item: NodeItem) -> None:
        self.sprites.drop(item.name)
        self._repaint(item)

    def _repaint(self, item: NodeItem | LinkItem) -> None:
        """Has the place where it stands painted again."""
        if not self._repaints_all:
            self.update(item.boundingRect())

    def _repaint_wire(self, item: LinkItem) -> None:
        self.overview.touch(item.link)
        self._repaint(item)

    def _paint_all_if_so(self) -> None:
        """Ends an edit of so much that all was to be painted again, at once."""
        if self._repaints_all:
            self._repaints_all = False
            self.update()

    def spoken_items(self) -> list[NodeItem]:
        """The nodes whose ports are named: those selected, held over and under the mouse."""
        names = dict.fromkeys((*self._highlighted, *self._judged))
        items = [self.node_items[name] for name in names if name in self.node_items]
        return items if self._hovered is None or self._hovered in items else [*items, self._hovered]

    def repaint_nodes(self) -> None:
        """All nodes look different: coloured by another number."""
        self.sprites.clear()
        self.retint_nodes()

    def retint_nodes(self) -> None:
        """Some nodes have another colour; their sprites were dropped."""
        self.overview.restyle()
        self.layout_version += 1
        self.update()
        self.recoloured.emit()

    def _severities(self, names: Iterable[str]) -> Mapping[str, str]:
        """The worst problem of each node: error, warning, or missing where it has none to show."""
        wanted = set(names)
        worst: dict[str, str] = {}
        for problem in self.document.problems:  # errors come first
            if problem.node in wanted and problem.severity != "remark":
                worst.setdefault(problem.node, problem.severity)
        return worst

    def _show_shapes(self, names: Collection[str]) -> None:
        faulty = {p.link for p in self.document.problems if p.severity == "error" and p.link is not None}
        known = self.document.inference.facts
        is_all = len(names) == len(self.node_items)
        items = self.link_items.values() if is_all else [self.link_items[link] for link in self._links_of(names)]
        changed: list[tuple[LinkItem, Shape | None, bool]] = []
        for item in items:
            link = item.link
            shape, is_faulty = known[link.source].outputs.get(link.output), link in faulty
            if item.shape is not shape or item.is_faulty is not is_faulty:
                changed.append((item, shape, is_faulty))
        self._repaints_all |= len(changed) > MOST_REPAINTED
        for item, shape, is_faulty in changed:
            self._repaint(item)
            if item.show_shape(shape, is_faulty=is_faulty):
                self._link_grid.put(item.link, item.extent)
                self._repaint(item)

    def _links_of(self, names: Iterable[str]) -> set[Link]:
        graph = self.document.graph
        found: set[Link] = set()
        for name in names:
            found.update(graph.incoming(name).values(), graph.outgoing(name))
        return found & self.link_items.keys()

    # --- wires

    def _bent_otherwise(self) -> set[Link]:
        """Links that are led through other points now."""
        return self._bend_by(self.document.graph.marks.bends)

    def _bend_by(self, after: Mapping[Link, tuple[Spot, ...]]) -> set[Link]:
        before, self._drawn.bends = self._drawn.bends, after
        bent = before.keys() | after.keys() if before is not after else set()
        return {link for link in bent if before.get(link) != after.get(link)} & self.link_items.keys()

    def _long_beside(self, boxes: Sequence[Box]) -> set[Link]:
        """Links that may have to go around what stands in some places, or need to no longer."""
        if len(boxes) > MOST_REPAINTED:
            return self._long_links
        near = {link for box in boxes for link in self._link_grid.near(grown(box, DETOUR))}
        return self._long_links & near

    def _reroute(self, links: set[Link]) -> None:
        for link in links:
            if self._router.is_long(link):
                self._long_links.add(link)
            else:
                self._long_links.discard(link)
        for link in links:
            item = self.link_items[link]
            way = self._router.way(link, self._drawn.bends.get(link, ()))
            if way != item.way:
                self._repaint(item)
                item.follow(way)
                self._link_grid.put(link, item.extent)
                self.overview.put(link, *way.start)
                self._repaint(item)

    # --- what gestures show before anything is changed

    def preview_places(self, places: Mapping[str, QPointF]) -> None:
        """Shows nodes elsewhere while they are dragged."""
        self._repaints_all = len(places) > MOST_REPAINTED
        for name, place in places.items():
            item = self.node_items[name]
            self._displaced.setdefault(name, item.extent())
            self._repaint(item)
            item.stand(place.x(), place.y())
            self._file_node(item)
            self._repaint(item)
        self._reroute(self._links_of(places))
        self._paint_all_if_so()
        self.marks.follow()

    def preview_bends(self, bends: Mapping[Link, tuple[Spot, ...]]) -> None:
        """Shows links led through other points while one is dragged."""
        self._reroute(self._bend_by(bends))
        self.marks.show_bends(bends)

    def highlight(self, names: Iterable[str]) -> None:
        """Outlines nodes as selected, and has the way through a single one stand out."""
        wanted = frozenset(names) & self.node_items.keys()
        for name in (wanted ^ self._highlighted) & self.node_items.keys():
            self.node_items[name].is_selected = name in wanted
            self._repaint(self.node_items[name])
        self._highlighted = wanted
        if self.focus.follow(self.document.graph, wanted):
            self.update()

    def select_links(self, links: Iterable[Link]) -> None:
        """Selects links; nodes are selected in the document."""
        wanted = frozenset(links)
        for link in (wanted ^ self.selected_links) & self.link_items.keys():
            self.link_items[link].is_selected = link in wanted
            self._repaint(self.link_items[link])
        self.selected_links = wanted
        self.links_selected.emit()

    def hover(self, hit: Hit) -> None:
        """Lights the port under the mouse, and the wires of what is there."""
        self._light(hit)
        item = self.node_items.get(hit.node) if hit.port else None
        port = (hit.port, hit.is_output) if hit.port else None
        if item is self._hovered and (item is None or item.hovered == port):
            return
        self._port_off()
        if item is not None:
            item.hovered, self._hovered = port, item
            self._repaint_node(item)

    def _light(self, hit: Hit) -> None:
        """Brightens the wires of a node, of one of its ports, or all that carry what the wire does."""
        graph = self.document.graph
        links: Iterable[Link] = ()
        if hit.link is not None and hit.link in self.link_items:
            links = bundle(graph, hit.link)
        elif hit.node in self.node_items:
            into, out = graph.incoming(hit.node).values(), graph.outgoing(hit.node)
            port, is_output = hit.port, hit.is_output
            links = [link for link in into if not port or (not is_output and link.input == port)]
            links += [link for link in out if not port or (is_output and link.output == port)]
        for link in self.focus.light(links) & self.link_items.keys():
            self._repaint(self.link_items[link])

    def _hover_off(self) -> None:
        self._light(Hit())
        self._port_off()

    def _port_off(self) -> None:
        if self._hovered is not None:
            self._hovered.hovered = None
            self._repaint_node(self._hovered)
            self._hovered = None

    def show_verdict(self, name: str, verdict: str) -> None:
        """Lights a node good or refused; an empty verdict puts the light out."""
        item = self.node_items.get(name)
        if item is not None and item.verdict != verdict:
            item.verdict = verdict
            self._judged = {*self._judged, name} if verdict else self._judged - {name}
            self._repaint_node(item)

    # --- finding

    def hit(self, place: QPointF, zoom: float = 1.0) -> Hit:
        """What is at a place, ports before nodes before links. Zoomed out, small things reach a little further."""
        reach = min(16.0, max(PORT_REACH, 5.0 / zoom))
        x, y = place.x(), place.y()
        square = (x - reach, y - reach, x + reach, y + reach)
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
            if wire.is_shown and wire.is_near(place, reach / 2):
                return link
        return None

    def links_near(self, rect: QRectF) -> list[Link]:
        """Links that may run through a box."""
        return self._link_grid.near(box_of(rect))

    def badge_at(self, place: QPointF) -> str:
        """The node whose badge is at a place; empty where there is none."""
        x, y = place.x(), place.y()
        near = self._node_grid.near((x - GRID, y - GRID, x + GRID, y + GRID))
        return next((name for name in near if self.node_items[name].has_badge_at(place)), "")

    def nodes_in(self, rect: QRectF) -> tuple[str, ...]:
        """Names of the nodes that a box touches."""
        return tuple(n for n in self._node_grid.near(box_of(rect)) if self.node_items[n].scene_box().intersects(rect))

    def content_rect(self, names: Iterable[str] | None = None) -> QRectF:
        """The box around some nodes, or around everything."""
        if names is None:
            return self.content_rect(self.node_items).united(self.marks.content_rect())
        items = [self.node_items[name] for name in names]
        if not items:
            return QRectF()
        left, top = min(item.left for item in items), min(item.top for item in items)
        right, bottom = max(item.left for item in items) + NODE_WIDTH, max(item.top + item.height for item in items)
        return QRectF(left, top, right - left, bottom - top)

    # --- painting

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:  # type: ignore[override]
        painter.fillRect(rect, look.canvas)
        if not preferences.value(GRID_SHOWN):
            return
        transform = painter.worldTransform()
        rect = rect.intersected(transform.inverted()[0].mapRect(QRectF(painter.window())))  # Qt draws no dashes on a
        zoom = transform.m11()  # line of a million px, and asks for as much where all is to be painted afresh
        step = GRID * 2 ** max(0, math.ceil(math.log2(LEAST_DOT_DISTANCE / (GRID * zoom))))
        left, right = math.floor(rect.left() / step) * step, rect.right() + step
        rows = range(math.floor(rect.top() / step), math.ceil(rect.bottom() / step) + 1)
        look.dots.setDashPattern([1, step * zoom / look.dots.widthF() - 1])  # each row of dots is one dashed line
        painter.setPen(look.dots)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawLines([QLineF(left, step * row, right, step * row) for row in rows])

    def _draw_wires(self, painter: QPainter, exposed: Box) -> None:
        near = [self.link_items[link] for link in self._link_grid.near(exposed)]
        paint_wires(painter, near, self.focus, painter.worldTransform().m11())

    def _draw_pills(self, painter: QPainter, exposed: Box) -> None:
        near = [self.link_items[link] for link in self._link_grid.near(exposed)]
        paint_pills(painter, near, self._zoom_of(painter), self.sprites)

    def _draw_nodes(self, painter: QPainter, exposed: Box) -> None:
        left, top, right, bottom = exposed
        wide = (left - LABEL_WIDTH, top - BADGE, right + LABEL_WIDTH, bottom + BADGE)
        near = [self.node_items[name] for name in reversed(self._node_grid.near(wide))]
        paint_nodes(painter, near, self._zoom_of(painter), self.sprites)

    def _zoom_of(self, painter: QPainter) -> float:
        zoom = painter.worldTransform().m11()
        self.sprites.stand_at(zoom, painter.device().devicePixelRatioF())
        return zoom

    def draw_overview(self, painter: QPainter, exposed: QRectF, zoom: float) -> None:
        """Everything in a few batches, for zooms at which no names can be read."""
        self.marks.paint(painter, box_of(exposed))
        self.overview.paint(painter, exposed, zoom)
        self._draw_lit(painter)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.rim)
        rim = max(8.0, LEAST_RIM / zoom)
        boxes = [self.node_items[name].scene_box() for name in self._highlighted]
        painter.drawRects([box.adjusted(-rim, -rim, rim, rim) for box in boxes])
        if self.draft.isVisible():
            self.draft.paint(painter, None)

    def _draw_lit(self, painter: QPainter) -> None:
        """Wires that stand out from afar."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for state, links in (("lit", self.focus.lit), ("selected", self.selected_links)):
            painter.setPen(look.thin_by_state[state])
            for link in links & self.link_items.keys():
                painter.drawPath(self.link_items[link].path)

    def _restyle(self) -> None:
        look.restyle()
        self._shelf.clear()
        for node in self.node_items.values():
            node.fit_texts()
        for link in self.link_items.values():
            link.fit()
        self.repaint_nodes()
        self.invalidate(self.sceneRect())  # without a place views keep their background


def grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def box_of(rect: QRectF) -> Box:
    return rect.left(), rect.top(), rect.right(), rect.bottom()
