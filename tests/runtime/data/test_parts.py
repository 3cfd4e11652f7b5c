"""Parts that a column or a list file tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from tests.runtime.data.test_streaming import picture_folder

ROWS = "size,part,kind\n1,train,a\n2,test,b\n3,train,b\n4,val,a\n5,Training,a\n6,test,b\n"


def opened(source: Path | str, parts: str, **rest: Any) -> DataSet:
    return open_data(DataChoice.read({"source": str(source), "split": "by file", "parts": parts, **rest}))


def rows(data: DataSet) -> list[list[int]]:
    return [data.part(part).tolist() for part in ("train", "validation", "test")]


def test_a_column_says_the_part_and_is_not_learned_from(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ROWS)
    data = opened(tmp_path / "t.csv", "part")
    assert rows(data) == [[0, 2, 4], [3], [1, 5]]
    assert data.field("features").shape == (1,)


def test_lines_in_the_order_of_the_samples(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ROWS.replace("part", "colour"))
    (tmp_path / "parts.txt").write_text("train\ntrain\ntest\nvalidation\ntrain\ntest\n")
    assert rows(opened(tmp_path / "t.csv", "parts.txt")) == [[0, 1, 4], [3], [2, 5]]


def test_lines_with_the_names_of_pictures(tmp_path: Path) -> None:
    picture_folder(tmp_path / "pictures", each=3)
    names = [f"{kind}/{number:02d}.png" for kind in ("dogs", "cats") for number in range(3)]
    lines = [f"{name},{'test' if name.endswith('1.png') else 'train'}" for name in names]
    (tmp_path / "parts.csv").write_text("\n".join(["file,part", *lines]))
    for memory in (None, 0.0):
        data = opened(tmp_path / "pictures", "parts.csv", validation=0.25, memory=memory)
        assert data.test.tolist() == [1, 4]
        assert (len(data.train), len(data.validation)) == (3, 1)  # what no line names is taken by its share


@pytest.mark.parametrize(
    ("listed", "parts", "words"),
    [
        ("train\n", "parts.txt", r"parts\.txt has 1 lines, the data have 6 samples\. Give it a line for each"),
        ("", "gone.txt", r"has no column gone\.txt\. Set parts to some of size, colour, kind"),
        ("train\n" * 5 + "maybe\n", "parts.txt", r"says maybe of sample 6, which is no part\. Write train, valid"),
        ("test\n" * 6, "parts.txt", r"parts\.txt names no sample to train on"),
        ("", "", r"split is by file, but parts names none"),
    ],
)
def test_lists_that_cannot_be_used(tmp_path: Path, listed: str, parts: str, words: str) -> None:
    (tmp_path / "t.csv").write_text(ROWS.replace("part", "colour"))
    (tmp_path / "parts.txt").write_text(listed)
    with pytest.raises(DataError, match=words):
        opened(tmp_path / "t.csv", parts)


SERIES = "t\n" + "\n".join(str(n % 7) for n in range(60))


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ({"folds": 3, "fold": 2}, "folds (3) changes nothing"),
        ({"split": "stratified"}, "split (stratified) changes nothing"),
        ({"split": "stratified", "folds": 3}, "folds (3) and split (stratified) change nothing"),
        ({}, ""),
    ],
)
def test_settings_of_the_split_that_mean_nothing_to_an_order_in_time_are_told_of(
    tmp_path: Path, rest: dict[str, Any], told: str
) -> None:
    (tmp_path / "t.csv").write_text(SERIES)
    choice = {"source": str(tmp_path / "t.csv"), "form": "series", "seq_length": 3, **rest}
    found = [note for note in open_data(DataChoice.read(choice)).notes if "parts of their own" in note]
    assert found == ([f"The data have parts of their own, or an order in time: {told}."] if told else [])


def test_numbers_cannot_be_stratified(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{n},{n / 3}\n" for n in range(30)))
    for split, count in (("stratified", 1), ("random", 0)):
        data = open_data(DataChoice.read({"source": str(tmp_path / "t.csv"), "split": split}))
        assert sum("have no class to be parted by: they are parted at random" in note for note in data.notes) == count
