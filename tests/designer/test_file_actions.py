"""Files: nothing is lost without a question, and every refusal is a sentence."""

from __future__ import annotations

import os

import pytest
from PySide6.QtWidgets import QWidget

from designer import dialogs
from designer.document import Document
from designer.examples import examples
from designer.file_actions import CANCEL, DISCARD, REPLACE, SAVE, FileActions
from nodes.activation import ReLU
from nodes.graph.files import load, save
from nodes.graph.model import Network, Node
from tests.designer.networks import digits_classifier


class Answers:
    """Answers questions in turn, and keeps what was said."""

    def __init__(self, monkeypatch) -> None:
        self.given: list[str] = []
        self.said: list[str] = []
        monkeypatch.setattr(dialogs, "ask", self._ask)
        monkeypatch.setattr(dialogs, "tell", self._tell)

    def _ask(self, parent, fact, remedy, answers) -> str:
        self.said.append(f"{fact} {remedy}")
        return self.given.pop(0)

    def _tell(self, parent, fact, remedy="", details=()) -> None:
        self.said.append(f"{fact} {remedy}")


@pytest.fixture
def answers(monkeypatch):
    return Answers(monkeypatch)


@pytest.fixture
def document():
    return Document()


@pytest.fixture
def files(qtbot, document, answers):
    window = QWidget()
    qtbot.addWidget(window)
    actions = FileActions(document, window)
    actions.forget_recent()
    return actions


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "digits.netw"
    save(digits_classifier(), path)
    return path


def change(document: Document) -> None:
    document.edit(document.graph.with_node("loose", Node(ReLU())), "Add")


def test_a_file_is_opened_and_saved(document, files, path):
    assert files.open_path(path)
    change(document)
    assert files.save()
    assert not document.is_modified
    assert "loose" in load(path).network.graph.nodes


def test_opened_files_are_remembered_the_last_first(files, path, tmp_path):
    other = tmp_path / "other.netw"
    save(Network(), other)
    files.open_path(path)
    files.open_path(other)
    assert files.recent() == [other, path]


def test_cancel_keeps_the_drawing(document, files, path, answers):
    change(document)
    answers.given = [CANCEL]
    assert not files.open_path(path)
    assert "loose" in document.graph.nodes


def test_discard_leaves_the_file_as_it_was(document, files, path, answers):
    files.open_path(path)
    before = path.read_bytes()
    change(document)
    answers.given = [DISCARD]
    files.new()
    assert not document.graph.nodes
    assert path.read_bytes() == before


def test_save_before_leaving_writes_the_file(document, files, path, answers):
    files.open_path(path)
    change(document)
    answers.given = [SAVE]
    files.new()
    assert "loose" in load(path).network.graph.nodes


def test_a_file_changed_by_another_window_is_asked_about(document, files, path, answers):
    files.open_path(path)
    change(document)
    save(Network(title="theirs"), path)
    answers.given = [CANCEL]
    assert not files.save()
    assert load(path).network.title == "theirs"
    assert "changed by another program or window" in answers.said[-1]
    answers.given = [REPLACE]
    assert files.save()
    assert "loose" in load(path).network.graph.nodes


def test_a_damaged_file_is_copied_before_the_rest_is_shown(document, files, path, answers):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    damaged = path.read_bytes()
    assert files.open_path(path)
    assert document.is_modified
    assert "image" in document.graph.nodes
    (copy,) = path.parent.glob("*-damaged1.netw")
    assert copy.read_bytes() == damaged
    assert "is damaged" in answers.said[-1]
    assert copy.name in answers.said[-1]


def test_a_file_that_is_no_network_leaves_the_drawing_alone(document, files, answers, tmp_path):
    change(document)
    document.mark_saved(tmp_path / "kept.netw")
    path = tmp_path / "picture.netw"
    path.write_bytes(b"\x89PNG")
    assert not files.open_path(path)
    assert "loose" in document.graph.nodes
    assert "no network file" in answers.said[-1]


def test_a_file_that_is_not_there_is_said(files, answers, tmp_path):
    assert not files.open_path(tmp_path / "absent.netw")
    assert "There is no file" in answers.said[-1]


def test_a_folder_that_cannot_be_written_keeps_the_drawing(document, files, path, answers, monkeypatch):
    files.open_path(path)
    change(document)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "fsync", refuse)
    assert not files.save()
    assert document.is_modified
    assert "cannot be written: Permission denied" in answers.said[-1]


@pytest.mark.parametrize("example", examples(), ids=lambda path: path.stem)
def test_examples_open_without_a_file_and_without_faults(document, files, answers, example):
    files.open_example(example)
    assert document.graph.nodes
    assert document.path is None
    assert answers.said == []
