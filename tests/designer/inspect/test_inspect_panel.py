"""Every way of looking into a run shows something true, by mouse and by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from designer.inspect.attention_view import AttentionView
from designer.inspect.box_view import BoxesView
from designer.inspect.decision_view import DecisionView
from designer.inspect.layer_views import FiltersView, MapsView, UnitsView, WeightsView
from designer.inspect.panel import VIEWS, InspectPanel
from designer.inspect.result_views import ClassesView, ConfusionView, ResidualsView
from designer.inspect.sample_views import EmbeddingView, MasksView
from designer.inspect.text_views import HiddenView, WritingView
from designer.inspect.typed_view import TypedView
from designer.inspect.view import View
from runtime.predict import Predictor
from tests.runtime.insight.conftest import run  # noqa: F401  a fixture

LEFT = Qt.MouseButton.LeftButton
NOT_OF_DIGITS = (ResidualsView, MasksView, TypedView, BoxesView, WritingView, HiddenView, AttentionView)


def shown(panel: InspectPanel, kind: type[View], qtbot: QtBot) -> View:
    """The view with its content."""
    view = panel.choose(kind)
    qtbot.waitUntil(lambda: view._stack.currentWidget() is view.content)
    return view


def test_only_what_the_run_has_is_offered(panel):
    titles = [panel.list.item(n).text() for n in range(panel.list.count())]
    assert titles == [kind.title for kind in VIEWS if kind not in NOT_OF_DIGITS]
    with pytest.raises(LookupError):
        panel.choose(MasksView)


def test_a_cell_of_the_confusion_shows_its_samples_and_a_sample_its_reasons(panel, qtbot):
    view = shown(panel, ConfusionView, qtbot)
    assert isinstance(view, ConfusionView)
    assert view.told.text().startswith("accuracy 9")
    matrix = view.matrix
    qtbot.waitUntil(lambda: view.sheet.sheet is not None)
    assert view.words.text().startswith("The hardest")
    assert 0 in view.sheet.faulty
    qtbot.mouseClick(matrix, LEFT, pos=matrix.rect_of(3, 3).center().toPoint())
    qtbot.waitUntil(lambda: set(view.sheet.captions) == {"3 → 3"})
    assert view.words.text() == matrix.words_of(3, 3)
    assert "are told right" in view.words.text()
    assert not view.sheet.faulty
    row = view._samples[1]["row"]
    qtbot.mouseClick(view.sheet, LEFT, pos=view.sheet.rect_of(1).center())
    why = panel.view
    assert isinstance(why, DecisionView)
    assert why.row.value() == row
    qtbot.waitUntil(lambda: why.best.text() == "3")


def test_the_confusion_is_walked_with_the_keys(panel, qtbot):
    view = shown(panel, ConfusionView, qtbot)
    assert isinstance(view, ConfusionView)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(view.matrix, key)
    assert view.matrix.place == (2, 2)
    assert view.matrix.accessibleDescription() == view.matrix.words_of(2, 2)
    qtbot.keyClick(view.matrix, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: set(view.sheet.captions) == {"2 → 2"})
    qtbot.keyClick(view.sheet, Qt.Key.Key_Right)
    assert view.sheet.place == 0
    with qtbot.waitSignal(view.sample_wanted):
        qtbot.keyClick(view.sheet, Qt.Key.Key_Return)


def test_classes_have_rows_curves_and_calibration(panel, qtbot):
    view = shown(panel, ClassesView, qtbot)
    assert isinstance(view, ClassesView)
    assert view.table.rowCount() == 10
    assert view.table.item(4, 0).text() == "4"
    assert [line.name for line in view.curve.lines] == ["chance", "found"]
    view.kind.setCurrentIndex(1)
    assert [line.name for line in view.curve.lines] == ["precision"]
    view.table.setCurrentCell(6, 0)
    assert "of 6" in view.curve.accessibleName()
    assert view.heading.text() == "Precision and recall of 6: precision against recall"
    assert not view.table.tabKeyNavigation()  # Tab leads on
    view.kind.setCurrentIndex(2)
    assert view.heading.text().startswith("Calibration")
    assert view.curve.lines[1].values.values.max() <= 1


def test_a_drawing_is_judged_as_the_file_of_it_would_be(panel, qtbot, run):  # noqa: F811
    view = shown(panel, DecisionView, qtbot)
    assert isinstance(view, DecisionView)
    pad = view.pad
    qtbot.mousePress(pad, LEFT, pos=QPoint(84, 20))
    for y in range(20, 150, 6):
        qtbot.mouseMove(pad, QPoint(84, y))
    qtbot.mouseRelease(pad, LEFT, pos=QPoint(84, 150))
    qtbot.waitUntil(lambda: view._picture.endswith("tried.png"))
    qtbot.waitUntil(lambda: not panel.asker._under_way and view.best.text() != "")
    assert view.best.text() == Predictor(run).predict(Path(view._picture))["class_name"]
    drawn = pad.picture()
    inside = [(x, y) for x in range(0, 168, 4) for y in range(0, 168, 4) if drawn.pixelColor(x, y).red() > 100]
    assert min(y for _, y in inside) > 20  # as small as the digits of MNIST are in their frame
    assert sum(x for x, _ in inside) / len(inside) == pytest.approx(84, abs=4)
    qtbot.mouseClick(pad, Qt.MouseButton.RightButton, pos=QPoint(5, 5))
    assert pad._is_empty


def test_a_picture_is_pasted_and_every_way_explains_it(panel, qtbot):
    view = shown(panel, DecisionView, qtbot)
    assert isinstance(view, DecisionView)
    picture = QImage(28, 28, QImage.Format.Format_RGB32)
    picture.fill(0)
    QGuiApplication.clipboard().setImage(picture)
    qtbot.mouseClick(view.from_clipboard, LEFT)
    for number in range(view.method.count()):
        view.method.setCurrentIndex(number)
        qtbot.waitUntil(lambda: not panel.asker._under_way)
        assert view.sheet.sheet["count"] == 3


def test_what_is_no_picture_gets_a_sentence_and_another_try(panel, qtbot, tmp_path):
    view = shown(panel, DecisionView, qtbot)
    assert isinstance(view, DecisionView)
    (tmp_path / "text.png").write_text("no picture")
    view.look_at(tmp_path / "text.png")
    qtbot.waitUntil(lambda: "text.png" in view.message.text)
    assert view.retry.isVisible()
    view.show_row(3)
    qtbot.waitUntil(lambda: view._stack.currentWidget() is view.content)


def test_layers_are_looked_at_one_by_one(panel, qtbot):
    filters = shown(panel, FiltersView, qtbot)
    assert isinstance(filters, FiltersView)
    assert filters.sheet.sheet["count"] == 16
    assert filters.channel.isHidden()
    filters.choose("conv2")
    qtbot.waitUntil(lambda: filters.sheet.sheet["count"] == 32)
    assert filters.channel.maximum() == 15
    maps = shown(panel, MapsView, qtbot)
    assert isinstance(maps, MapsView)
    assert len(maps._list.findChildren(type(filters.sheet))) >= 7
    units = shown(panel, UnitsView, qtbot)
    assert isinstance(units, UnitsView)
    assert len(units.sheet.captions) == 16
    qtbot.mouseClick(units.dream, LEFT)
    qtbot.waitUntil(lambda: units.made.sheet is not None, timeout=20_000)
    weights = shown(panel, WeightsView, qtbot)
    assert isinstance(weights, WeightsView)
    assert weights._grid.count() == 8


def test_samples_of_the_embedding_are_opened(panel, qtbot):
    view = shown(panel, EmbeddingView, qtbot)
    assert isinstance(view, EmbeddingView)
    assert len(view.cloud.points) == 360 or len(view.cloud.points) > 300
    place = view.cloud._places()[5].toPoint()
    with qtbot.waitSignal(view.sample_wanted) as wanted:
        qtbot.mouseClick(view.cloud, LEFT, pos=place)
    assert wanted.args[0] in view._rows


def test_other_weights_are_asked_for_anew(panel, qtbot):
    view = shown(panel, ConfusionView, qtbot)
    before = len(panel.asker._engine.asked)
    panel.moments.weights.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not panel.asker._under_way)
    asked = panel.asker._engine.asked[before:]
    assert {request.which for request in asked} == {"last"}
    assert view._stack.currentWidget() is view.content


def test_a_folder_that_is_no_run_is_told(panel, qtbot, tmp_path):
    panel.show_run(tmp_path)
    qtbot.waitUntil(lambda: "is no run" in panel.empty.text)
    assert panel.list.isHidden()
    before = len(panel.asker._engine.asked)
    qtbot.mouseClick(panel.retry, LEFT)
    assert len(panel.asker._engine.asked) == before + 1


def test_nothing_is_asked_of_views_that_nobody_sees(panel, qtbot):
    shown(panel, ConfusionView, qtbot)
    kinds = {type(request).__name__ for request in panel.asker._engine.asked}
    assert kinds == {"ListLayers", "Judge", "FindSamples"}


def test_without_a_run_it_says_what_goes_there(qtbot):
    from tests.designer.inspect.conftest import DirectEngine

    panel = InspectPanel(DirectEngine())  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show_run(None)
    assert panel.empty.text.startswith("Train the network, or open a run.")
    assert Path(panel.asker.folder).is_dir()


def test_a_run_that_ends_while_nobody_looks_is_opened_when_somebody_does(panel, qtbot, run):  # noqa: F811
    panel.hide()
    before = len(panel.asker._engine.asked)
    panel.show_run(run)
    qtbot.wait(50)
    assert len(panel.asker._engine.asked) == before
    with qtbot.waitSignal(panel.opened):
        panel.show()
    assert panel.view is not None
