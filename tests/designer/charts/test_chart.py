"""What a chart shows, to the pixel, and how it is zoomed, moved and read."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.charts.axis import Axis, seconds_written
from designer.charts.chart import Chart
from designer.charts.events import Mark
from designer.charts.frame import upward
from designer.charts.line import Even, Line, Uneven
from designer.charts.pyramid import Buffer, Pyramid

RED = "#ff0000"


def line(values: list[float] | np.ndarray, style: str = "line", **more: object) -> Line:
    pyramid = Pyramid()
    pyramid.extend(np.asarray(values, dtype=np.float64))
    return Line("loss", RED, pyramid, Even(), style, **more)  # type: ignore[arg-type]


@pytest.fixture
def chart(qtbot: QtBot) -> Chart:
    chart = Chart("Loss")
    chart.resize(600, 200)
    qtbot.addWidget(chart)
    return chart


def picture(chart: Chart) -> QImage:
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    chart.paint(painter)
    painter.end()
    return image


def is_red(image: QImage, x: float, y: float) -> bool:
    """Is a pixel or one of its neighbours red, and nothing else?"""
    found = [image.pixelColor(round(x) + dx, round(y) + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return any(color.red() > 40 and color.green() == 0 for color in found)


@pytest.mark.parametrize("style", ["line", "band", "dashes"])
def test_a_spike_among_a_million_values_is_drawn_where_it_is(chart, style):
    values = np.zeros(1_000_000)
    values[250_000] = 1.0
    chart.lines = [line(values, style)]
    chart.fixed = (0.0, 1.0)
    image, room = picture(chart), chart.room
    assert is_red(image, room.left() + room.width() / 4, room.center().y())
    assert not is_red(image, room.left() + room.width() / 2, room.center().y())


def test_values_that_are_no_numbers_part_a_line(chart):
    chart.lines = [line([1.0, 1.0, np.nan, np.nan, 1.0, 1.0])]
    chart.fixed = (0.0, 2.0)
    image, room = picture(chart), chart.room
    assert is_red(image, room.left() + 0.1 * room.width(), room.center().y())
    assert not is_red(image, room.center().x(), room.center().y())
    assert is_red(image, room.left() + 0.9 * room.width(), room.center().y())


def test_raw_values_do_not_press_the_rest_flat(chart):
    chart.lines = [line([1.0, 1e6, 1.0], "band"), line([1.0, 1.2, 0.8])]
    assert chart.up(chart.across()).high < 2


def test_the_wheel_zooms_at_the_mouse(chart, qtbot):
    chart.lines = [line(np.arange(1_000.0))]
    chart.show()
    place = QPointF(chart.room.left() + chart.room.width() * 0.25, chart.room.center().y())
    before = chart.across().value(0.25)
    none, plain = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    turn = QWheelEvent(
        place, chart.mapToGlobal(place), QPoint(), QPoint(0, 240), none, plain, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(chart, turn)
    assert chart.is_zoomed
    assert chart.across().value(0.25) == pytest.approx(before)
    assert chart.across().high - chart.across().low == pytest.approx(999 / 1.25**2)
    assert chart.reading(place.x()).rows[0][2] == f"{round(before - 1)}"


def test_keys_zoom_move_and_show_all(chart, qtbot):
    chart.lines = [line(np.arange(1_000.0))]
    chart.show()
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Right):
        qtbot.keyClick(chart, key)
    moved = chart.across()
    assert moved.high - moved.low == pytest.approx(999 / 1.25**2)
    assert moved.low + moved.high > 1_001
    for _ in range(60):
        qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.across().high == pytest.approx(1_000)  # never beside what there is
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert not chart.is_zoomed


def test_what_comes_later_is_followed_unless_a_part_is_looked_at(chart):
    growing = line(np.arange(10.0))
    chart.lines = [growing]
    growing.values.extend(np.arange(90.0))
    assert chart.across().high == 100
    chart.show_part(Axis(20.0, 40.0))
    growing.values.extend(np.arange(100.0))
    assert (chart.across().low, chart.across().high) == (20.0, 40.0)


def test_nothing_is_drawn_again_for_a_reading(chart, qtbot):
    chart.lines = [line(np.arange(10.0))]
    chart.show()
    chart.grab()
    painted = chart.painted
    for x in range(100, 200, 10):
        qtbot.mouseMove(chart, QPoint(x, 100))
        chart.grab()
    assert chart.painted == painted


def test_a_logarithmic_axis_puts_powers_of_ten_at_even_distances():
    axis = upward(0.001, 1000.0, is_log=True)
    places = np.diff(axis.shares(np.array([0.001, 0.1, 10.0, 1000.0])))
    assert places == pytest.approx([places[0]] * 3)
    assert np.isnan(axis.shares(np.array([0.0, -1.0]))).all()
    assert [words for _, words in axis.ticks(9)] == ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 2.31), (0.31, 0.33), (-3.0, 5.0), (1e-7, 3e-7), (0.0, 7.2e6), (2.0, 2.0)]
)
def test_ends_are_round_and_hold_everything(low, high):
    axis = upward(low, high, is_log=False)
    assert axis.low <= low <= high <= axis.high
    assert axis.high - axis.low <= 2.5 * (high - low or high)
    assert 2 <= len(axis.ticks(5)) <= 7


def test_values_at_uneven_places_are_found(chart):
    places = Buffer()
    places.extend(np.array([1.0, 2.0, 10.0]))
    values = Pyramid()
    values.extend(np.array([5.0, 6.0, 7.0]))
    uneven = Line("validation", RED, values, Uneven(places), "marked")
    assert uneven.nearest(3.0) == (2.0, 6.0)
    assert uneven.nearest(7.0) == (10.0, 7.0)
    assert uneven.reach(1.5, 20.0) == (6.0, 7.0)
    assert uneven.extent() == (1.0, 10.0)


def test_marks_stand_where_something_happened(chart):
    chart.lines = [line(np.zeros(101))]
    plain = picture(chart)
    chart.marks = [Mark(51.0, "best")]
    x = round(chart.room.left() + 0.5 * chart.room.width())
    column = [picture(chart).pixel(x, y) != plain.pixel(x, y) for y in range(20, 180)]
    assert 40 < sum(column) < 140  # dashes


def test_times_are_written_as_a_clock_does():
    assert [seconds_written(s) for s in (0, 90, 3_725)] == ["0:00", "1:30", "1:02:05"]


def turn_wheel(chart: Chart, place: QPointF, modifiers: Qt.KeyboardModifier, turned: int = 240) -> None:
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    turn = QWheelEvent(place, chart.mapToGlobal(place), QPoint(), QPoint(0, turned), none, modifiers, phase, False)
    QApplication.sendEvent(chart, turn)


def test_steps_are_shown_along_a_logarithmic_axis(chart):
    chart.lines = [line(np.arange(100_000.0), "band")]
    chart.extent = (0.0, 100_000.0)
    chart.is_log_across = True
    chart.fixed = (0.0, 100_000.0)
    across = chart.across()
    assert (across.low, across.high) == (1.0, 100_000.0)
    assert [words for _, words in across.ticks(8)] == ["1", "10", "100", "1000", "1e4", "1e5"]
    assert across.share(10.0) == pytest.approx(0.2)
    room = chart.room
    assert is_red(picture(chart), room.left() + room.width() * across.share(50_000.0), room.center().y())
    chart.show_part(across.zoomed(0.5, 10))
    assert chart.across().low == pytest.approx(10**2.25)


def test_the_wheel_with_ctrl_zooms_upward_and_keys_move_there(chart, qtbot):
    chart.lines = [line(np.linspace(0, 8, 1_000))]
    chart.show()
    before = chart.up(chart.across())
    turn_wheel(chart, QPointF(chart.room.center()), Qt.KeyboardModifier.ControlModifier)
    up = chart.up(chart.across())
    assert up.high - up.low == pytest.approx((before.high - before.low) / 1.25**2)
    assert (up.low + up.high) / 2 == pytest.approx(before.high / 2)
    assert chart.is_zoomed
    qtbot.keyClick(chart, Qt.Key.Key_Up)
    assert chart.up(chart.across()).low > up.low
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.up(chart.across()) == before
    assert not chart.is_zoomed


def test_a_part_that_is_shown_can_follow_the_end(chart):
    growing = line(np.arange(100.0))
    chart.lines, chart.extent = [growing], (0.0, 1_000.0)
    chart.show_part(Axis(20.0, 40.0))
    chart.follow(True)
    assert (chart.across().low, chart.across().high) == pytest.approx((80.0, 100.0))
    growing.values.extend(np.arange(50.0))
    chart.refresh()
    assert (chart.across().low, chart.across().high) == pytest.approx((130.0, 150.0))


def test_raw_extremes_beyond_the_axis_are_told(chart):
    raw = np.ones(1_000)
    raw[250], raw[750] = 41.0, -7.0
    chart.lines = [line(raw, "band"), line(np.ones(1_000))]
    across = chart.across()
    above, below = chart.beyond(across, chart.up(across))
    assert (above.is_above, above.words, round(above.share, 2)) == (True, "41", 0.25)
    assert (below.is_above, below.words, round(below.share, 2)) == (False, "−7", 0.75)
    chart.show_height(Axis(-10.0, 50.0))
    assert chart.beyond(across, chart.up(across)) == []


def test_words_of_marks_stand_above_the_curves_and_the_most_telling_come_first(chart):
    chart.lines = [line(np.ones(101))]
    bare = chart.room.top()
    chart.marks = [Mark(50.0 + n / 10, "kept") for n in range(20)] + [Mark(51.0, "best")]
    image, room = picture(chart), chart.room
    assert room.top() >= bare + 12
    background = image.pixel(2, 2)
    columns = range(round(room.left()), round(room.right()))
    words = [x for x in columns if any(image.pixel(x, y) != background for y in range(round(room.top()) - 2))]
    assert 10 < words[-1] - words[0] < 40  # one word
    dashed = [x for x in columns if image.pixel(x, 61) != background]
    assert dashed == [round(room.left() + room.width() / 2)]
