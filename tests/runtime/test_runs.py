"""The run folder: journal, commands, and what stands in the way of writing it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from nodes.graph.files import load
from runtime.runs import (
    CONTROL,
    JOURNAL,
    NETWORK,
    RECIPE,
    Finished,
    Journal,
    Pause,
    Progress,
    SetLearningRate,
    StateChanged,
    TrainingError,
    create_run,
    read_commands,
    read_entries,
    revise_run,
    send,
)
from tests.runtime.networks import digits_run

LINE = Progress(0, 0.1, [2.3, 2.2], [0.1, 0.2], 0.05, 1000.0, 9.5)


def test_entries_are_read_from_where_one_stopped(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(LINE)
        first, offset = read_entries(tmp_path)
        journal.append(Finished(2, 1.0, "done"))
    assert first == [LINE]
    assert read_entries(tmp_path, offset)[0] == [Finished(2, 1.0, "done")]


def test_torn_last_line_waits_until_it_is_whole(tmp_path: Path) -> None:
    line = msgspec.json.encode(LINE) + b"\n"
    (tmp_path / JOURNAL).write_bytes(line + line[:25])
    entries, offset = read_entries(tmp_path)
    assert (entries, offset) == ([LINE], len(line))
    (tmp_path / JOURNAL).write_bytes(line + line)
    assert read_entries(tmp_path, offset) == ([LINE], 2 * len(line))


def test_strange_line_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b'{"type":"FromTheFuture"}\n\xff\xfe\n' + msgspec.json.encode(LINE) + b"\n")
    assert read_entries(tmp_path)[0] == [LINE]


def test_journal_kept_in_part_is_read_anew(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(LINE)
        kept = journal.offset
        journal.append(LINE)
        offset = journal.offset
    with Journal(tmp_path, keep=kept) as journal:
        journal.append(StateChanged("running"))
    assert read_entries(tmp_path, offset)[0] == [LINE, StateChanged("running")]


def test_no_journal_yet_has_no_entries(tmp_path: Path) -> None:
    assert read_entries(tmp_path) == ([], 0)


def test_commands_arrive_in_order(tmp_path: Path) -> None:
    send(tmp_path, Pause())
    send(tmp_path, SetLearningRate(0.1))
    assert read_commands(tmp_path)[0] == [Pause(), SetLearningRate(0.1)]
    assert (tmp_path / CONTROL).read_text() == '{"type":"Pause"}\n{"type":"SetLearningRate","value":0.1}\n'


def test_new_run_holds_network_and_recipe_as_used(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=3)
    assert load(run / NETWORK).network.recipe["epochs"] == 3
    assert msgspec.json.decode((run / RECIPE).read_bytes())["recipe"]["optimizer"] == "SGD"
    assert run.name.endswith("-digits")


def test_two_runs_of_one_second_have_two_folders(tmp_path: Path) -> None:
    assert digits_run(tmp_path) != digits_run(tmp_path)


def test_relative_source_is_written_in_full(tmp_path: Path) -> None:
    network = load(digits_run(tmp_path) / NETWORK).network
    moved = create_run(tmp_path, type(network)(network.graph, data={"source": "pictures"}), base=tmp_path)
    assert load(moved / NETWORK).network.data["source"] == str((tmp_path / "pictures").resolve())


def test_settings_of_a_run_can_be_revised(tmp_path: Path) -> None:
    run = digits_run(tmp_path)
    revise_run(run, ["recipe.epochs=9"])
    assert load(run / NETWORK).network.recipe["epochs"] == 9


def test_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match=r"cannot be written: Not a directory\. Choose another folder"):
        digits_run(tmp_path / "file" / "runs")
    with pytest.raises(TrainingError, match="is a file"):
        digits_run(tmp_path / "file")


def test_faces_import_neither_torch_nor_numpy() -> None:
    code = (
        "import sys, runtime.runs, runtime.recipe, runtime.data.choice\n"
        "assert not {'torch', 'numpy', 'PIL', 'sklearn'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
