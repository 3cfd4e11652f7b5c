"""Pictures of a drawing: SVG and PNG, whole or in part, with the layer table."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from designer.canvas.look import look
from designer.canvas.paper import Paper, PictureError, Wish, save_picture
from designer.document import Document
from designer.picture_dialog import PictureDialog
from nodes.graph.files import save
from nodes.graph.model import Graph, Network
from runtime.cli import main
from tests.designer.drawing import chain

TEXT = "{http://www.w3.org/2000/svg}text"
NETWORK = Network(chain(), title="Chain")


def texts(path: Path) -> list[str]:
    return ["".join(found.itertext()).strip() for found in ElementTree.parse(path).iter(TEXT)]


def test_text_stays_text_in_an_svg(qapp, tmp_path):
    save_picture(NETWORK, tmp_path / "chain.svg", Wish())
    found = texts(tmp_path / "chain.svg")
    assert {"image", "conv1", "relu1", "fc1", "scores", "6×24×24"} <= set(found)
    assert "<image" not in (tmp_path / "chain.svg").read_text(encoding="utf-8")


def test_a_picture_of_some_nodes_shows_no_others(qapp, tmp_path):
    save_picture(NETWORK, tmp_path / "part.svg", Wish(names=("conv1", "relu1")))
    found = texts(tmp_path / "part.svg")
    assert "conv1" in found
    assert "image" not in found
    assert "6×24×24" in found  # as known in the whole network
    assert "1×28×28" not in found


def test_the_table_stands_below_with_its_totals(qapp, tmp_path):
    without = save_picture(NETWORK, tmp_path / "plain.svg", Wish())
    size = save_picture(NETWORK, tmp_path / "table.svg", Wish(with_table=True))
    assert size.height() > without.height() + 5 * 20
    found = texts(tmp_path / "table.svg")
    assert found.count("156") == 2  # weights of conv1, and of all
    assert "Multiply-adds" in found


@pytest.mark.parametrize("scale", [0.25, 1.0, 3.0])
def test_a_png_is_as_large_as_asked_for(qapp, tmp_path, scale):
    path = tmp_path / "chain.png"
    size = save_picture(NETWORK, path, Wish(scale=scale))
    image = QImage(str(path))
    assert image.size() == size
    once = Paper(NETWORK, Wish())
    assert abs(size.width() - once.pixels.width() * scale) <= 2
    once.close()


def test_the_ground_can_be_left_out(qapp, tmp_path):
    save_picture(NETWORK, tmp_path / "ground.png", Wish())
    save_picture(NETWORK, tmp_path / "clear.png", Wish(is_transparent=True))
    assert QImage(str(tmp_path / "ground.png")).pixelColor(1, 1) == QColor(look.canvas)
    clear = QImage(str(tmp_path / "clear.png"))
    assert clear.pixelColor(1, 1).alpha() == 0
    colours = {clear.pixelColor(x, 24 + 36).alpha() for x in range(clear.width())}
    assert 255 in colours  # but nodes are there


def test_nothing_in_a_picture_is_selected(qapp, tmp_path):
    save_picture(NETWORK, tmp_path / "some.svg", Wish(names=("conv1",)))
    assert look.accent.name() not in (tmp_path / "some.svg").read_text(encoding="utf-8")


def test_a_picture_too_large_says_which_scale_fits(qapp, tmp_path):
    with pytest.raises(PictureError) as caught:
        save_picture(NETWORK, tmp_path / "huge.png", Wish(scale=200))
    fits = float(caught.value.remedy.split()[4])
    paper = Paper(NETWORK, Wish(scale=fits))
    assert max(paper.pixels.width(), paper.pixels.height()) <= 30_000
    paper.close()
    assert not (tmp_path / "huge.png").exists()


@pytest.mark.parametrize(
    ("network", "name", "words"),
    [
        (Network(Graph()), "a.svg", "nothing to draw"),
        (NETWORK, "a.bmp", "neither an SVG nor a PNG"),
        (NETWORK, "missing/a.svg", "There is no folder"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(qapp, tmp_path, network, name, words):
    with pytest.raises(PictureError, match=words):
        save_picture(network, tmp_path / name, Wish())


def test_the_dialog_writes_what_is_selected(qtbot, tmp_path):
    document = Document(NETWORK)
    document.select(("conv1", "relu1"))
    dialog = PictureDialog(document)
    qtbot.addWidget(dialog)
    assert dialog.selection.isChecked()
    dialog.save_to(tmp_path / "two.svg")
    assert "Written" in dialog.outcome.text()
    assert "fc1" not in texts(tmp_path / "two.svg")
    dialog.everything.setChecked(True)
    dialog.save_to(tmp_path / "all.svg")
    assert "fc1" in texts(tmp_path / "all.svg")


def test_the_dialog_says_how_large_it_will_be(qtbot):
    dialog = PictureDialog(Document(NETWORK))
    qtbot.addWidget(dialog)
    assert not dialog.selection.isEnabled()
    dialog.scale.setValue(1.0)
    once = dialog.outcome.text()
    dialog.scale.setValue(2.0)
    assert dialog.outcome.text() != once
    dialog.save_to(Path("/nowhere/at/all.svg"))
    assert "There is no folder" in dialog.outcome.text()


def test_the_command_writes_both_without_a_display(tmp_path, capsys):
    save(NETWORK, tmp_path / "chain.netw")
    outs = ["--png", str(tmp_path / "a.png"), "--svg", str(tmp_path / "a.svg")]
    with pytest.raises(SystemExit) as ended:
        main(["export", str(tmp_path / "chain.netw"), *outs, "--table", "--json"])
    assert not ended.value.code
    report = json.loads(capsys.readouterr().out)
    assert report["png_width_px"] == QImage(report["png_path"]).width()
    assert "conv1" in texts(Path(report["svg_path"]))


def test_the_command_refuses_in_a_sentence(tmp_path, capsys):
    save(dataclasses.replace(NETWORK, graph=Graph()), tmp_path / "empty.netw")
    with pytest.raises(SystemExit) as ended:
        main(["export", str(tmp_path / "empty.netw"), "--svg", str(tmp_path / "a.svg")])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "netwright: There is nothing to draw yet. Draw a network first, or open an example.\n"
    )


def test_pictures_need_no_torch(tmp_path):
    save(NETWORK, tmp_path / "chain.netw")
    script = (
        "import sys; from designer.picture_export import main; "
        f"main([{str(tmp_path / 'chain.netw')!r}, {str(tmp_path / 'a.svg')!r}]); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0
