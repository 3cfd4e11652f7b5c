"""A picture that is written again under its name is seen anew, also within the same second."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from designer.data.samples import VariedPage
from designer.document import Document
from designer.inspect.sheet_view import SheetView
from tests.designer.doubles import ScriptedEngine

SIDE = 64


def write(file: Path, colour: str) -> dict[str, Any]:
    """A picture of one colour, as an engine would write it; all of them within one second, and equally large."""
    picture = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    picture.fill(QColor(colour))
    assert picture.save(str(file), "BMP")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    return {"path": str(file), "columns": 1, "count": 1, "tile": [SIDE, SIDE], "gap": 1}


@pytest.mark.parametrize("colours", [("#ff0000", "#0000ff")])
def test_a_sheet_shows_what_was_written_last(qtbot: QtBot, tmp_path: Path, colours: tuple[str, str]):
    view = SheetView("Sheet")
    qtbot.addWidget(view)
    view.resize(SIDE, SIDE)
    for colour in colours:
        view.show_sheet(write(tmp_path / "sheet.bmp", colour))
        assert view.grab().toImage().pixelColor(SIDE // 2, SIDE // 2) == QColor(colour)


def test_the_contact_sheet_of_the_augmentation_shows_what_was_written_last(qtbot: QtBot, tmp_path: Path):
    page = VariedPage(Document(), ScriptedEngine())  # type: ignore[arg-type]
    qtbot.addWidget(page)
    for colour in ("#ff0000", "#0000ff"):
        page.show_result(write(tmp_path / "sheet.bmp", colour) | {"is_varied": True})
        assert page.picture.pixmap().toImage().pixelColor(SIDE // 2, SIDE // 2) == QColor(colour)
