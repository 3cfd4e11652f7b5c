"""Joining ports, by mouse or by keys, with a yes or no before the link is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from designer.canvas.adding import add_on_wire
from designer.canvas.geometry import output_ports
from designer.canvas.gestures import Gesture
from designer.canvas.navigation import DIRECTIONS, nearest_node
from designer.canvas.scene import Hit
from nodes.graph.check import is_drawable, link_verdict
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


CHOOSE = "Let go, and choose what mends it."


class Verdict(NamedTuple):
    """A link that could be, and why it cannot; an empty reason is a yes."""

    link: Link | None
    reason: str


class Linking(Gesture):
    """What mouse and keys share: one fixed end, the free one tried at ports, an edit at the end.

    ``moved`` is the link whose input end was taken off its port; it is left out while another place is sought.
    """

    def __init__(self, canvas: CanvasView, end: Hit, moved: Link | None = None) -> None:
        super().__init__(canvas)
        self._end, self._moved = end, moved
        graph = self.document.graph
        self._graph: Graph = graph.without_links([moved]) if moved else graph
        known = self.document.inference
        self._known = infer(self._graph, known, known.given) if moved else known
        self._verdicts: dict[Link, str] = {}
        self._lit = ""
        self._chosen = Verdict(None, "")
        if moved:
            self.scene.link_items[moved].show_at_all(False)
        self._fixed_spot = self._spot(end)
        self.scene.draft.stretch(self._fixed_spot, self._fixed_spot, "draft")
        self.scene.draft.setVisible(True)

    def cancel(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.scene.draft.setVisible(False)
        self.scene.show_verdict(self._lit, "")
        self.scene.hover(Hit())
        self.canvas.hide_note()
        if self._moved in self.scene.link_items:
            self.scene.link_items[self._moved].show_at_all(True)

    def _judge(self, hit: Hit) -> Verdict:
        """What would come of joining the fixed end to a port, or to the first port of a node that fits."""
        candidates = list(self._candidates(hit))
        if not candidates:
            side = "input" if self._end.is_output else "output"
            return Verdict(None, f"{hit.node} has no free {side}. Drop on a port to replace its link.")
        reasons = [(link, self._reason(link)) for link in candidates]
        for link, reason in reasons:
            if not reason:
                return Verdict(link, "")
        return Verdict(*reasons[0])

    def _candidates(self, hit: Hit) -> Iterator[Link]:
        if hit.port:
            if hit.is_output != self._end.is_output:
                yield self._link(hit.node, hit.port)
        elif self._end.is_output:
            taken = self._graph.incoming(hit.node)
            for port in self._graph.input_ports(hit.node, spare=True):
                if port.name not in taken:
                    yield self._link(hit.node, port.name)
        else:
            for output in output_ports(self._graph.nodes[hit.node].settings):
                yield self._link(hit.node, output)

    def _link(self, node: str, port: str) -> Link:
        if self._end.is_output:
            return Link(self._end.node, self._end.port, node, port)
        return Link(node, port, self._end.node, self._end.port)

    def _reason(self, link: Link) -> str:
        if link not in self._verdicts:
            self._verdicts[link] = link_verdict(self._graph, self._known, link)
        return self._verdicts[link]

    def _show(self, verdict: Verdict, node: str, loose_end: QPointF) -> None:
        """Lights the target, stretches the wire there, and says the shape or the reason."""
        self._chosen = verdict
        state = "draft" if not node else "refused" if verdict.reason else "good"
        if self._lit != node:
            self.scene.show_verdict(self._lit, "")
            self._lit = node
        self.scene.show_verdict(node, "" if state == "draft" else state)
        end = loose_end
        if verdict.link is not None and not verdict.reason:
            link = verdict.link
            end = self._spot(
                Hit(link.target, link.input) if self._end.is_output else Hit(link.source, link.output, is_output=True)
            )
        ends = (self._fixed_spot, end) if self._end.is_output else (end, self._fixed_spot)
        self.scene.draft.stretch(*ends, state)

    def _sentence(self, verdict: Verdict) -> str:
        if verdict.link is None:
            return verdict.reason
        if verdict.reason:
            return f"{verdict.reason} {CHOOSE}" if is_drawable(self._graph, verdict.link) else verdict.reason
        link, graph = verdict.link, self._graph
        shape = self._known.shape_of(link)
        carried = f"{shape}" if shape is not None else "its shape is not known yet"
        taken = graph.incoming(link.target).get(link.input)
        replaced = f" · replaces {taken.source}" if taken and taken.source != link.source else ""
        start = (
            f"{link.source}.{link.output}"
            if len(output_ports(graph.nodes[link.source].settings)) > 1
            else link.source
        )
        end = f"{link.target}.{link.input}" if len(graph.input_ports(link.target)) > 1 else link.target
        return f"{start} → {end} · {carried}{replaced}"

    def _spot(self, hit: Hit) -> QPointF:
        item = self.scene.node_items[hit.node]
        return item.output_spot(hit.port) if hit.is_output else item.input_spot(hit.port)

    def _join(self) -> None:
        """Makes the link that was shown, if it can be."""
        link, reason = self._chosen
        self._clear()
        if reason and not (link and is_drawable(self._graph, link)):
            self.canvas.status.emit(reason)
        elif link is not None and link != self._moved:
            text = f"Connect {link.source} to {link.target}"
            self.document.edit(self._graph.with_link(link), text)
            self.canvas.status.emit(f"Connected {link.source} to {link.target}.")
            if reason:
                self.document.select((link.target,))
                self.canvas.trouble.emit(link.target)


class LinkDrag(Linking):
    """Draws a link from a port, either way, or takes the end of a link elsewhere."""

    @classmethod
    def start(cls, canvas: CanvasView, hit: Hit) -> LinkDrag:
        """From the port that was pressed; at a wired input the link's end comes along."""
        link = None if hit.is_output else canvas.document.graph.incoming(hit.node).get(hit.port)
        if link is None:
            return cls(canvas, hit)
        return cls(canvas, Hit(link.source, link.output, is_output=True), moved=link)

    def __init__(self, canvas: CanvasView, end: Hit, moved: Link | None = None) -> None:
        super().__init__(canvas, end, moved)
        self._over = Hit(end.node) if moved is None else Hit(moved.target, moved.input)
        self._has_left = False

    def move(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        self.canvas.pan_at_edge(at)
        place = self.canvas.mapToScene(at)
        hit = self.scene.hit(place, self.canvas.zoom)
        self._over = hit
        self._has_left |= hit.node != self._end.node
        self.scene.hover(hit)
        if not hit.node or (hit.node == self._end.node and not self._has_left):
            self._show(Verdict(None, ""), "", place)
            self.canvas.show_note("Let go to unplug" if self._moved else "", at)
            return
        verdict = self._judge(hit)
        self._show(verdict, hit.node, place)
        self.canvas.show_note(self._sentence(verdict), at, "refused" if verdict.reason else "good")

    def release(self, event: QMouseEvent) -> None:
        if self._moved and not self._over.node:
            moved = self._moved
            self._clear()
            self.document.edit(self._graph, f"Unplug {moved.source} from {moved.target}")
            return
        if self._has_left and not self._over.node and not self._over.link:
            self._clear()
            add_on_wire(self.canvas, event.position().toPoint(), self._end)
            return
        self._join()


class KeyLinking(Linking):
    """Draws a link with keys: arrows choose the node, Tab its port, Enter joins, Escape gives up."""

    def __init__(self, canvas: CanvasView, end: Hit) -> None:
        super().__init__(canvas, end)
        self._target = nearest_node(self._graph, end.node, Qt.Key.Key_Right) or ""
        self._port = 0
        self._point_at(self._target)

    def key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in DIRECTIONS:
            self._point_at(nearest_node(self._graph, self._target or self._end.node, key) or self._target)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._turn(1 if key == Qt.Key.Key_Tab else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.canvas.end_gesture()
            self._join()
        else:
            return False
        return True

    def move(self, event: QMouseEvent) -> None:
        """The mouse is not asked."""

    def release(self, event: QMouseEvent) -> None:
        self._clear()

    def _point_at(self, name: str) -> None:
        self._target = name
        if not name:
            self.canvas.show_note("There is no other node to connect to.", self._screen(self._fixed_spot))
            return
        self._try(self._judge(Hit(name)))

    def _turn(self, step: int) -> None:
        """The next of the fixed node's outputs joined to the next of the target's inputs."""
        if not self._target:
            return
        ports = self._graph.input_ports(self._target, spare=True)
        outputs = output_ports(self._graph.nodes[self._end.node].settings)
        pairs = [(output, port.name) for output in outputs for port in ports]
        if not pairs:
            return
        self._port = (self._port + step) % len(pairs)
        output, port = pairs[self._port]
        self._end = Hit(self._end.node, output, is_output=True)
        self._fixed_spot = self._spot(self._end)
        self._try(self._judge(Hit(self._target, port)))

    def _try(self, verdict: Verdict) -> None:
        item = self.scene.node_items[self._target]
        spot = item.input_spot(verdict.link.input) if verdict.link else item.scene_box().center()
        self.canvas.reveal(self._target)
        self._show(verdict, self._target, spot)
        self.canvas.show_note(self._sentence(verdict), self._screen(spot), "refused" if verdict.reason else "good")

    def _screen(self, place: QPointF) -> QPoint:
        return self.canvas.mapFromScene(place)
