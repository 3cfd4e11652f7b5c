"""The whole window: what it imports and when, what its buttons do, and what a mistake of ours costs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QUrl
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QMessageBox

from designer import dialogs, skeleton, theme
from designer.bottom_panel import LAYERS
from designer.crash import CrashGuard
from designer.document import Document
from designer.export.forms import FORMS
from designer.export_dialog import ExportDialog
from designer.guide import FOLDER, GuideWindow
from designer.main_window import MainWindow
from nodes.graph.files import load
from nodes.graph.model import Network
from runtime.questions.exchange import Export
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier
from tests.designer.windows import anew, shown

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "onnx", "onnxruntime", "networkx", "numpy")

FIRST_PAINT = """
import sys
from designer.app import make_app
from designer.guide import FOLDER, GuideWindow
from designer.main_window import MainWindow

def look(moment):
    print(moment, *sorted({name.split(".")[0] for name in sys.modules}))

app = make_app()
window = MainWindow(deferred=True, at_start=True)
window.painted.connect(lambda: look("painted"))
window.furnished.connect(lambda: look("furnished"))
window.furnished.connect(app.quit)
window.show()
app.exec()
window.services.close()
"""


@pytest.fixture(scope="module")
def made(qapp):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("designer.services.Services.start", lambda _self: None)
        with shown(digits_classifier()) as window:
            yield window


@pytest.fixture
def window(made):
    return anew(made, digits_classifier())


def test_nothing_heavy_is_imported_before_the_first_paint_and_torch_never():
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    seen = {line.split()[0]: set(line.split()) for line in done.stdout.splitlines()}
    assert not seen["painted"] & set(HEAVY)
    assert not seen["furnished"] & {"torch", "onnx", "onnxruntime", "networkx"}


def test_the_search_field_adds_a_node_to_the_drawing(qtbot, window):
    window.find_layer()
    qtbot.keyClicks(window.palette_panel.search, "dropout")
    qtbot.keyClick(window.palette_panel.search, Qt.Key.Key_Return)
    assert "drop1" in window.document.graph.nodes


def test_the_keys_go_to_the_drawing_at_first(qtbot):
    window = MainWindow(Document(digits_classifier()))
    qtbot.addWidget(window)
    window.show()
    assert window.focusWidget() is window.canvas


def test_selecting_on_the_table_shows_the_form(qtbot, window):
    window.show_panel(LAYERS)
    table = window.bottom.page(LAYERS).table
    row = [r.name for r in window.bottom.page(LAYERS).model.rows].index("linear1")
    at = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert window.inspector.node_form.isVisible()
    assert window.inspector.node_form.node == "linear1"


def test_the_problems_tab_counts(window):
    window.document.edit(window.document.graph.without(("digit",)), "Delete")
    count = len([p for p in window.document.problems if p.severity != "remark"])
    assert window.bottom.tabs.tabText(1) == f"Problems {count}"


def test_the_title_says_whether_it_is_saved(window):
    assert window.top_bar.state.text() == "· new"
    window.document.edit(window.document.graph.without(("digit",)), "Delete")
    assert window.top_bar.state.text() == "· not saved"
    assert window.windowTitle() == "digits* – Netwright"


def test_the_data_button_leads_to_the_data_form(qtbot, window):
    window.document.select(("linear1",))
    window.services.engine.ask = ScriptedEngine().ask
    qtbot.mouseClick(window.top_bar.data, Qt.MouseButton.LeftButton)
    assert window.inspector.network_form.isVisible()
    assert window.inspector.network_form.data.rows["source"].editor.field.hasFocus()


def test_export_of_a_faulty_network_is_refused_with_the_problem(qtbot, window, monkeypatch):
    said = []
    monkeypatch.setattr(dialogs, "tell", lambda parent, fact, remedy="", details=(): said.append((fact, remedy)))
    window.document.edit(window.document.graph.without(("digit",)), "Delete")
    qtbot.mouseClick(window.top_bar.export, Qt.MouseButton.LeftButton)
    assert said[0][0] == "The network has no output."


def every_menu(menu):
    yield menu
    for action in menu.actions():
        if action.menu():
            yield from every_menu(action.menu())


def test_every_action_with_a_shortcut_has_its_own(window):
    actions = {action for menu in every_menu(window.top_bar.menus) for action in menu.actions()}
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert len(keys) > 60
    assert len(keys) == len(set(keys))


def test_every_menu_is_seen_whole_on_a_low_screen(window):
    for action in window.top_bar.menus.actions():
        assert action.menu().sizeHint().height() < 720 - 44, action.text()


def test_no_two_entries_of_a_menu_have_the_same_letter(window):
    for menu in every_menu(window.top_bar.menus):
        letters = [found[1].lower() for action in menu.actions() if (found := re.search("&(.)", action.text()))]
        assert len(letters) == len(set(letters)), (menu.title() if isinstance(menu, QMenu) else "bar", letters)


def test_panels_can_be_hidden_and_moved(window):
    dock = window.layers_dock
    dock.toggleViewAction().trigger()
    assert not dock.isVisible()
    window.set_arranging(True)
    assert dock.titleBarWidget() is None
    window.set_arranging(False)
    assert dock.titleBarWidget() is not None


def test_a_mistake_of_ours_saves_the_drawing_first(qtbot, window, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: shown.append(box.informativeText()))
    try:
        raise RuntimeError("a mistake")
    except RuntimeError as error:
        CrashGuard(window.document, window)(RuntimeError, error, error.__traceback__)
    saved = Path(shown[0].split("saved to ")[1].split(".netw")[0] + ".netw")
    assert load(saved).network.graph == window.document.graph
    assert "RuntimeError: a mistake" in capsys.readouterr().err


def export_dialog(qtbot, run: Path | None = None) -> tuple[ExportDialog, ScriptedEngine]:
    engine = ScriptedEngine()
    dialog = ExportDialog(Document(digits_classifier()), engine, run, None)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, engine


def said(dialog: QDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_onnx_export_shows_the_proof(qtbot, tmp_path):
    dialog, engine = export_dialog(qtbot)
    dialog.onnx.folded.click()
    dialog.onnx.precision.setCurrentIndex(1)
    dialog.export_to(tmp_path / "model.onnx")
    request = engine.requests[0]
    assert isinstance(request, Export)
    assert (request.kind, request.folded, request.precision, request.opset) == ("onnx", True, "float16", 20)
    assert dialog.bar.isVisible()
    engine.answer(path=str(tmp_path / "model.onnx"), bytes=4096, lines=["They differ by at most 3.1e-07."])
    assert "model.onnx, 4 KiB" in said(dialog)
    assert "They differ by at most 3.1e-07." in said(dialog)
    assert not dialog.bar.isVisible()


def test_every_form_of_export_is_asked_for(qtbot, tmp_path):
    for row, form in enumerate(FORMS):
        dialog, engine = export_dialog(qtbot)
        dialog.kinds.setCurrentRow(row)
        assert form.about in said(dialog)
        if form.kind:
            dialog.export_to(tmp_path / f"model{form.suffixes[0]}")
            assert engine.requests[0].kind == form.kind


def test_a_refused_export_says_why(qtbot, tmp_path):
    dialog, engine = export_dialog(qtbot)
    dialog.export_to(tmp_path / "model.onnx")
    engine.refuse("The disk is full.", "Make room.")
    assert "The disk is full. Make room." in said(dialog)
    assert dialog.export.isEnabled()


def test_an_export_of_a_run_takes_its_weights(qtbot, tmp_path):
    dialog, engine = export_dialog(qtbot, run=tmp_path / "2026-digits")
    dialog.export_to(tmp_path / "model.onnx")
    assert engine.requests[0].run == str(tmp_path / "2026-digits")
    assert "2026-digits" in said(dialog)


def test_leaving_the_dialog_forgets_the_question(qtbot, tmp_path):
    dialog, engine = export_dialog(qtbot)
    dialog.export_to(tmp_path / "model.onnx")
    qtbot.mouseClick(dialog.leave, Qt.MouseButton.LeftButton)
    assert engine.forgotten == [1]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT], ids=lambda look: look.name)
def test_text_stands_out_from_every_ground(look):
    for ground in (look.panel, look.raised, look.canvas):
        for ink in (look.text, look.secondary, look.fault):
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    assert contrast(look.on_accent, look.accent) >= 4.5


def test_the_appearance_can_be_chosen(qtbot, window):
    theme.choose("light")
    assert theme.current() is theme.LIGHT
    theme.choose("dark")
    assert theme.current() is theme.DARK


def test_an_empty_window_says_what_goes_where(qtbot):
    made = MainWindow(Document(Network()))
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.furnished):
        made.show()
    texts = [label.text() for label in made.findChildren(QLabel) if label.isVisible()]
    assert "Nothing drawn yet" in texts
    assert "No nodes yet" in texts


def test_panels_kept_from_a_larger_screen_leave_room_for_the_canvas(qtbot):
    settings = QSettings()
    settings.setValue(skeleton.PANELS, [240, 320, 700])
    assert skeleton.panel_sizes(1280, 720) == (208, 288, 232)
    settings.setValue(skeleton.PANELS, [240, 320, 300])
    assert skeleton.panel_sizes(1280, 720) == (240, 320, 300)
    settings.remove(skeleton.PANELS)


def test_choosing_a_panel_by_its_key_lets_the_keys_go_there(qtbot, window):
    window.enter_panel(LAYERS)
    qtbot.waitUntil(lambda: window.focusWidget() is window.bottom.page(LAYERS).table)


def test_the_second_start_leaves_the_canvas_its_room(qtbot):
    heights = []
    for _ in range(2):
        window = MainWindow(deferred=True)
        qtbot.addWidget(window)
        with qtbot.waitSignal(window.furnished):
            window.show()
        qtbot.waitUntil(lambda shown=window: shown.canvas.height() > shown.lower_dock.height() > 200, timeout=2000)
        heights.append(window.lower_dock.height())
        window.close()
    QSettings().clear()
    assert heights[0] == heights[1]


def test_the_guide_opens_and_its_pages_lead_on(qtbot, window):
    window.show_guide()
    guide = window.findChild(GuideWindow)
    assert "Your first network" in guide.pages.toPlainText()
    pages = sorted(FOLDER.glob("*.md"))
    assert len(pages) > 5
    for page in pages:
        guide.pages.setSource(QUrl(page.name))
        assert len(guide.pages.toPlainText()) > 400, page
    guide.close()
