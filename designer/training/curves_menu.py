"""The menu of the curves: their axis, smoothing, rate and marks, more panels, and saving what is seen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF, QSize
from PySide6.QtGui import QAction, QActionGroup, QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu

from designer.dialogs import tell
from designer.theme import current
from designer.training.heading import title_of
from designer.training.series import SCALES, SPANS, Scale

if TYPE_CHECKING:
    from designer.training.curves import Curves

SCALE_WORDS: dict[Scale, str] = {"epoch": "&Epochs", "step": "&Steps", "time": "&Time"}
SHARPNESS = 2  # picture points to a point of the screen
KINDS = "Picture (*.png);;Drawing (*.svg);;Numbers (*.csv)"


class CurvesMenu(QObject):
    """Made anew each time it opens, as what can be shown changes."""

    def __init__(self, curves: Curves) -> None:
        super().__init__(curves)
        self._curves = curves

    def open(self) -> None:
        button = self._curves.view_button
        self.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))

    def menu(self) -> QMenu:
        """All actions, checked as things stand."""
        curves, look = self._curves, self._curves.look
        menu = QMenu(curves)
        menu.aboutToHide.connect(menu.deleteLater)
        across = QActionGroup(menu)
        for scale in SCALES:
            across.addAction(self._add(menu, SCALE_WORDS[scale], partial(self._scale, scale), look.scale == scale))
        self._add(menu, "&Logarithmic", self._turn_across, look.is_log_across)
        menu.addSeparator()
        smoothing = menu.addMenu("S&moothing")
        spans = QActionGroup(smoothing)
        for word in ("Auto", *SPANS):
            spans.addAction(self._add(smoothing, word, partial(curves.smooth_by, word), look.smoothing == word))
        for words, name in (("&Raw Values", "raw"), ("&Learning Rate", "rate"), ("Mar&ks", "events")):
            self._add(menu, words, partial(self._turn, f"shows_{name}"), getattr(look, f"shows_{name}"))
        menu.addSeparator()
        more = menu.addMenu("Add &Panel")
        for name in (*curves.data.metric_names(), "loss", "learning_rate"):
            self._add(more, title_of(name), partial(curves.add_panel, name))
        menu.addSeparator()
        self._add(menu, "Save &As Picture or Numbers…", self._ask)
        return menu

    def save(self, path: Path) -> None:
        """What is seen, as PNG, SVG or the numbers as CSV, by the name's ending. Raises OSError."""
        plots = [plot for plot in self._curves.plots if plot.isVisible()]
        if path.suffix == ".csv":
            path.write_text("\n".join(f"# {p.heading.name}\n{p.csv()}" for p in plots), encoding="utf-8")
            return
        size = self._curves.size()
        if path.suffix == ".svg":
            paper = QSvgGenerator()
            paper.setFileName(str(path))
            paper.setSize(size)
            paper.setViewBox(QRect(0, 0, size.width(), size.height()))
            self._paint(QPainter(paper), size)
            return
        picture = QImage(size * SHARPNESS, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(SHARPNESS)
        self._paint(QPainter(picture), size)
        if not picture.save(str(path)):
            raise OSError(f"{path} cannot be written.")

    def _paint(self, painter: QPainter, size: QSize) -> None:
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(current().panel))
        for plot in self._curves.plots:
            if plot.isVisible():
                for part in (plot.heading, plot.legend, plot.chart):
                    painter.save()
                    painter.translate(part.mapTo(self._curves, part.rect().topLeft()))
                    plot.chart.paint(painter) if part is plot.chart else part.render(painter, part.rect().topLeft())
                    painter.restore()
        painter.end()

    def _add(self, menu: QMenu, words: str, do: object, checked: bool | None = None) -> QAction:
        action = menu.addAction(words)
        if checked is not None:
            action.setCheckable(True)
            action.setChecked(checked)
        action.triggered.connect(lambda _checked=False: do())  # type: ignore[operator]
        return action

    def _scale(self, scale: Scale) -> None:
        self._curves.look.scale = scale
        self._begin_anew()

    def _turn_across(self) -> None:
        self._curves.look.is_log_across = not self._curves.look.is_log_across
        self._begin_anew()

    def _begin_anew(self) -> None:
        """With all that there is, along another axis."""
        for plot in self._curves.plots:
            plot.fit()
        self._curves.refresh()
        self._curves.keep()

    def _turn(self, name: str) -> None:
        look = self._curves.look
        setattr(look, name, not getattr(look, name))
        self._curves.refresh()
        self._curves.keep()

    def _ask(self) -> None:
        chosen, kind = QFileDialog.getSaveFileName(self._curves, "Save the Curves", "curves.png", KINDS)
        if not chosen:
            return
        path = Path(chosen)
        if path.suffix not in (".png", ".svg", ".csv"):
            path = path.with_name(path.name + kind.partition("*")[2].rstrip(")"))
        try:
            self.save(path)
        except OSError as error:
            tell(self._curves, "The curves were not saved.", str(error))
