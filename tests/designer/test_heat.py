"""Nodes coloured by a number of theirs: the ramp, the numbers and the legend."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget

from designer import theme
from designer.canvas.heat import step
from designer.canvas.live_figures import FIGURES
from designer.canvas.look import CIVIDIS, HEAT_STEPS, look, luminance
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.main_window import MainWindow
from nodes.conv import Conv2d
from nodes.graph.columns import HEATED
from nodes.graph.model import Network
from tests.designer.drawing import chain
from tests.designer.networks import digits_classifier


class WholePaints(QObject):
    """Counts how often all of a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += event.rect().contains(watched.rect())
        return False


@pytest.fixture
def canvas(qtbot):
    view = CanvasView(Document(Network(graph=chain())))
    qtbot.addWidget(view)
    view.resize(1000, 600)
    view.show()
    qtbot.waitExposed(view)
    return view


def items(canvas):
    return canvas.canvas_scene.node_items


def test_nodes_have_no_colour_of_their_own_at_first(canvas):
    assert all(item.heat is None for item in items(canvas).values())
    assert not canvas.legend.isVisible()


def test_the_largest_number_has_the_last_colour_and_nothing_has_none(canvas):
    canvas.heat.show("weights")
    assert items(canvas)["conv1"].heat == HEAT_STEPS - 1  # the only one with weights
    assert items(canvas)["relu1"].heat is None
    assert items(canvas)["conv1"].detail == "156"
    assert canvas.legend.isVisible()


def test_colours_follow_logarithms():
    assert [step(value, 1, 10_000) for value in (1, 100, 10_000)] == [0, (HEAT_STEPS - 1) // 2, HEAT_STEPS - 1]
    assert step(float("inf"), 1, 10) == HEAT_STEPS - 1
    assert step(5, 5, 5) == HEAT_STEPS - 1


def test_colours_follow_an_edit(canvas):
    canvas.heat.show("weights")
    document = canvas.document
    document.edit(document.graph.with_settings("conv1", Conv2d(12, (5, 5))), "Change")
    assert items(canvas)["conv1"].detail == "312"


def test_the_legend_follows_an_edit(canvas):
    canvas.heat.show("weights")
    document = canvas.document
    document.edit(document.graph.with_settings("conv1", Conv2d(12, (5, 5))), "Change")
    assert [end.text() for end in canvas.legend._ends] == ["312", "312"]


def test_every_choice_is_painted_from_afar_too(qtbot, canvas):
    canvas.show_place(0.25, QPointF(250, 60))
    for key in ("weights", "memory_bytes", ""):
        paints = WholePaints(canvas.viewport())
        canvas.heat.show(key)
        qtbot.waitUntil(lambda paints=paints: paints.count > 0)


def test_from_afar_whole_nodes_have_the_colour(canvas):
    canvas.show_place(0.25, QPointF(250, 60))
    canvas.heat.show("weights")
    box = canvas.mapFromScene(items(canvas)["conv1"].scene_box()).boundingRect()
    picture = canvas.viewport().grab().toImage()
    assert picture.pixelColor(box.center()) == look.heat[HEAT_STEPS - 1].brush.color()
    without = canvas.mapFromScene(items(canvas)["relu1"].scene_box()).boundingRect()
    assert picture.pixelColor(without.center()) == look.node.color()  # and no family's


def test_the_legend_puts_the_colours_out(qtbot, canvas):
    canvas.heat.show("memory_bytes")
    qtbot.mouseClick(canvas.legend.close_button, Qt.MouseButton.LeftButton)
    assert canvas.heat.key == ""
    assert items(canvas)["conv1"].heat is None
    assert items(canvas)["conv1"].detail.startswith("5×5")
    assert not canvas.legend.isVisible()


def test_the_legend_stays_in_its_corner_while_the_drawing_moves(qtbot, canvas):
    canvas.heat.show("weights")
    before = canvas.legend.pos()
    canvas.horizontalScrollBar().setValue(canvas.horizontalScrollBar().value() + 60)
    canvas.verticalScrollBar().setValue(canvas.verticalScrollBar().value() + 40)
    assert canvas.legend.pos() == before


@pytest.mark.parametrize("key", [one.key for one in HEATED])
def test_every_number_of_the_table_can_be_shown(canvas, key):
    canvas.heat.show(key)
    assert canvas.legend.isVisible()
    assert items(canvas)["conv1"].detail


@pytest.mark.parametrize("shown", [theme.DARK, theme.LIGHT])
def test_text_stands_out_from_every_colour(qtbot, shown):
    before = theme.current()
    theme.apply(QApplication.instance(), shown)
    look.restyle()
    for shade in look.heat:
        ground, text = luminance(shade.brush.color()), luminance(shade.text)
        assert (max(ground, text) + 0.05) / (min(ground, text) + 0.05) >= 4.5
    theme.apply(QApplication.instance(), before)
    look.restyle()


def test_the_ramp_goes_one_way_from_dark_to_light():
    brightness = [luminance(QColor(color)) for color in CIVIDIS]
    assert brightness == sorted(brightness)


def test_the_view_menu_offers_every_number_and_nothing(qtbot):
    window = MainWindow(Document(digits_classifier()))
    qtbot.addWidget(window)
    view = next(a.menu() for a in window.top_bar.menus.actions() if a.text() == "&View")
    colours = next(a.menu() for a in view.actions() if a.text() == "&Colour Nodes by")
    titles = [a.text() for a in colours.actions() if a.text()]
    assert titles == ["Nothing", *(one.title for one in HEATED), *(one.title for one in FIGURES)]
    assert {"Weights %", "Multiply-adds %", "Memory %"} < set(titles)
    next(a for a in colours.actions() if a.text() == "Memory %").trigger()
    assert window.canvas.heat.key == "memory_share"
    next(a for a in colours.actions() if a.text() == "Weights").trigger()
    assert window.canvas.heat.key == "weights"
    window.canvas.heat.show("")
    assert next(a for a in colours.actions() if a.text() == "Nothing").isChecked()
