"""Stratified parts and folds, class counts, what the training part says, and data that change under a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nodes.boundary import Input
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.spec.settings import SettingError
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.data.record import DATA
from runtime.runs import Started, create_run, revise_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch


def digits(**rest: object) -> DataSet:
    return open_data(DataChoice.read(rest))


def table(path: Path, first: float = 0.0, count: int = 20) -> Path:
    path.write_text("x,y\n" + "".join(f"{first + n},{'ab'[n % 4 == 0]}\n" for n in range(count)))
    return path


def test_each_class_is_parted_alike(tmp_path: Path) -> None:
    """15 of one class and 5 of the other: a fifth of each is 3 and 1."""
    data = digits(source=str(table(tmp_path / "t.csv")), split="stratified", validation=0.2, test=0.2)
    assert [data.class_counts(part) for part in ("train", "validation", "test")] == [[9, 3], [3, 1], [3, 1]]


def test_folds_share_no_sample_and_leave_none_out() -> None:
    parts = [digits(folds=3, fold=fold, test=0.1) for fold in (1, 2, 3)]
    validated = torch.cat([data.validation for data in parts])
    assert len(validated) == len(validated.unique()) == 1797 - 180
    assert all(data.test.equal(parts[0].test) for data in parts)
    assert all(not set(data.train.tolist()) & set(data.validation.tolist()) for data in parts)


@pytest.mark.parametrize(
    ("choice", "said"),
    [({"folds": 1}, "folds is 1, which leaves nothing"), ({"folds": 3, "fold": 4}, "fold is 4, but there are 3")],
)
def test_folds_that_cannot_be(choice: dict[str, int], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        DataChoice.read(choice)


def test_the_mean_picture_and_the_mean_of_each_channel_are_taken_off() -> None:
    for normalise, axes in (("mean picture", 0), ("mean channel", (0, 2, 3))):
        data = digits(normalise=normalise)
        (images,) = Loader(data, ["image"], torch.device("cpu")).batch(data.train)
        assert images.mean(axes).abs().max().item() < 1e-5
        raw = data.columns["image"][data.train[:1]].numpy() / 16
        whole = data.columns["image"][data.train].numpy() / 16
        assert images[:1].numpy() == pytest.approx(raw - whole.mean(axis=axes, keepdims=True), abs=1e-5)


def test_the_fingerprint_tells_other_numbers(tmp_path: Path) -> None:
    first, same, other = (
        digits(source=str(table(tmp_path / f"{n}.csv", begin))).fingerprint for n, begin in enumerate((0, 0, 0.5))
    )
    assert first == same != other


def test_pieces_that_overlap_have_a_fingerprint_too(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    found = []
    for end in ("a", "b"):
        path.write_text("ab" * 50 + end)
        found.append(digits(source=str(path), seq_length=4, seq_step=1).fingerprint)
    assert found[0] != found[1]


def test_data_that_have_changed_are_noticed_when_a_run_goes_on(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv")
    sketch = Sketch(features=Input("vector", (1,))).then(Linear(2)).judged("label")
    recipe = {"epochs": 1, "batch_size": 8, "device": "cpu"}
    run = create_run(tmp_path / "runs", Network(sketch.drawn(), data={"source": str(path)}, recipe=recipe))
    train(run)
    assert (run / DATA).is_file()
    table(path, count=24)
    revise_run(run, ["recipe.epochs=2"])
    entries: list[object] = []
    train(run, resume=True, on_entry=entries.append)
    [started] = [entry for entry in entries if isinstance(entry, Started)]
    assert f"The data of {path} have changed since this run began (20 samples then, 24 now)" in started.notes[0]


def test_a_run_whose_data_stay_says_nothing_of_them(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv")
    sketch = Sketch(features=Input("vector", (1,))).then(Linear(2)).judged("label")
    recipe = {"epochs": 1, "batch_size": 8, "device": "cpu"}
    run = create_run(tmp_path / "runs", Network(sketch.drawn(), data={"source": str(path)}, recipe=recipe))
    train(run)
    revise_run(run, ["recipe.epochs=2"])
    entries: list[object] = []
    train(run, resume=True, on_entry=entries.append)
    assert [entry.notes for entry in entries if isinstance(entry, Started)] == [[]]


def test_class_counts_add_up() -> None:
    data = digits()
    assert np.sum([data.class_counts(part) for part in ("train", "validation", "test")]) == 1797
