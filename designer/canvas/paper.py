"""Paper: a whole drawing, or a part of it, as an SVG or PNG file of any size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from designer.canvas.layers import paint_nodes, paint_pills, paint_wires
from designer.canvas.look import NAMES, look
from designer.canvas.paper_table import PaperTable
from designer.canvas.scene import CanvasScene, box_of
from designer.document import Document
from nodes.graph.analysis import layers
from nodes.graph.model import Network
from nodes.graph.scope import Way

MARGIN, GAP = 24.0, 32.0  # around everything; above the table
MOST_PIXELS, LONGEST_SIDE = 200_000_000, 30_000  # what a picture may have; Qt itself ends at 32 767 a side
KINDS = (".svg", ".png")


class PictureError(Exception):
    """A picture that cannot be made as it was asked for: the fact, and what to change."""

    def __init__(self, fact: str, remedy: str) -> None:
        super().__init__(f"{fact} {remedy}")
        self.fact, self.remedy = fact, remedy


@dataclass(frozen=True)
class Wish:
    """What a picture shows, and how large: at scale 1 a node is 168 px wide."""

    names: tuple[str, ...] = ()  # of the nodes that are shown; all without any
    scale: float = 1.0
    is_transparent: bool = False
    with_table: bool = False


class Paper:
    """A drawing laid out for a picture. Nothing in it is selected or lit."""

    def __init__(self, network: Network, wish: Wish, scope: Way = ()) -> None:
        self._document = Document(network)
        self._document.enter(scope)
        self._scene = CanvasScene(self._document)
        self._wish = wish
        shown = set(wish.names) or self._scene.node_items.keys()
        self._nodes = [item for name, item in self._scene.node_items.items() if name in shown]
        self._wires = [
            item for link, item in self._scene.link_items.items() if link.source in shown and link.target in shown
        ]
        if not self._nodes:
            raise PictureError("There is nothing to draw yet.", "Draw a network first, or open an example.")
        drawn = self._drawn()
        inference = self._document.inference
        rows = [row for row in layers(inference) if row.node in shown]
        self._table = PaperTable(rows, drawn.bottomLeft() + QPointF(0, GAP)) if wish.with_table else None
        whole = drawn.united(self._table.box) if self._table is not None else drawn
        self.box = whole.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    @property
    def pixels(self) -> QSize:
        """Its size as a PNG."""
        return QSizeF(self.box.size() * self._wish.scale).toSize().expandedTo(QSize(1, 1))

    def save(self, path: Path) -> None:
        """Writes the kind of file that its name says. Raises PictureError."""
        if path.suffix.lower() not in KINDS:
            raise PictureError(f"{path.name} is neither an SVG nor a PNG file.", "Let its name end in .svg or .png.")
        if not path.parent.is_dir():
            raise PictureError(f"There is no folder {path.parent}.", "Make it first, or name another place.")
        is_written = self._save_svg(path) if path.suffix.lower() == ".svg" else self._save_png(path)
        if not is_written:
            raise PictureError(
                f"{path} cannot be written.", "Choose a place where you may write and that is not full."
            )

    def close(self) -> None:
        self._scene.deleteLater()
        self._document.deleteLater()

    def _save_svg(self, path: Path) -> bool:
        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setTitle(self._document.title)
        generator.setDescription("Drawn by Netwright")
        generator.setResolution(96)  # so that a pixel is a pixel
        generator.setSize(self.pixels)
        generator.setViewBox(QRectF(QPointF(), self.box.size()))
        painter = QPainter()
        if not painter.begin(generator):
            return False
        painter.translate(-self.box.topLeft())
        self._paint(painter, 1.0)
        return painter.end()

    def _save_png(self, path: Path) -> bool:
        size = self.pixels
        count = size.width() * size.height()
        if count > MOST_PIXELS or max(size.width(), size.height()) > LONGEST_SIDE:
            most = min((MOST_PIXELS / count) ** 0.5, LONGEST_SIDE / max(size.width(), size.height()))
            fits = int(self._wish.scale * most * 100) / 100
            raise PictureError(
                f"The picture would be {size.width()} × {size.height()} pixels, more than can be written.",
                f"Set the scale to {fits:g} or less, or write an SVG, which has no pixels.",
            )
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        if image.isNull():
            return False
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size.width() / self.box.width(), size.height() / self.box.height())
        painter.translate(-self.box.topLeft())
        self._paint(painter, self._wish.scale)
        painter.end()
        return image.save(str(path))

    def _drawn(self) -> QRectF:
        """The box around what is shown of the drawing."""
        boxes = [item.scene_box().adjusted(-6, -10, 6, 4) for item in self._nodes]
        boxes += [item.boundingRect() for item in self._wires]
        if not self._wish.names:
            boxes.append(self._scene.marks.content_rect())
        whole = QRectF()
        for box in boxes:
            whole = whole.united(box)
        return whole

    def _paint(self, painter: QPainter, zoom: float) -> None:
        if not self._wish.is_transparent:
            painter.fillRect(self.box, QColor(look.canvas))
        if zoom < NAMES and not self._wish.names:
            self._scene.draw_overview(painter, self.box, zoom)
        else:
            self._paint_in_full(painter, zoom)
        if self._table is not None:
            self._table.paint(painter)

    def _paint_in_full(self, painter: QPainter, zoom: float) -> None:
        if not self._wish.names:
            self._scene.marks.paint(painter, box_of(self.box))
        paint_wires(painter, self._wires, self._scene.focus, zoom)
        paint_pills(painter, self._wires, zoom)
        paint_nodes(painter, self._nodes, zoom)


def save_picture(network: Network, path: Path, wish: Wish, scope: Way = ()) -> QSize:
    """Writes a picture of a network, or of the inside of a block; gives its size. Raises PictureError."""
    paper = Paper(network, wish, scope)
    try:
        paper.save(path)
        return paper.pixels
    finally:
        paper.close()
