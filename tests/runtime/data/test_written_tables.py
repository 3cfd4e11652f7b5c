"""CSV files as people and programs write them: decimal commas, dates, other codings, odd first lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.open import open_data

WHOLE = {"validation": 0.0, "test": 0.0}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


def opened(path: Path, text: str | bytes, **rest: Any) -> DataSet:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return open_data(DataChoice.read({"source": str(path), **WHOLE, **rest}))


def features(path: Path, text: str | bytes, **rest: Any) -> list[list[float]]:
    found: list[list[float]] = opened(path, text, **rest).columns["features"].tolist()
    return found


def test_decimal_commas_between_semicolons(path: Path) -> None:
    rows = [f"{n / 8:.3f};{1000 + n}.{n % 10}00,5;rot;{n / 4:.2f}".replace(".", ",", 1) for n in range(130)]
    rows = [f"0,{n:03d};1.{n:03d},5;{'rot' if n % 2 else 'blau'};{n},25" for n in range(130)]
    data = opened(path, "\n".join(["Größe;Gewicht;Farbe;Preis", *rows]))
    assert [(f.name, f.shape) for f in data.fields] == [("features", (4,)), ("target", (1,))]
    assert data.columns["features"][7].tolist() == pytest.approx([0.007, 1007.5, 0, 1])
    assert data.columns["target"][7].tolist() == [7.25]
    assert "Column Größe is read as numbers with decimal commas." in data.notes


@pytest.mark.parametrize(
    ("text", "wanted", "told"),
    [
        ('a,y\n"1,023",x\n"12,345,678",y\n7,x\n', [1023, 12345678, 7], "commas between thousands"),
        ('a,y\n"1,023.5",x\n"-2,000",y\n', [1023.5, -2000], "commas between thousands"),
        ('a,y\n"0,5",x\n"12,25",y\n', [0.5, 12.25], "decimal commas"),
        ("a;y\n1,023;x\n2,5;y\n", [1.023, 2.5], "decimal commas"),
        ("a\ty\n1,5e3\tx\n-,5\ty\n", [1500, -0.5], "decimal commas"),
        ("a;y\n1,023,000;x\n2,000;y\n", [1023000, 2000], "commas between thousands"),
        ("a;y\n1'023.5;x\n2'000;y\n", [1023.5, 2000], "marks between thousands"),
        ("a;y\n1 023,5;x\n2\u202f000;y\n", [1023.5, 2000], "decimal commas"),
        ("a;y\n1.234.567;x\n1.000;y\n", [1234567, 1000], "decimal commas"),
    ],
)
def test_marks_in_numbers(path: Path, text: str, wanted: list[float], told: str) -> None:
    data = opened(path, text)
    assert data.columns["features"].flatten().tolist() == pytest.approx(wanted)
    assert f"Column a is read as numbers with {told}." in data.notes


def test_dots_part_thousands_where_other_columns_have_decimal_commas(path: Path) -> None:
    assert features(path, "a;b;y\n1,5;1.023;x\n2,5;12;y\n") == [[1.5, 1023], [2.5, 12]]
    assert features(path, "a;b;y\n1.5;1.023;x\n2.5;12;y\n") == pytest.approx(np.array([[1.5, 1.023], [2.5, 12]]))


def test_texts_and_lists_are_no_numbers(path: Path) -> None:
    data = opened(path, 'a,y\n"1,2",x\n"3,40,5",y\n"1,2",x\n')
    assert data.fields[0].shape == (2,)


def test_a_column_that_is_nearly_of_numbers_is_told_of(path: Path) -> None:
    rows = [f"{n},{'12 cm' if n == 17 else n / 4},{n % 2}" for n in range(60)]
    data = opened(path, "\n".join(["a,b,y", *rows]))
    assert data.notes[0] == (
        "Column b is read as texts: 1 of its 60 values is no number, such as “12 cm” in row 18. "
        "Mend it, and the column is of numbers."
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-01-31", "2024-02-01"),
        ("2024-01-31T12:00:00Z", "2024-02-01 12:00"),
        ("31.1.2024", "01.02.2024"),
        ("31/01/2024", "01/02/2024"),
        ("01/31/2024", "02/01/2024"),
    ],
)
def test_dates_are_days(path: Path, first: str, second: str) -> None:
    data = opened(path, f"day,y\n{first},x\n{second},y\n")
    (a,), (b,) = data.columns["features"].tolist()
    assert (b - a, int(a)) == (1, 19753)
    assert "Column day is read as days since 1970-01-01." in data.notes


def test_dates_that_may_begin_with_the_month_are_told_of(path: Path) -> None:
    assert opened(path, "day,y\n01/02/2024,x\n03/04/2024,y\n").notes == (
        "Column day is read as texts: dates such as 01/02/2024 may begin with the day or with the month. "
        "Write them as 2024-01-31.",
    )


def test_a_series_does_not_learn_its_dates(path: Path) -> None:
    rows = [f"2024-01-{n + 1:02d};{n},5" for n in range(20)]
    data = opened(path, "\n".join(["day;t", *rows]), form="series", seq_length=2)
    assert data.columns["series"][3].tolist() == [[3.5], [4.5]]


@pytest.mark.parametrize("coding", ["cp1252", "utf-16", "latin-1"])
def test_files_that_are_not_in_utf_8(path: Path, coding: str) -> None:
    text = "Größe,Straße,y\n1,Süd,a\n2,Nord,b\n"
    text = text.replace("Nord", "\x8d") if coding == "latin-1" else text.replace("Nord", "5 €")
    data = opened(path, text.encode(coding), categories="indices")
    assert [f.name for f in data.fields] == ["features", "Straße", "label"]
    told = [note for note in data.notes if "is not in UTF-8" in note]
    assert told == (
        [] if coding == "utf-16" else [f"t.csv is not in UTF-8; it was read as {coding}, as Excel writes it."]
    )


def test_a_file_that_is_no_text(path: Path) -> None:
    with pytest.raises(DataError, match="is no text in UTF-8"):
        opened(path, b"\xff\x00\x01\xe9" * 9)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("0,1,2,target\n5.5,3,1,a\n4,3,2,b\n", ["0", "1", "2"]),
        ("0,1,2\n5.5,3,1\n4.5,3,2\n", ["0", "1"]),
        ("id,2019,2020,2021,y\n1,3,4,5,a\n2,3,4,5,b\n", ["id", "2019"]),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", None),
        ("4,2,yes\n3,1,yes\n", None),
        ("7,yes\n8,no\n9,yes\n", None),
    ],
)
def test_a_first_line_of_names_may_have_numbers(path: Path, text: str, names: list[str] | None) -> None:
    if names is not None:
        opened(path, text, inputs=",".join(names))
    else:
        with pytest.raises(DataError, match=r"The first line of .* holds numbers .* Put a line with names above it"):
            opened(path, text)


def test_a_separator_behind_the_last_value_says_nothing(path: Path) -> None:
    assert features(path, "a,b,y\n1,2,x,\n3,4,z,\n") == [[1, 2], [3, 4]]
    assert features(path, "a,b,y,\n1,2,x,\n3,4,z,\n") == [[1, 2], [3, 4]]
    with pytest.raises(DataError, match=r"line 2: 4 values, but there are 3 columns\. Put texts that hold a , in"):
        opened(path, "a,b,y\n1,2,x,7\n")
    with pytest.raises(DataError, match=r"line 3: 2 values, but there are 3 columns\. Give the line 3 values"):
        opened(path, "a,b,y\n1,2,x\n1,2\n")


def test_a_line_of_excel_says_the_separator(path: Path) -> None:
    assert features(path, "sep=;\na;y\n1,5;x\n2;z\n") == [[1.5], [2]]


def test_rows_that_are_infinite_are_left_out_and_named(path: Path) -> None:
    data = opened(path, "a,b,y\n1,2,0.5\ninf,2,0.5\n3,1e300,0.5\n4,,1\n5,6,-inf\n7,8,0.25\n", target_as="numbers")
    assert data.columns["features"].tolist() == [[1, 2], [7, 8]]
    assert data.notes[:2] == (
        "3 rows with a number that is infinite or too large were left out: row 2 (a), row 3 (b), row 5 (y).",
        "1 row with a missing value was left out.",
    )


def test_a_series_takes_an_infinite_number_as_missing(path: Path) -> None:
    data = opened(path, "t,u\n1,1\n2,1\ninf,1\n4,1\n5,1\n6,1\n", form="series", seq_length=2)
    assert data.columns["series"][1].tolist() == [[2, 1], [2, 1]]
    assert "Column t is infinite or too large in row 3: missing." in data.notes


def test_sentences_may_begin_with_numbers(path: Path) -> None:
    rows = [f"{n} is {re.sub('.', 'a', str(n))},{n % 2}" for n in range(12)]
    data = opened(path, "\n".join(["text,y", *rows]), form="texts")
    assert data.field("words").classes is not None
