"""Text by character: windows, vocabulary, parts in the order of the text, and a network that learns from it."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
import torch

from runtime.answers.basic import describe_data
from runtime.data.binding import bind
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.questions.basic import DescribeData
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn import DRAWINGS

SHAKESPEARE = Path("../shared/data/shakespeare/input.txt")


def opened(path: Path, text: str | bytes, **rest: object) -> DataSet:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return open_data(DataChoice.read({"source": str(path), **rest}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "text.txt"


def test_the_target_is_the_next_character(path: Path) -> None:
    data = opened(path, "hello" * 4, seq_length=4, validation=0, test=0)
    text, following = data.fields
    assert text.classes == following.classes == ("e", "h", "l", "o")
    pieces, nexts = Loader(data, ["text", "next"], torch.device("cpu")).batch(torch.tensor([0]))
    assert "".join("ehlo"[i] for i in pieces[0]) == "hell"
    assert "".join("ehlo"[i] for i in nexts[0]) == "ello"
    assert pieces.dtype == torch.int64


def test_pieces_follow_each_other_or_overlap_as_set(path: Path) -> None:
    text = "".join(chr(97 + n % 26) for n in range(41))
    assert opened(path, text, seq_length=4, validation=0, test=0).train.tolist() == list(range(10))
    overlapping = opened(path, text, seq_length=4, seq_step=1, validation=0, test=0)
    assert len(overlapping.train) == 37
    assert overlapping.columns["text"][1].tolist() == [1, 2, 3, 4]


def test_no_piece_crosses_from_one_part_into_another(path: Path) -> None:
    """80 characters a, 10 b, 10 c: a piece of 4 and its next characters hold one letter alone."""
    data = opened(path, "abc" + "a" * 77 + "b" * 10 + "c" * 10, seq_length=4, seq_step=1, validation=0.1, test=0.1)
    for part, letter in (("validation", 1), ("test", 2)):
        rows = data.part(part)
        assert len(rows) == 10 - 4
        assert (
            data.columns["text"][rows].unique().tolist() == data.columns["next"][rows].unique().tolist() == [letter]
        )


def test_overlapping_pieces_take_no_memory(path: Path) -> None:
    column = opened(path, "ab" * 5_000, seq_length=100, seq_step=1).columns["text"]
    assert column.shape[1] == 100
    assert column.untyped_storage().nbytes() <= 10_000


def test_characters_that_the_training_part_never_has_are_left_out(path: Path) -> None:
    data = opened(path, "ab" * 40 + "a!b?" * 5, seq_length=4, validation=0, test=0.2)
    assert data.fields[0].classes == ("a", "b")
    assert data.columns["text"][data.test].unique().tolist() == [0, 1]
    assert data.notes == (
        "10 characters of validation and test that the training part never has were left out (! ?).",
    )


def test_a_text_too_short(path: Path) -> None:
    with pytest.raises(
        DataError, match=r"has 70 characters in its train part, too few for one piece of 129\. Set seq"
    ):
        opened(path, "a" * 100)
    with pytest.raises(DataError, match=r"10 characters in its validation part.*Set seq_length to 5 or less, or its"):
        opened(path, "a" * 100, seq_length=20)


def test_a_file_that_is_no_text(path: Path) -> None:
    with pytest.raises(DataError, match=r"is no text in UTF-8: byte 2 is 0xff\. Save it as UTF-8"):
        opened(path, b"ab\xffcd")


def test_a_file_of_unknown_form(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="its name does not say of which form"):
        opened(tmp_path / "text.doc", "abc")


def test_a_form_that_takes_folders_refuses_a_file(path: Path) -> None:
    with pytest.raises(DataError, match=r"text\.txt is a file, but IDX files, as MNIST comes in takes a folder with"):
        opened(path, "abc", form="idx")


@pytest.mark.skipif(not SHAKESPEARE.is_file(), reason="the plays are not beside the project")
def test_the_character_lstm_suits_the_plays() -> None:
    data = open_data(DataChoice(source=str(SHAKESPEARE)))
    assert len(data.fields[0].classes or ()) == 65
    assert len(data.train) == (780_776 - 129) // 128 + 1
    binding = bind(DRAWINGS["char_lstm"]().graph, data)
    assert binding.fields == ("text", "next")


def test_hell_becomes_ello_from_a_file(path: Path, tmp_path: Path) -> None:
    """The lectures' network on the lectures' word: it begins near ln 4 and ends near 0 nats."""
    path.write_text("hello" * 40)
    network = dataclasses.replace(
        DRAWINGS["char_rnn"](), data={"source": str(path), "seq_length": 4, "seq_step": 5, "test": 0.2}
    )
    recipe = {**network.recipe, "epochs": 6, "device": "cpu"}
    summary = train(create_run(tmp_path / "runs", dataclasses.replace(network, recipe=recipe)))
    assert summary.test_loss is not None
    assert summary.test_loss < 0.2 < math.log(4)
    assert summary.test_metrics["perplexity"] == pytest.approx(math.exp(summary.test_loss), rel=1e-5)


def test_indices_have_no_mean_and_are_described_all_the_same(path: Path) -> None:
    data = opened(path, "hello world " * 40, seq_length=8)
    assert (data.mean, data.std) == ((), ())
    described = describe_data(DescribeData(id=0, data={"source": str(path), "seq_length": 8}, base="."))
    assert [(one["name"], one["shape"], one["is_target"]) for one in described["fields"]] == [
        ("text", [8], False),
        ("next", [8], True),
    ]
