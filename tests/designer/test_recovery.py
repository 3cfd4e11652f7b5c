"""A window that is killed loses nothing: the next one finds every step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.main_window import MainWindow
from designer.preferences import KEEP_STEPS, preferences
from designer.recovery import Keeper, left_behind
from designer.recovery_dialog import RecoveryDialog
from nodes.activation import ReLU
from nodes.graph.files import load, save
from nodes.graph.model import Graph, Network, Node
from tests.designer.networks import digits_classifier

ROOT = Path(__file__).parents[2]

# Edits without end; after each step it says how many there are. Every seventh time it saves.
EDITING = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from designer.document import Document
from designer.preferences import KEEP_STEPS, preferences
from designer.recovery import Keeper
from nodes.activation import ReLU
from nodes.graph.files import save
from nodes.graph.model import Node

app = QCoreApplication([])
folder, file = Path(sys.argv[1]), Path(sys.argv[2])
document = Document()
keeper = Keeper(document, folder)
for number in range(1, 100_000):
    document.edit(document.graph.with_node(f"relu{number}", Node(ReLU(), number, 0)), f"Add relu{number}")
    print(number, flush=True)
    if number % 7 == 0:
        save(document.network, file)
        document.mark_saved(file)
"""


@pytest.mark.parametrize("number", [1, 9])  # a hundred are below, on systems that fork
def test_a_window_killed_at_any_moment_leaves_everything_up_to_its_last_step(tmp_path: Path, number: int) -> None:
    file = tmp_path / "saved.netw"
    command = [sys.executable, "-c", EDITING, str(tmp_path / "recovery"), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        time.sleep(0.013 * number)
        os.kill(process.pid, signal.SIGKILL)
        said = process.stdout.read().split()
    last = int(said[-1]) if said else 1
    found = list(left_behind(tmp_path / "recovery"))
    network = found[0].network if found else load(file).network  # killed just after saving
    assert len(network.graph.nodes) >= last
    assert list(network.graph.nodes) == [f"relu{n}" for n in range(1, len(network.graph.nodes) + 1)]


# A process for each kill would take minutes to start Python; a process that forks its editors starts them at once.
FORKING = """
import os, signal, sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from designer.document import Document
from designer.preferences import KEEP_STEPS, preferences
from designer.recovery import Keeper
from nodes.activation import ReLU
from nodes.graph.files import save
from nodes.graph.model import Node

app = QCoreApplication([])
home, kills = Path(sys.argv[1]), int(sys.argv[2])

def edit(folder, said, most=100_000):
    document = Document()
    keeper = Keeper(document, folder / "recovery")
    for number in range(1, most):
        document.edit(document.graph.with_node(f"relu{number}", Node(ReLU(), number, 0)), f"Add relu{number}")
        os.write(said, f"{number} ".encode())
        if number % 3 == 0:
            save(document.network, folder / "saved.netw")
            document.mark_saved(folder / "saved.netw")

(home / "warm").mkdir()
edit(home / "warm", os.open(os.devnull, os.O_WRONLY), 5)  # what is imported late is there before the first fork
for kill in range(kills):
    folder = home / str(kill)
    folder.mkdir()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        edit(folder, writer)
    os.close(writer)
    begun = os.read(reader, 1)  # the first step is made
    time.sleep(kill * 0.0004)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = begun
    while part := os.read(reader, 65536):
        said += part
    os.close(reader)
    (folder / "said").write_bytes(said)
"""
KILLS = 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_hundred_kills_while_editing_and_saving_lose_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKING, str(tmp_path), str(KILLS)], cwd=ROOT, check=True, timeout=60)
    steps = []
    for number in range(KILLS):
        folder = tmp_path / str(number)
        last = int((folder / "said").read_text().rsplit(maxsplit=1)[-1])
        found = list(left_behind(folder / "recovery"))
        network = found[0].network if found else load(folder / "saved.netw").network
        names = list(network.graph.nodes)
        assert len(names) >= last
        assert names == [f"relu{n}" for n in range(1, len(names) + 1)]
        steps.append(len(names))
    assert max(steps) > 5 * min(steps)  # they died at very different moments


@pytest.fixture
def kept(qtbot: QtBot, tmp_path: Path) -> Iterator[tuple[Document, Keeper]]:
    document = Document(digits_classifier())
    keeper = Keeper(document, tmp_path / "recovery")
    drawing = keeper.drawing
    yield document, keeper
    drawing.close_steps()


def add(document: Document, name: str) -> None:
    document.edit(document.graph.with_node(name, Node(ReLU())), f"Add {name}")


def test_what_was_saved_or_closed_in_good_order_is_not_offered(kept: tuple[Document, Keeper], tmp_path: Path) -> None:
    document, keeper = kept
    add(document, "relu1")
    assert any((tmp_path / "recovery").iterdir())
    save(document.network, tmp_path / "drawing.netw")
    document.mark_saved(tmp_path / "drawing.netw")
    assert not any((tmp_path / "recovery").iterdir())
    add(document, "relu2")
    keeper.close()
    assert not any((tmp_path / "recovery").iterdir())


def test_a_drawing_in_use_by_another_window_is_not_offered(kept: tuple[Document, Keeper], tmp_path: Path) -> None:
    add(kept[0], "relu1")
    assert list(left_behind(tmp_path / "recovery")) == []


def test_undo_redo_and_other_files_are_followed(kept: tuple[Document, Keeper], tmp_path: Path) -> None:
    document, keeper = kept
    add(document, "relu1")
    add(document, "relu2")
    document.undo_stack.undo()
    abandon(keeper)
    [left] = left_behind(tmp_path / "recovery")
    assert left.network == document.network
    assert left.title == "digits"
    assert left.saved() is None
    left.forget()
    assert list(left_behind(tmp_path / "recovery")) == []


def test_a_disk_that_takes_nothing_does_not_stand_in_the_way(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way of the folder")
    document = Document(Network(Graph()))
    Keeper(document, tmp_path / "file")
    add(document, "relu1")
    assert "relu1" in document.graph.nodes


def abandon(keeper: Keeper) -> None:
    """What the system does to a process that dies: its locks go, its files stay."""
    keeper.drawing.close_steps()
    keeper.drawing.unlock()


def test_the_next_start_offers_it_with_both_pictures_and_opens_it(
    kept: tuple[Document, Keeper], qtbot: QtBot, tmp_path: Path
) -> None:
    document, keeper = kept
    save(document.network, tmp_path / "drawing.netw")
    document.mark_saved(tmp_path / "drawing.netw")
    add(document, "relu1")
    abandon(keeper)
    window = MainWindow(Document())
    qtbot.addWidget(window, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    dialog = RecoveryDialog(list(left_behind(tmp_path / "recovery")), window.files.open_recovered, window)
    dialog.show()
    pictures = [one for one in dialog.findChildren(QLabel) if not one.pixmap().isNull()]
    assert [one.accessibleName()[:12] for one in pictures] == ["As it was, 2", "As it is in "]
    qtbot.mouseClick(dialog.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert window.document.network == document.network
    assert window.document.path == tmp_path / "drawing.netw"
    assert window.document.is_modified
    assert list(left_behind(tmp_path / "recovery")) == []


def test_nothing_is_written_down_where_that_is_not_wanted(kept: tuple[Document, Keeper], tmp_path: Path) -> None:
    document, keeper = kept
    add(document, "relu1")
    assert len(list((tmp_path / "recovery").iterdir())) == 1
    preferences.set(KEEP_STEPS, False)
    add(document, "relu2")
    assert list((tmp_path / "recovery").iterdir()) == []
    preferences.set(KEEP_STEPS, True)
    add(document, "relu3")
    abandon(keeper)
    [left] = left_behind(tmp_path / "recovery")
    assert left.network == document.network
