"""Views that show some samples of a part at a time ask for what their fields say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from designer.inspect.asker import Asker
from designer.inspect.box_view import BoxesView
from designer.inspect.part_view import PagedView
from designer.inspect.sample_views import MasksView
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
    assert "road 50" in view.names.text()
    assert "sky –" in view.names.text()
