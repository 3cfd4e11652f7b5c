"""Views that show some samples of a part at a time ask for what their fields say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from designer.inspect.asker import Asker
from designer.inspect.box_view import BoxesView
from designer.inspect.part_view import PagedView
from designer.inspect.sample_views import MasksView
from designer.theme import current
from tests.designer.doubles import ScriptedEngine

ABOUT: dict[str, Any] = {"parts": {"train": 40, "validation": 0, "test": 9}, "task": "pixels"}


@pytest.fixture(params=[MasksView, BoxesView])
def view(request: pytest.FixtureRequest, qtbot: QtBot, tmp_path: Path) -> PagedView:
    asker = Asker(ScriptedEngine())  # type: ignore[arg-type]
    asker.look_into(tmp_path)
    view: PagedView = request.param(asker)
    qtbot.addWidget(view)
    view.show_run(ABOUT)
    view.show()
    return view


def test_parts_with_samples_are_offered_and_their_samples_asked_for(view):
    asked = view.asker._engine.requests
    assert [view.part.itemText(n) for n in range(view.part.count())] == ["test", "train"]
    assert (asked[-1].part, asked[-1].first, asked[-1].count) == ("test", 0, view.per_page)
    view.first.setValue(7)
    assert asked[-1].first == 7
    assert view.first.maximum() == 8
    view.part.setCurrentText("train")
    assert (asked[-1].part, asked[-1].first) == ("train", 7)
    assert view.first.maximum() == 39


def test_masks_are_told_with_the_share_of_each_class(view):
    if isinstance(view, BoxesView):
        view.asker._engine.refuse("The data are gone.", "Choose others.")
        assert view.message.text == "The data are gone. Choose others."
        return
    told = {"path": "", "count": 4, "columns": 4, "tile": [8, 8], "gap": 1}
    view.show_page(told | {"classes": ["road", "sky"], "colours": [[1, 2, 3], [4, 5, 6]], "iou": [0.5, None]})
    assert view.told.text().startswith("mean IoU of these 50")
    assert "road · 50" in view.names.text()
    assert "sky · –" in view.names.text()


def test_several_boxes_of_a_picture_are_drawn_with_class_and_score(qtbot: QtBot, tmp_path: Path):
    asker = Asker(ScriptedEngine())  # type: ignore[arg-type]
    asker.look_into(tmp_path)
    view = BoxesView(asker)
    qtbot.addWidget(view)
    picture = QImage(40, 40, QImage.Format.Format_RGB32)
    picture.fill(0)
    assert picture.save(str(tmp_path / "sheet.png"))
    told = {"path": str(tmp_path / "sheet.png"), "count": 1, "columns": 1, "tile": [40, 40], "gap": 1}
    right, given = [[0.1, 0.1, 0.4, 0.4]], [[0.1, 0.1, 0.4, 0.4], [0.5, 0.6, 0.9, 0.9]]
    view.show_page(
        told
        | {"right": [right], "given": [given], "iou": [1.0], "rows": [5]}
        | {"right_words": [["1"]], "given_words": [["1 98%", "0 40%"]]}
    )
    assert list(view.sheet.captions) == ["overlap 100 %"]
    assert view.sheet.tips == ["Sample 5: right class 1; given class 1 98%, 0 40%"]
    view.sheet.resize(view.sheet.sizeHint())
    image, place = view.sheet.grab().toImage(), view.sheet.rect_of(0)
    amber = QColor(current().warning)
    lit = [
        (x / place.width(), y / place.height())
        for x in range(place.width())
        for y in range(place.height())
        if image.pixelColor(x, y) == amber
    ]
    assert any(x > 0.8 and y > 0.8 for x, y in lit)  # a corner of the second
    assert view.told.text().endswith("1 of 1 overlap by half or more")


def test_a_picture_without_an_object_says_so(view: PagedView):
    if isinstance(view, MasksView):
        return
    told = {"path": "", "count": 0, "columns": 1, "tile": [8, 8], "gap": 1, "right": [[]], "given": [[]]}
    view.sheet.show_sheet(None)
    view.show_page(told | {"iou": [None], "rows": [3], "right_words": [[]], "given_words": [[]]})
    assert list(view.sheet.captions) == ["no object"]
    assert view.sheet.tips == ["Sample 3: no box"]
