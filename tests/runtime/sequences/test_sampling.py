"""Text that a network writes: its chances, its start, how it is asked for, and samples in the journal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from nodes.graph.files import load
from nodes.recurrent import GRU, LSTM
from runtime.compile import build
from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from runtime.engine import replies_to
from runtime.faults import RefusalError
from runtime.protocol import Answer, encode
from runtime.questions.sequences import SampleText
from runtime.runs import Progress, Sampled, TrainingError, read_entries
from runtime.sequences.carried import CarriedStates
from runtime.sequences.opening import open_writer
from runtime.sequences.sampling import TextWriter, drawn
from runtime.train import train
from tests.networks.drawn import DRAWINGS
from tests.runtime.networks import digits_run
from tests.runtime.sequences.networks import text_of, text_run

ROUND = "abcd" * 60  # after each letter comes one certain other


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = text_run(tmp_path_factory.mktemp("round"), ROUND, epochs=6, learning_rate=0.03, sample_every=3)
    train(run)
    return run


def written(run: Path, *asked: object) -> str:
    return "".join(letter.text for letter in open_writer(run).write(*asked))  # type: ignore[arg-type]


def test_it_goes_on_as_it_has_learned(run: Path) -> None:
    assert written(run, "ab", 8, 0.0) == "cdabcdab"
    assert all(letter.probability > 0.8 for letter in open_writer(run).write("ab", 8, 0.0))


def test_the_same_seed_writes_the_same(run: Path) -> None:
    assert written(run, "", 30, 5.0, 1) == written(run, "", 30, 5.0, 1) != written(run, "", 30, 5.0, 2)


def test_probabilities_are_those_of_temperature_1() -> None:
    scores = torch.tensor([0.0, 1.0, 2.0])
    generator = torch.Generator().manual_seed(0)
    counts = torch.bincount(torch.tensor([drawn(scores, 2.0, generator) for _ in range(4000)]), minlength=3)
    assert torch.allclose(counts / 4000, (scores / 2).softmax(0), atol=0.03)
    assert drawn(scores, 0.0, generator) == 2


def test_an_unknown_character_is_named(run: Path) -> None:
    with pytest.raises(RefusalError, match=r"has no é ü\."):
        written(run, "aéü", 3)


def test_a_network_of_pictures_writes_nothing(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1, max_steps=1)
    train(run)
    with pytest.raises(RefusalError, match="does not tell the next character"):
        open_writer(run)
    with pytest.raises(TrainingError, match="sample_every is on"):
        train(digits_run(tmp_path / "sampled", sample_every=1))


@pytest.mark.parametrize("layer", [LSTM(8, num_layers=2), GRU(8, bidirectional=True)], ids=["carried", "anew"])
def test_stepping_gives_the_scores_of_reading_all_at_once(layer: LSTM | GRU, tmp_path: Path) -> None:
    """Where a layer reads backwards too, everything is read anew for each character."""
    network = load(text_run(tmp_path, text_of(100), layer=layer) / "network.netw").network
    module = build(network.graph).eval()
    writer = TextWriter(network.graph, open_data(DataChoice.read(network.data)), module)
    letters = list(writer.write("abc", 5, 0.0))
    read = "abc" + "".join(letter.text for letter in letters)
    for place, letter in enumerate(letters, start=3):
        numbers = torch.tensor([["abcdefgh".index(one) for one in read[:place]]])
        probabilities = module(numbers)[0, -1].softmax(0)
        assert letter.probability == pytest.approx(probabilities.max().item(), abs=1e-5)


def test_a_transformer_writes_too(tmp_path: Path) -> None:
    network = DRAWINGS["char_transformer"]()
    (tmp_path / "text.txt").write_text("".join(chr(97 + n % 65) for n in range(800)), encoding="utf-8")
    data = open_data(DataChoice.read({"source": str(tmp_path / "text.txt"), "seq_length": 32}))
    writer = TextWriter(network.graph, data, build(network.graph).eval())
    assert len(list(writer.write("a", 3))) == 3


def test_samples_stand_in_the_journal_and_change_no_loss(run: Path, tmp_path: Path) -> None:
    entries = read_entries(run)[0]
    samples = [entry for entry in entries if isinstance(entry, Sampled)]
    steps = sum(len(entry.loss) for entry in entries if isinstance(entry, Progress))
    assert [sample.step for sample in samples] == [steps // 2, steps]
    assert all(len(sample.text) == len(sample.probabilities) == 200 for sample in samples)
    plain = text_run(tmp_path, ROUND, epochs=6, learning_rate=0.03, sample_unit="steps")
    train(plain)
    ours, others = (
        [loss for e in read_entries(one)[0] if isinstance(e, Progress) for loss in e.loss] for one in (run, plain)
    )
    assert ours == others


def test_samples_by_step(tmp_path: Path) -> None:
    recipe = {
        "sample_every": 2, "sample_unit": "steps", "sample_start": "ab", "sample_length": 5, "max_steps": 5,
        "sample_temperature": 0.5, "sample_also": (1.0,),
    }  # fmt: skip
    entries: list[object] = []
    train(text_run(tmp_path, ROUND, **recipe), on_entry=entries.append)
    samples = [entry for entry in entries if isinstance(entry, Sampled)]
    told = [(sample.step, sample.temperature, sample.start, len(sample.text)) for sample in samples]
    assert told == [(step, temperature, "ab", 5) for step in (2, 4) for temperature in (0.5, 1.0)]


def test_the_engine_streams_what_is_written(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.answers.sequences.PART_SECONDS", 0.0)
    *parts, last = replies_to(encode(SampleText(7, str(run), "ab", 4, 0.0)))
    assert [part.result["text"] for part in parts] == ["c", "cd", "cda", "cdab"]  # type: ignore[union-attr]
    assert isinstance(last, Answer)
    assert last.id == 7
    assert last.result["text"] == "cdab"
    assert len(last.result["probabilities"]) == 4


def test_the_command_writes_start_and_text(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from runtime.commands import run as command

    asked = ["sample", str(run), "--length", "4", "--temperature", "0", "--start", "ab", "--seed", "1"]
    assert command(asked) == 0
    assert capsys.readouterr().out == "abcdab\n"
    assert command([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "cdab"


def test_states_are_not_carried_outside(run: Path) -> None:
    """Sampling leaves no hook behind."""
    writer = open_writer(run)
    list(writer.write("a", 2))
    layers = CarriedStates(writer._module).layers.values()
    assert all(not layer._forward_hooks and not layer._forward_pre_hooks for layer in layers)


def test_the_console_shows_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from runtime.progress import follow

    recipe = {"sample_every": 2, "sample_unit": "steps", "sample_start": "ab", "sample_length": 5, "max_steps": 3}
    follow(text_run(tmp_path, ROUND, **recipe), resume=False)
    assert "After 2 steps, at temperature 0.8:\nab" in capsys.readouterr().out
