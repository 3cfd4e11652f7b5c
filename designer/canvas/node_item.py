"""One node as it stands on the canvas: its box, ports, texts and marks. :mod:`node_painter` draws it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QImage

from designer.canvas.geometry import NODE_WIDTH, node_height, output_ports, port_offsets
from designer.canvas.grid import Box
from designer.canvas.look import look
from designer.canvas.ways import Spot
from nodes.graph.model import Graph
from nodes.graph.warmth import Warmth
from nodes.spec.node_type import NodeType, Port

TEXT_LEFT, TEXT_WIDTH = 22.0, NODE_WIDTH - 34.0
BADGE, MARK = 16.0, 12.0  # sides of the disc of a problem, of the marks for frozen and muted
BADGE_BOX = QRectF(NODE_WIDTH - BADGE - 6, -BADGE / 2, BADGE, BADGE)
THUMBNAIL = 40.0  # side of the picture in it
TRAIL_WIDTH, TRAIL_HEIGHT = 34.0, 13.0  # of the small curve in it
LABEL_ROOM = 14.0  # that port names take above and below the node
LABEL_WIDTH = 72.0  # room for a port's name beside the node


class NodeItem:
    """Holds what is drawn of a node, as the scene tells it; knows nothing of the document.

    Not a graphics item: thousands of those cost a second to make, and Qt asks each of them what to paint.
    """

    __slots__ = (
        "_detail",
        "_given",
        "_heat_text",
        "_settings",
        "_title",
        "family",
        "heat",
        "height",
        "hovered",
        "inputs",
        "is_frozen",
        "is_muted",
        "is_selected",
        "left",
        "name",
        "outputs",
        "said",
        "severity",
        "spare",
        "thumbnail",
        "top",
        "trail",
        "verdict",
        "warmth",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.left = self.top = 0.0
        self.height = node_height(0)
        self.inputs: tuple[Port, ...] = ()
        self.outputs: tuple[str, ...] = ()
        self.spare: tuple[bool, ...] = ()  # of each input: nothing is wired to it, and need not be
        self.severity = ""  # of its worst problem: error, warning or none
        self.is_selected = False
        self.is_frozen = False
        self.is_muted = False
        self.warmth: Warmth = ""  # whether the weights of a run fit it
        self.thumbnail: QImage | None = None
        self.said = ""  # by the run, in the place of its settings
        self.verdict = ""  # good or refused while a link is held over it
        self.hovered: tuple[str, bool] | None = None  # the port under the mouse, and whether it is an output
        self.heat: int | None = None  # step of the ramp, while nodes are coloured by a number
        self.trail: tuple[float, ...] = ()  # what that number was before, drawn small
        self.family = ""
        self._settings: NodeType | None = None
        self._given = self._heat_text = ""
        self._title: str | None = None
        self._detail: str | None = None

    # --- what the scene tells it

    def show_node(self, graph: Graph, severity: str, detail: str = "") -> None:
        """Takes over what the graph says of it; ``detail`` stands in the place of its settings."""
        node = graph.nodes[self.name]
        settings = node.settings
        self.family, self.severity = settings.family, severity
        self.inputs = graph.input_ports(self.name, spare=True)
        self.outputs = output_ports(settings)
        wired = graph.incoming(self.name)
        self.spare = tuple([port.optional and port.name not in wired for port in self.inputs])
        self.height = node_height(max(len(self.inputs), len(self.outputs)))
        self.left, self.top = node.x, node.y
        self.is_frozen, self.is_muted = node.training.frozen, node.is_muted
        self._settings, self._given = settings, detail
        self.fit_texts()

    def fit_texts(self) -> None:
        """Shortens the texts to the room there is when they are next drawn; again when fonts change."""
        self._title = self._detail = None

    def show_heat(self, step: int | None, text: str, trail: tuple[float, ...] = ()) -> None:
        """Takes the ground of a step of the ramp, a number for its second line, and what it was before; an empty
        text ends it."""
        self.heat, self._heat_text, self.trail = step, text, trail
        self.fit_texts()

    @property
    def heat_shown(self) -> tuple[int | None, str, tuple[float, ...]]:
        """What ``show_heat`` was given."""
        return self.heat, self._heat_text, self.trail

    def rest(self) -> None:
        """Puts out what others lit."""
        self.is_selected, self.verdict, self.hovered = False, "", None
        self.warmth, self.thumbnail, self.said = "", None, ""
        self.show_heat(None, "")

    def stand(self, x: float, y: float) -> None:
        """Puts it somewhere else."""
        self.left, self.top = x, y

    # --- texts

    @property
    def title(self) -> str:
        """Its name, as far as there is room."""
        if self._title is None:
            self._title = look.name_metrics.elidedText(self.name, Qt.TextElideMode.ElideRight, self._text_width())
        return self._title

    @property
    def detail(self) -> str:
        """Its settings or number, as far as there is room."""
        if self._detail is None:
            right = Qt.TextElideMode.ElideRight
            width = self._text_width() - (TRAIL_WIDTH + 4 if self.has_trail else 0.0)
            self._detail = look.detail_metrics.elidedText(self.detail_text, right, width)
        return self._detail

    @property
    def detail_text(self) -> str:
        """The whole second line."""
        told = self._heat_text or self.said or self._given
        if told or self._settings is None:
            return told
        return self._settings.summary()

    def _text_width(self) -> float:
        marks = MARK if self.is_frozen or self.warmth else 0.0
        return TEXT_WIDTH - marks - (THUMBNAIL if self.thumbnail is not None else 0.0)

    # --- places

    def x(self) -> float:
        return self.left

    def y(self) -> float:
        return self.top

    def pos(self) -> QPointF:
        return QPointF(self.left, self.top)

    @property
    def box(self) -> QRectF:
        """Its box, as seen from its own corner."""
        return QRectF(0, 0, NODE_WIDTH, self.height)

    def scene_box(self) -> QRectF:
        return QRectF(self.left, self.top, NODE_WIDTH, self.height)

    def extent(self) -> Box:
        """The same box as numbers."""
        return self.left, self.top, self.left + NODE_WIDTH, self.top + self.height

    def boundingRect(self) -> QRectF:
        """All that it may paint on, in the scene."""
        return self.scene_box().adjusted(-LABEL_WIDTH, -LABEL_ROOM, LABEL_WIDTH, LABEL_ROOM)

    @property
    def thumbnail_box(self) -> QRectF:
        """Where its picture is, as seen from its own corner."""
        return QRectF(NODE_WIDTH - THUMBNAIL - 8, (self.height - THUMBNAIL) / 2, THUMBNAIL, THUMBNAIL)

    @property
    def has_trail(self) -> bool:
        return len(self.trail) > 1

    @property
    def trail_box(self) -> QRectF:
        """Where the course of its number is drawn, as seen from its own corner."""
        right = TEXT_LEFT + self._text_width()
        return QRectF(right - TRAIL_WIDTH, self.height / 2 + 4, TRAIL_WIDTH, TRAIL_HEIGHT)

    def mark_place(self, *, is_first: bool) -> QPointF:
        """The middle of one of its marks at the right; two stand below each other."""
        x = NODE_WIDTH - 16 - (THUMBNAIL if self.thumbnail is not None else 0.0)
        if not (self.is_frozen and self.warmth):
            return QPointF(x, self.height / 2)
        return QPointF(x, self.height / 2 + (-MARK * 0.75 if is_first else MARK * 0.75))

    def input_place(self, name: str) -> Spot:
        """Where an input port is, in the scene."""
        names = [port.name for port in self.inputs]
        if name in names:
            return self.left, self.top + port_offsets(len(names), self.height)[names.index(name)]
        return self.left, self.top + self.height / 2

    def output_place(self, name: str) -> Spot:
        """Where an output port is, in the scene."""
        right = self.left + NODE_WIDTH
        if name in self.outputs:
            return right, self.top + port_offsets(len(self.outputs), self.height)[self.outputs.index(name)]
        return right, self.top + self.height / 2

    def input_spot(self, name: str) -> QPointF:
        return QPointF(*self.input_place(name))

    def output_spot(self, name: str) -> QPointF:
        return QPointF(*self.output_place(name))

    def input_spots(self) -> list[QPointF]:
        """Where its inputs are, as seen from its own corner."""
        return [QPointF(0, y) for y in port_offsets(len(self.inputs), self.height)]

    def output_spots(self) -> list[QPointF]:
        return [QPointF(NODE_WIDTH, y) for y in port_offsets(len(self.outputs), self.height)]

    def named_ports(self) -> list[tuple[tuple[str, bool], QPointF]]:
        """Ports that are named beside it, with their places: of a side with several, and the one under the mouse.

        Numbered ones (x1, x2, …) would only cover the shapes that arrive there.
        """
        inputs = [((port.name, False), spot) for port, spot in zip(self.inputs, self.input_spots(), strict=True)]
        outputs = [((name, True), spot) for name, spot in zip(self.outputs, self.output_spots(), strict=True)]
        is_numbered = self._settings is not None and any(port.variadic for port in self._settings.inputs())
        shown = [] if is_numbered or len(inputs) == 1 else inputs
        shown += outputs if len(outputs) > 1 else []
        return shown + [port for port in inputs + outputs if port[0] == self.hovered and port not in shown]

    def port_at(self, place: QPointF, reach: float) -> tuple[str, bool] | None:
        """The port within ``reach`` of a place in the scene, and whether it is an output."""
        here = place - self.pos()
        spots = [((p.name, False), s) for p, s in zip(self.inputs, self.input_spots(), strict=True)]
        spots += [((p, True), s) for p, s in zip(self.outputs, self.output_spots(), strict=True)]
        near = [(_distance(here - spot), port) for port, spot in spots if _distance(here - spot) <= reach]
        return min(near)[1] if near else None

    def has_badge_at(self, place: QPointF) -> bool:
        """Whether a place in the scene is on the badge that says it has a problem."""
        return bool(self.severity) and BADGE_BOX.adjusted(-3, -2, 3, 3).contains(place - self.pos())

    # --- how it looks

    def brush(self) -> QBrush:
        """The colour it has as a block."""
        if self._heat_text:
            return look.node if self.heat is None else look.heat[self.heat].brush
        return look.families.get(self.family, look.family)

    def state(self) -> str:
        """What its outline says."""
        if self.verdict:
            return self.verdict
        if self.is_selected:
            return "selected"
        return "error" if self.severity == "error" else ""


def _distance(offset: QPointF) -> float:
    return max(abs(offset.x()), abs(offset.y()))
