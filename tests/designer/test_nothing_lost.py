"""Files outlive mistakes: earlier versions, other programs, other windows, folders without rights."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from designer import dialogs, file_actions, versions_dialog
from designer.document import Document
from designer.file_actions import CANCEL, KEEP_MINE, RELOAD, FileActions
from designer.preferences import VERSIONS, preferences
from designer.versions import versions_of
from designer.versions_dialog import VersionsDialog, show_versions
from nodes.activation import ReLU
from nodes.graph.files import load, save
from nodes.graph.model import Network, Node
from tests.designer.networks import digits_classifier


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "drawing.netw"
    save(digits_classifier(), path)
    return path


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(dialogs, "tell", lambda _, fact, remedy="", details=(): heard.append(f"{fact} {remedy}"))
    return heard


def files_of(qtbot: QtBot) -> tuple[Document, FileActions]:
    parent = QWidget()
    qtbot.addWidget(parent)
    document = Document()
    document.setParent(parent)
    return document, FileActions(document, parent)


def add(document: Document, name: str) -> None:
    document.edit(document.graph.with_node(name, Node(ReLU())), f"Add {name}")


def answer(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    asked: list[str] = []
    left = list(answers)

    def ask(_: object, fact: str, remedy: str, offered: object) -> str:
        asked.append(f"{fact} {remedy}")
        return left.pop(0)

    monkeypatch.setattr(dialogs, "ask", ask)
    return asked


def test_each_saving_is_kept_and_the_file_as_it_was_before(qtbot: QtBot, path: Path) -> None:
    document, files = files_of(qtbot)
    files.open_path(path)
    for number in range(3):
        add(document, f"relu{number}")
        assert files.save()
    kept = [version.network() for version in versions_of(path)]
    assert [len(network.graph.nodes) for network in kept if network] == [8, 7, 6, 5]


def test_only_the_last_versions_are_kept(qtbot: QtBot, path: Path) -> None:
    document, files = files_of(qtbot)
    files.open_path(path)
    preferences.set(VERSIONS, 3)
    try:
        for number in range(6):
            add(document, f"relu{number}")
            files.save()
    finally:
        preferences.set(VERSIONS, VERSIONS.default)
    kept = [version.network() for version in versions_of(path)]
    assert [len(network.graph.nodes) for network in kept if network] == [11, 10, 9]


def test_an_earlier_version_is_opened_as_one_step(qtbot: QtBot, path: Path) -> None:
    document, files = files_of(qtbot)
    files.open_path(path)
    before = document.network
    add(document, "relu1")
    files.save()
    after = document.network
    dialog = VersionsDialog(document, versions_of(path), files._window)  # type: ignore[arg-type]
    now, earlier = (b for b in dialog.findChildren(QPushButton) if b.accessibleName().startswith("Open"))
    assert (now.text(), now.isEnabled()) == ("Shown now", False)
    qtbot.mouseClick(earlier, Qt.MouseButton.LeftButton)
    assert document.network == before
    assert document.is_modified
    document.undo_stack.undo()
    assert document.network is after


def test_without_versions_it_is_said_how_they_come(qtbot: QtBot, path: Path, said: list[str]) -> None:
    document, files = files_of(qtbot)
    show_versions(document, QWidget())
    files.open_path(path)
    show_versions(document, QWidget())
    assert "has no file yet" in said[0]
    assert "No version of drawing.netw is kept yet" in said[1]
    assert versions_dialog.PICTURE.width() > 0


def test_a_file_changed_by_another_program_is_read_again_as_one_step(
    qtbot: QtBot, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, files = files_of(qtbot)
    files.open_path(path)
    add(document, "relu1")
    mine = document.network
    save(Network(digits_classifier().graph, title="theirs"), path)
    asked = answer(monkeypatch, RELOAD)
    files.look_again()
    assert "drawing.netw was changed by another program" in asked[0]
    assert document.title == "theirs"
    assert not document.is_modified
    document.undo_stack.undo()
    assert document.network is mine
    assert document.is_modified
    files.look_again()
    assert len(asked) == 1


def test_mine_is_kept_and_theirs_is_an_earlier_version(
    qtbot: QtBot, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, files = files_of(qtbot)
    files.open_path(path)
    save(Network(digits_classifier().graph, title="theirs"), path)
    answer(monkeypatch, KEEP_MINE)
    files.look_again()
    assert document.is_modified
    assert files.save()
    assert load(path).network.title == "digits"
    titles = [network.title for version in versions_of(path) if (network := version.network())]
    assert titles == ["digits", "theirs"]


def test_a_file_that_was_deleted_is_written_again(qtbot: QtBot, path: Path) -> None:
    document, files = files_of(qtbot)
    files.open_path(path)
    path.unlink()
    heard: list[str] = []
    files.said.connect(heard.append)
    files.look_again()
    files.look_again()
    assert heard == ["drawing.netw is no longer in its folder. Save writes it again."]
    assert document.is_modified
    assert files.save()
    assert path.exists()


def test_the_second_window_on_a_file_saves_elsewhere(
    qtbot: QtBot, path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    _, first = files_of(qtbot)
    document, second = files_of(qtbot)
    first.open_path(path)
    second.open_path(path)
    assert said == [
        "drawing.netw is open in another window. You can look and draw here; saving asks for another place."
    ]
    assert second.is_open_elsewhere()
    before = path.read_bytes()
    add(document, "relu1")
    asked = answer(monkeypatch, CANCEL)
    assert not second.save()
    assert asked == ["drawing.netw is open in another window. Save what is shown here in another place."]
    assert path.read_bytes() == before
    first.watch.close()
    assert second.save()
    assert "relu1" in load(path).network.graph.nodes


def test_a_read_only_folder_is_said_before_anything_is_tried(
    qtbot: QtBot, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, files = files_of(qtbot)
    files.open_path(path)
    add(document, "relu1")
    monkeypatch.setattr(file_actions, "is_writable", lambda _: False)
    asked = answer(monkeypatch, CANCEL)
    assert not files.save()
    assert asked == [f"The folder {path.parent} is read-only. Save what is shown here in another place."]
    assert document.is_modified


def test_a_full_disk_costs_the_copy_but_not_the_saving(
    qtbot: QtBot, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, files = files_of(qtbot)
    files.open_path(path)
    add(document, "relu1")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "utime", full)
    assert files.save()
    assert "relu1" in load(path).network.graph.nodes
