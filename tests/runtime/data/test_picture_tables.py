"""Tables that list pictures are known by their files, however these are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nodes.spec.settings import kinds
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.open import open_data

WHOLE = {"validation": 0.0, "test": 0.0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures, each of its number's shade, and six in a folder."""
    (tmp_path / "train").mkdir()
    for number in range(6):
        Image.fromarray(np.full((3, 4), number, np.uint8)).save(tmp_path / f"im{number}.png")
        Image.fromarray(np.full((3, 4), 10 + number, np.uint8)).save(tmp_path / "train" / f"a{number}.bmp")
    return tmp_path


def opened(folder: Path, head: str, name: str, **rest: Any) -> DataSet:
    rows = [f"{name.format(number)},{'cat' if number % 2 else 'dog'}" for number in range(6)]
    (folder / "t.csv").write_text("\n".join([head, *rows]))
    return open_data(DataChoice.read({"source": str(folder / "t.csv"), **WHOLE, **rest}))


@pytest.mark.parametrize(
    ("head", "name", "first"),
    [
        ("file,label", "im{}.png", 0),
        ("what,label", "im{}.png", 0),
        ("file,label", ".\\im{}.png", 0),
        ("file,label", "./im{}.png", 0),
        ("id,label", "im{}", 0),
        ("id,label", "a{}", 10),
        ("file,label", "train\\a{}.bmp", 10),
        ("file,label", "train/a{}", 10),
        ("file,label", "C:\\pictures\\a{}.bmp", 10),
    ],
)
def test_a_column_of_picture_files_makes_a_list_of_pictures(folder: Path, head: str, name: str, first: int) -> None:
    data = opened(folder, head, name)
    assert [(f.name, f.shape) for f in data.fields] == [("image", (1, 3, 4)), ("label", ())]
    assert data.columns["image"][:, 0, 0, 0].tolist() == list(range(first, first + 6))
    assert data.columns["label"].tolist() == [1, 0, 1, 0, 1, 0]
    column = head.partition(",")[0]
    assert data.notes[0].startswith(f"Column {column} names pictures: the table is read as a list of them.")


def test_the_form_table_reads_them_as_texts(folder: Path) -> None:
    data = opened(folder, "file,label", "im{}.png", form="table")
    assert data.fields[0].shape == (6,)


def test_pictures_that_are_not_there_are_told_of(folder: Path) -> None:
    data = opened(folder, "file,label", "no{}.png")
    assert data.notes == (
        f"Column file names pictures such as no0.png, which is not in {folder} nor in a folder there: it is read "
        "as texts.",
    )


def test_a_name_that_may_be_two_files_is_told_of(folder: Path) -> None:
    for number in range(6):
        Image.new("L", (4, 3)).save(folder / "train" / f"b{number}.png")
        Image.new("L", (4, 3)).save(folder / f"b{number}.jpg")
    with pytest.raises(DataError, match=r"lists b0 in its column id, which may be b0\.jpg or train/b0\.png"):
        opened(folder, "id,label", "b{}", form="listed")


def test_a_table_of_each_part_may_list_pictures(folder: Path) -> None:
    (folder / "train.csv").write_text("id,label\n" + "".join(f"im{n},{'ab'[n % 2]}\n" for n in range(4)))
    (folder / "test.csv").write_text("id,label\nim4,a\nim5,b\n")
    data = open_data(DataChoice.read({"source": str(folder), "validation": 0.0}))
    assert data.columns["image"][data.test][:, 0, 0, 0].tolist() == [4, 5]


def test_settings_of_pictures_and_of_tables_mean_something_to_a_table_file() -> None:
    choice = DataChoice.read({"source": "t.csv"})
    for name in ("picture_size", "pictures", "inputs", "targets", "categories"):
        assert choice.reads_as in dict(kinds(choice)[name].when)["reads_as"]
