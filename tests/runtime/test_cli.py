"""The command line: what it reports, and one sentence with exit status 2 for every bad input."""

from __future__ import annotations

import json
import logging
import os
import signal
import struct
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from PIL import Image

from nodes.graph.files import save
from nodes.graph.model import Link, Network
from runtime import runs
from runtime.cli import main
from tests.nodes.graph.faulty import FAULTY
from tests.runtime.networks import QUICK, digits_graph

COMMAND = [sys.executable, "-c", "from runtime.cli import main; main()"]


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """A small network file for the digits."""
    file = tmp_path / "small.netw"
    save(Network(digits_graph(), "Small", data={"source": "digits"}, recipe=QUICK), file)
    return file


@pytest.fixture
def call(capfd, monkeypatch):
    """Calls a command in this process: (exit status, what it printed, what it complained)."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capfd.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def assert_refused(result: tuple[int, str, str], *words: str) -> None:
    """Exit status 2, and one sentence on stderr that names these."""
    status, _, complaint = result
    assert status == 2
    assert complaint.startswith("netwright: ")
    assert complaint.count("\n") == 1
    assert "Traceback" not in complaint
    for word in words:
        assert word in complaint


def test_check_shows_layers_totals_and_receptive_fields(call, digits):
    status, printed, _ = call("check", digits)
    assert status == 0
    assert "CONV3-4" in printed
    assert "[6×6×4]" in printed
    assert "1\u202f490" in printed  # 4·9 + 4 and 144·10 + 10
    assert "3 px · step 1 · start 0" in printed


def test_check_reports_as_json(call, digits):
    status, printed, _ = call("check", digits, "--json")
    report = json.loads(printed)
    assert status == 0
    assert report["weights"] == 1490
    assert report["multiply_adds"] == 36 * 36 + 1440
    assert report["problems"] == []
    assert report["nodes"][1]["receptive_field"] == [3, 3]


def test_check_exits_with_1_where_there_is_an_error(call, digits, tmp_path):
    graph = digits_graph()
    save(Network(graph.without_links(graph.incoming("fc").values())), tmp_path / "open.netw")
    status, printed, _ = call("check", tmp_path / "open.netw")
    assert status == 1
    assert "error: fc has nothing at its input x. Connect a value to it." in printed


def test_check_says_what_is_wrong_inside_a_block_before_training_fails_of_it(call, tmp_path):
    faulty = FAULTY["batch-of-one"][2]()
    save(Network(faulty.graph.renamed("x", "point"), recipe={"batch_size": faulty.batch}), tmp_path / "one.netw")
    status, printed, _ = call("check", tmp_path / "one.netw")
    assert status == 1
    assert "error: Inside part, norm gets a batch of one sample with one number for each channel." in printed
    assert "  → Inside part: Replace norm by GroupNorm: +0 weights" in printed


def test_what_libraries_say_to_programmers_is_not_shown(call, monkeypatch):
    def check(given: list[str]) -> int:
        warnings.warn("a pickle of protocol 4", UserWarning, stacklevel=2)
        logging.getLogger("torch.export").warning("Ran into the following error", exc_info=ValueError())
        return 0

    monkeypatch.setattr("runtime.commands.run", check)
    try:
        assert call("check", "x.netw") == (0, "", "")
    finally:
        logging.disable(logging.NOTSET)


def test_nodes_lists_the_catalogue(call):
    status, printed, _ = call("nodes", "--json")
    entries = {entry["type"]: entry for entry in json.loads(printed)["nodes"]}
    assert status == 0
    assert entries["conv2d"]["settings"]["kernel_size"]["unit"] == "px"
    assert entries["conv2d"]["settings"]["kernel_size"]["low"] == 1
    assert entries["conv2d"]["example"]["output_shapes"] == {"output": [32, 30, 30]}
    assert "conv2d" in call("nodes")[1]


def test_a_network_is_trained_then_predicts_and_is_exported(call, digits, tmp_path):
    status, printed, _ = call("train", digits, "--out", tmp_path / "runs", "--epochs", 3, "--json")
    trained = json.loads(printed)
    assert status == 0
    assert trained["reason"] == "done"
    assert trained["test_accuracy"] > 0.7
    run = Path(trained["run"])
    assert run.parent == tmp_path / "runs"

    picture = tmp_path / "digit.png"
    Image.new("L", (8, 8)).save(picture)
    (entry,) = json.loads(call("predict", run, picture, "--json")[1])["predictions"]
    assert sum(found["probability"] for found in entry["classes"]) == pytest.approx(1)
    assert entry["class_name"] == entry["classes"][0]["name"]

    status, printed, _ = call("export", run, "--onnx", tmp_path / "m.onnx", "--python", tmp_path / "m.py", "--json")
    exported = json.loads(printed)
    assert status == 0
    assert exported["proof_max_abs_diff"] <= 1e-5
    assert exported["is_proven_on_data"]
    assert (tmp_path / "m.safetensors").is_file()
    assert "Proof on" in call("export", run, "--onnx", tmp_path / "m.onnx")[1]


def test_an_interrupted_training_says_how_to_go_on(digits, tmp_path):
    command = [*COMMAND, "train", str(digits), "--out", str(tmp_path / "runs"), "--epochs", "100000"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    journal = _wait_for_progress(tmp_path / "runs")
    child.send_signal(signal.SIGINT)
    printed, complaint = child.communicate(timeout=60)
    assert child.returncode == 0
    assert complaint == ""
    assert f"Go on with: netwright train --resume {journal.parent}" in printed
    assert (journal.parent / "checkpoints" / "last.safetensors").is_file()


def _wait_for_progress(root: Path) -> Path:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        for journal in root.glob("*/journal.jsonl"):
            if any(isinstance(entry, runs.Progress) for entry in runs.read_entries(journal)[0]):
                return journal
        time.sleep(0.05)
    raise AssertionError("the training did not begin")


def test_a_damaged_file_is_refused_and_what_can_be_read_is_shown(call, digits, tmp_path):
    damaged = tmp_path / "damaged.netw"
    damaged.write_bytes(digits.read_bytes()[:-300])
    result = call("check", damaged)
    assert_refused(result, "damaged.netw", "damaged or cut short", "Open it in the window")
    assert "CONV3-4" in result[1]
    assert_refused(call("train", damaged, "--out", tmp_path), "damaged")
    assert_refused(call("export", damaged, "--onnx", tmp_path / "m.onnx"), "damaged")


def test_an_unknown_node_type_is_refused(call, digits, tmp_path):
    strange = tmp_path / "strange.netw"
    strange.write_text(digits.read_text().replace('"relu"', '"warp_drive"'))
    assert_refused(call("check", strange), "there is no node type 'warp_drive'")
    assert_refused(call("train", strange), "warp_drive")


def test_a_cycle_is_an_error(call, tmp_path):
    graph = digits_graph()
    graph = graph.with_link(Link("relu", "output", "conv", "x"))
    save(Network(graph, data={"source": "digits"}), tmp_path / "cycle.netw")
    status, printed, _ = call("check", tmp_path / "cycle.netw")
    assert status == 1
    assert "These nodes feed each other in a circle" in printed
    assert_refused(call("export", tmp_path / "cycle.netw", "--onnx", tmp_path / "m.onnx"), "in a circle")
    assert_refused(call("train", tmp_path / "cycle.netw", "--out", tmp_path / "runs"), "in a circle")


def test_a_missing_data_set_is_refused(call, digits, tmp_path):
    result = call("train", digits, "--out", tmp_path / "runs", "--set", f"data.source={tmp_path / 'nowhere'}")
    assert_refused(result, "There is no data folder", "nowhere")


def test_a_folder_that_cannot_be_written_is_refused(call, digits, tmp_path):
    (tmp_path / "file").write_text("")
    # Below a file: nobody can write there, whatever the rights of who runs the tests.
    assert_refused(call("train", digits, "--out", tmp_path / "file" / "runs"), "file")
    assert_refused(call("export", digits, "--onnx", tmp_path / "none" / "m.onnx"), "There is no folder")
    assert_refused(call("export", digits, "--onnx", tmp_path), "is a folder", "Name a file")
    assert_refused(call("demo", "--headless", "--out", tmp_path / "file"), "is a file")


def test_an_idx_file_cut_short_is_refused(call, digits, tmp_path):
    data = tmp_path / "idx"
    data.mkdir()
    (data / "train-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, 100, 8, 8) + b"\0" * 50)
    (data / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, 100) + b"\0" * 100)
    result = call("train", digits, "--out", tmp_path / "runs", "--set", f"data.source={data}")
    assert_refused(result, "train-images-idx3-ubyte is cut short", "6,416 bytes")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "nowhere.netw"], ["There is no file nowhere.netw"]),
        (["check"], ["Missing argument", "netwright check --help"]),
        (["check", "."], ["is a folder"]),
        (["train"], ["nothing to train"]),
        (["train", "FILE", "--bogus"], ["No such option", "--bogus"]),
        (["train", "FILE", "--epochs", "many"], ["--epochs"]),
        (["train", "FILE", "--epochs", "0"], ["epochs takes a whole number from 1"]),
        (["train", "FILE", "--device", "abacus"], ["abacus"]),
        (["train", "FILE", "--set", "recipe.colour=red"], ["The recipe has no setting colour", "learning_rate"]),
        (["train", "FILE", "--set", "batch_size=3"], ["batch_size=3", "recipe.batch_size=64"]),
        (["train", "--resume", "nowhere"], ["nowhere"]),
        (["export", "FILE"], ["--onnx OUT, --python OUT"]),
        (["export", "nowhere", "--onnx", "m.onnx"], ["There is no file nowhere"]),
        (["predict", "nowhere", "x.png"], ["nowhere"]),
        (["sing"], ["no command or file sing", "data, demo, evaluate"]),
        (["one.netw", "two.netw"], ["One file at a time"]),
        (["nowhere.netw"], ["There is no file nowhere.netw"]),
        (["--bogus"], ["No such option"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_bad_input_gets_a_sentence(call, digits, monkeypatch, arguments, words):
    monkeypatch.chdir(digits.parent)
    assert_refused(call(*(digits if argument == "FILE" else argument for argument in arguments)), *words)


def test_a_fault_of_the_program_is_told_without_a_traceback(call, monkeypatch):
    def fail() -> None:
        raise ZeroDivisionError("nothing to share")

    monkeypatch.setattr("runtime.commands.catalogue", fail)
    status, _, complaint = call("nodes", "--json")
    assert status == 70
    assert complaint.count("\n") == 1
    log = Path(complaint.split()[-1].rstrip("."))
    assert "ZeroDivisionError: nothing to share" in log.read_text()
    log.unlink()


def test_without_a_display_the_window_is_refused(call, digits, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert_refused(call(digits), "no display", "netwright demo --headless")
    assert_refused(call(), "no display")


def test_a_file_opens_the_window(call, digits, monkeypatch):
    opened: list[list[str]] = []
    monkeypatch.setattr("runpy.run_module", lambda name, run_name: opened.append([name, *sys.argv]))
    monkeypatch.setattr(sys, "argv", ["pytest"])
    assert call(digits)[0] == 0
    assert opened == [["designer", "netwright", str(digits)]]


def test_the_demo_opens_the_window_where_there_is_a_display(call, monkeypatch):
    opened: list[list[str]] = []
    monkeypatch.setattr("runpy.run_module", lambda name, run_name: opened.append([name, *sys.argv]))
    monkeypatch.setattr(sys, "argv", ["pytest"])
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert call("demo")[0] == 0
    assert opened == [["designer", "netwright", "--demo"]]


def test_the_way_to_the_window_imports_no_command_machinery():
    script = (
        "import runpy, sys\n"
        "runpy.run_module = lambda *a, **k: print(sorted({'typer', 'rich', 'torch', 'numpy'} & set(sys.modules)))\n"
        "from runtime.cli import main\n"
        "main([])\n"
    )
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    assert ended.stdout == "[]\n"


def test_help_comes_without_torch():
    script = (
        "import sys\nfrom runtime.cli import main\n"
        "try:\n    main(['--help'])\nfinally:\n    assert 'torch' not in sys.modules\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for command in ("check", "data", "demo", "train", "export", "predict", "nodes"):
        assert command in ended.stdout


def test_data_lists_every_form(call):
    forms = json.loads(call("data", "--json")[1])["forms"]
    assert {"digits", "pictures", "masks", "characters", "table", "series", "texts", "arrays"} <= {
        f["form"] for f in forms
    }
    assert "Text by character (characters)" in call("data")[1]


def test_data_says_what_a_source_gives(call):
    told = json.loads(call("data", "toy:circles", "--set", "data.test=0", "--json")[1])
    assert told["samples"] == {"train": 1800, "validation": 200, "test": 0}
    assert sum(told["class_counts"]["train"]) == 1800
    assert "1,800 train, 200 validation, 0 test" in call("data", "toy:circles", "--set", "data.test=0")[1]
    assert_refused(call("data", "nowhere.csv"), "There is no data file", "nowhere.csv")
    assert_refused(call("data", "digits", "--set", "data.fold=x"), "fold takes a whole number")
