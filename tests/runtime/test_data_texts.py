"""Labelled texts: words, the vocabulary of the training part, lengths, and a network that learns from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.boundary import Input
from nodes.embedding import Embedding
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import GRU
from nodes.reshape_parts import SelectLast
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.data.texts import words_of
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reviews.csv"


def opened(path: Path, text: str, **rest: object) -> DataSet:
    path.write_text(text)
    return open_data(DataChoice.read({"source": str(path), "form": "texts", "seq_length": 4, "test": 0, **rest}))


def test_words_are_small_and_signs_are_words() -> None:
    assert words_of("Don't PANIC, it's 5 o’clock!") == ["don't", "panic", ",", "it's", "5", "o’clock", "!"]


def test_short_texts_are_filled_up_in_front_and_long_ones_cut(path: Path) -> None:
    data = opened(path, "text,label\na b,good\na b c a b c,bad\n", validation=0)
    words, label = data.fields
    assert words.classes == ("<padding>", "<unknown>", "a", "b", "c")
    assert label.classes == ("bad", "good")
    assert data.columns["words"].tolist() == [[0, 0, 2, 3], [2, 3, 4, 2]]


def test_words_that_the_training_part_never_has_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text,label\na b,x\na,y\n")
    (tmp_path / "test.csv").write_text("text,label\nb z,x\n")
    choice = {"source": str(tmp_path), "form": "texts", "seq_length": 2, "validation": 0}
    assert open_data(DataChoice.read(choice)).columns["words"].tolist() == [[2, 3], [0, 2], [3, 1]]


def test_only_the_commonest_words_are_told_apart(path: Path) -> None:
    data = opened(path, "text,label\na a b c,x\na b,y\n", validation=0, vocabulary=3)
    assert data.fields[0].classes == ("<padding>", "<unknown>", "a")
    assert data.columns["words"].tolist() == [[2, 2, 1, 1], [0, 0, 2, 1]]


def test_rows_without_text_or_label_are_left_out(path: Path) -> None:
    data = opened(path, 'text,label\na,x\n"",x\nb,\nb,y\n', validation=0)
    assert len(data.columns["words"]) == 2
    assert data.notes == ("2 rows without a text or label left out.",)


def test_a_table_without_texts(path: Path) -> None:
    with pytest.raises(DataError, match=r"reviews\.csv has no column of texts beside y\. Set inputs and targets"):
        opened(path, "x,y\n1,2\n")


def test_good_and_bad_are_told_apart(path: Path, tmp_path: Path) -> None:
    words = ("film", "plot", "cast", "scene", "ending")
    rows = [
        f"the {w} and the {v} were {kind},{kind[:1]}" for w in words for v in words for kind in ("good", "bad")
    ] * 4
    path.write_text("\n".join(["review,sentiment", *rows]))
    sketch = Sketch(words=Input("indices", ("L",))).then(embed=Embedding(20, 8), gru=GRU(8), last=SelectLast())
    network = Network(
        sketch.then(fc=Linear(2)).judged("sentiment").drawn(),
        data={"source": str(path), "form": "texts", "seq_length": 8, "vocabulary": 20},
        recipe={"optimizer": "Adam", "learning_rate": 0.02, "epochs": 6, "batch_size": 16, "device": "cpu"},
    )
    summary = train(create_run(tmp_path / "runs", network))
    assert summary.test_accuracy == 1.0
