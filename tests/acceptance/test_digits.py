"""The whole job in the real window, with mouse and keyboard only: draw, check, train, watch, export, prove."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from designer.export_dialog import ExportDialog
from designer.main_window import MainWindow
from tests.acceptance.gaps import GapMonitor
from tests.acceptance.user import CarriedDrag, User

LONGEST_GAP_MS = 100
EPOCHS = 15


@pytest.fixture
def user(qtbot, tmp_path, monkeypatch):
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("designer.palette_list.QDrag", CarriedDrag)
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=close)
    window.resize(1500, 1000)
    with qtbot.waitSignal(window.furnished):
        window.show()
    return User(qtbot, window)


def close(window: MainWindow) -> None:
    """Without the questions a window asks: the test is over."""
    window.services.trainer.stop()
    window.files.may_leave = lambda: True
    window._may_close = lambda: True


def draw_digits(user: User) -> None:
    """image -> conv -> bn -> relu -> conv -> bn -> relu -> pool -> flatten -> linear -> digit, and a loss."""
    user.drag_from_palette("input", QPoint(110, 90))
    user.click_node("input1")
    user.set_number("size", "1, 8, 8")
    user.rename("image")
    user.click_node("image")
    user.find_and_add("conv2d")
    user.click_node("conv1")
    user.set_number("out_channels", "16")
    user.set_number("padding", "1")
    user.find_and_add("batchnorm2d")
    user.click_node("bn1")
    user.find_and_add("relu")
    user.drag_from_palette("conv2d", QPoint(110, 230))
    user.click_node("conv2")
    user.set_number("out_channels", "32")
    user.set_number("padding", "1")
    user.connect("relu1", "conv2")
    user.click_node("conv2")
    user.double_click_in_palette("batch_norm2d")
    user.click_node("bn2")
    user.double_click_in_palette("relu")
    user.drag_from_palette("max_pool2d", QPoint(110, 370))
    user.connect("relu2", "pool1")
    user.click_node("pool1")
    user.find_and_add("flatten")
    user.click_node("flatten1")
    user.find_and_add("linear")
    user.click_node("fc1")
    user.set_number("out_features", "10")
    user.drag_from_palette("output", QPoint(880, 330))
    user.click_node("output1")
    user.rename("digit")
    user.drag_from_palette("cross_entropy_loss", QPoint(880, 430))
    user.connect("fc1", "digit")
    user.connect("fc1", "loss1", "prediction")


def choose_recipe(user: User) -> None:
    """Nothing selected: the form of the network is shown."""
    user.click_canvas(QPoint(600, 480))
    rows = user.window.inspector.network_form.recipe.rows
    (optimizer,) = rows["optimizer"].editor.fields()
    optimizer.setFocus()
    user.qtbot.keyClicks(optimizer, "Adam")
    user.type_into(rows["learning_rate"].editor.fields()[0], "0.003")
    user.type_into(rows["epochs"].editor.fields()[0], str(EPOCHS))


def export_onnx(user: User, path: Path) -> str:
    """Through the window's own dialogs; gives what they said in the end."""
    said: list[str] = []

    def export(dialog: ExportDialog) -> None:
        user.in_dialog(QFileDialog, lambda files: user.save_as(files, path))
        user.click(dialog.export)
        user.qtbot.waitUntil(lambda: dialog.export.isEnabled(), timeout=60_000)
        said.append(dialog.outcome.text())
        user.click(dialog.leave)

    user.in_dialog(ExportDialog, export)
    user.click(user.window.top_bar.export)
    return said[0]


def is_crowded() -> bool:
    """Do other programs want all processors? Then a gap may be theirs; what the window worked is ours anyway."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1)


def test_a_network_is_drawn_trained_and_exported(user, qtbot, tmp_path):
    window = user.window
    draw_digits(user)
    choose_recipe(user)
    assert {problem.kind for problem in window.document.problems} == {"bias-before-norm"}  # a remark: it works
    assert window.document.inference.totals.weights == 160 + 32 + 4_640 + 64 + 5_130
    qtbot.waitUntil(lambda: window.services.pool.is_ready, timeout=60_000)

    monitor, drawn, painted = GapMonitor(), [], []
    trainer = window.services.trainer
    panel = window.bottom.page(0)
    qtbot.waitUntil(lambda: panel.maker.is_done)
    was_crowded = is_crowded()
    monitor.start()
    user.click(window.top_bar.train)

    def watch() -> bool:
        drawn.append(panel.curves.loss.drawn)
        painted.append(panel.header.line.text())
        return trainer.state in ("finished", "failed")

    qtbot.waitUntil(watch, timeout=120_000)
    monitor.stop()
    assert trainer.state == "finished", trainer.failure
    assert len(set(drawn)) > 5, "the curves did not move"
    assert drawn == sorted(drawn)
    assert any(line.startswith("epoch ") for line in painted)
    assert monitor.most_work_ms <= LONGEST_GAP_MS, monitor.told()
    assert monitor.longest_ms <= LONGEST_GAP_MS or was_crowded, monitor.told()
    assert panel.standing.validated["test"].accuracy >= 0.95

    said = export_onnx(user, tmp_path / "digits.onnx")
    assert "onnxruntime and PyTorch differ by at most" in said
    check_with_onnxruntime(tmp_path / "digits.onnx", trainer.run)


def check_with_onnxruntime(path: Path, run: Path) -> None:
    """The file alone says what the trained network says, and knows the digits of the test part."""
    import onnxruntime
    import torch

    from runtime.checkpoint import load_run
    from runtime.data.loader import Loader

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    assert [value.name for value in session.get_inputs()] == ["image"]
    assert [value.name for value in session.get_outputs()] == ["digit"]
    loaded = load_run(run)
    data = loaded.dataset
    loader = Loader(data, [data.fields[0].name, data.target.name], torch.device("cpu"))
    images, labels = loader.batch(loader.rows(data.part("test")))
    (scores,) = session.run(None, {"image": images.numpy()})
    with torch.no_grad():
        ours = loaded.module(images).numpy()
    assert np.abs(scores - ours).max() <= 1e-5
    assert (scores.argmax(1) == labels.numpy()).mean() >= 0.95
