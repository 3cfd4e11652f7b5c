"""Reports hold what is needed to read and repeat a run, and nothing from elsewhere."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from nodes.graph.files import load
from runtime.cli import main
from runtime.faults import RefusalError
from runtime.report.writing import write_report
from runtime.run_list import read_row
from runtime.sealed.replay import first_losses
from runtime.train import train
from tests.runtime.networks import digits_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = digits_run(tmp_path_factory.mktemp("runs"), epochs=1, device="cpu")
    train(run)
    return run


def test_the_html_is_whole_and_asks_for_nothing(run, tmp_path):
    text = write_report([run], tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "data:image/svg+xml;base64," in text
    assert "data:image/png;base64," in text
    for words in (
        "test accuracy",
        "recipe.learning_rate",
        "fingerprint",
        "torch",
        "netwright</td>",
        "torchvision",
        "train 1,258, validation 180, test 359",
        "10 classes: 0, 1, 2",
        f"netwright train {run}",
        f"netwright verify {run}",
        f"{read_row(run).weights:,}",
    ):
        assert words in text


def test_the_html_holds_the_network_from_which_the_run_is_repeated(run, tmp_path):
    text = write_report([run], tmp_path / "report.html").read_text(encoding="utf-8")
    found = re.search(r'download="([^"]+)" href="data:application/octet-stream;base64,([^"]+)"', text)
    assert found is not None
    saved = tmp_path / found[1]
    saved.write_bytes(base64.b64decode(found[2]))
    assert load(saved).network == load(run / "network.netw").network
    with pytest.raises(SystemExit) as ended:
        main(["train", str(saved), "--out", str(tmp_path / "again"), "--device", "cpu"])
    assert ended.value.code == 0
    (again,) = (tmp_path / "again").iterdir()
    assert first_losses(again, 20) == first_losses(run, 20)


@pytest.fixture
def undrawn(monkeypatch):
    """Without the program that draws, which takes seconds to start."""

    def refuse(*_args):
        raise RefusalError("No program draws here.")

    monkeypatch.setattr("runtime.picture_command.write_pictures", refuse)


def test_several_runs_are_compared_also_where_nothing_draws(run, undrawn, tmp_path):
    other = digits_run(tmp_path, epochs=2, device="cpu")
    text = write_report([run, other], tmp_path / "a report.md").read_text(encoding="utf-8")
    assert text.startswith("# 2 runs compared")
    assert "| recipe.epochs | 1 | 2 |" in text
    assert "the same drawing" in text
    assert "fingerprint" in text
    assert text.count("netwright train ") == 2
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert sorted(link.rpartition(".")[2] for link in links) == ["netw", "netw", "png", "png"]
    for link in links:
        kept = tmp_path / unquote(link)
        assert kept.parent.name == "a report_files"
        assert kept.stat().st_size > 500
    in_one = write_report([run, other], tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'alt="All runs in one picture"' in in_one


def test_the_markdown_of_one_run_shows_its_drawing_and_curves(run, tmp_path):
    text = write_report([run], tmp_path / "report.md").read_text(encoding="utf-8")
    assert "data:" not in text
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert [link.partition("-")[2] for link in shown] == ["curves.png", "drawing.svg"]
    assert all((tmp_path / link).is_file() for link in shown)


def test_other_endings_and_what_is_no_run_are_refused(run, tmp_path):
    with pytest.raises(RefusalError, match=r"neither \.html nor \.md"):
        write_report([run], tmp_path / "report.pdf")
    with pytest.raises(RefusalError, match="is no run"):
        write_report([tmp_path], tmp_path / "report.html")


def test_the_commands_say_what_they_wrote(run, undrawn, tmp_path, capsys):
    for arguments in (
        ["report", str(run), "-o", str(tmp_path / "r.md")],
        ["seal", str(run), "-o", str(tmp_path / "r.netwrun")],
        ["unseal", str(tmp_path / "r.netwrun"), str(tmp_path / "out")],
        ["verify", str(tmp_path / "r.netwrun"), "--steps", "3"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "The first 3 steps give the same losses, bit for bit." in said
    assert (tmp_path / "out" / run.name).is_dir()
