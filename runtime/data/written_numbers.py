"""Numbers and dates as people write them: 1.234,5 or 1,234.5 or 1'234.5, 2024-01-31 or 31.1.2024."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime.data.csv_file import is_number

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "nat", "<na>", "null", "none", "?"})
GROUP = "['’ \u00a0\u202f]"  # thousands are told apart by these in Switzerland, France and by ISO
PLAIN = r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?"
DECIMAL_COMMA = re.compile(rf"[+-]?(\d{{1,3}}((\.|{GROUP})\d{{3}})+|\d+)?(,\d+)?(e[+-]?\d+)?", re.IGNORECASE)
COMMAS = re.compile(rf"[+-]?\d{{1,3}}(,\d{{3}})+(\.\d*)?|{PLAIN}", re.IGNORECASE)
GROUPS = re.compile(rf"[+-]?\d{{1,3}}({GROUP}\d{{3}})+(\.\d*)?|{PLAIN}", re.IGNORECASE)
DOTS = re.compile(r"[+-]?\d{1,3}(\.\d{3})*")
EPOCH = datetime(1970, 1, 1)
DAY = 86_400  # seconds
DATES = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y/%m/%d", "%d.%m.%Y",
    "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
)  # fmt: skip
DAY_FIRST, MONTH_FIRST = ("%d/%m/%Y", "%d/%m/%Y %H:%M"), ("%m/%d/%Y", "%m/%d/%Y %H:%M")
LOOKED_AT, BEGINNINGS = 200, frozenset("+-.,0123456789")
DECIMAL_COMMAS = "decimal commas"
NEARLY, FEWEST = 0.9, 10  # share and count of numbers that make a column of texts suspicious

Texts = NDArray[np.str_]
Reading = NDArray[np.float64]


class Read(NamedTuple):
    """Columns of texts that are numbers all the same, which of them are dates, and a note on each that is unusual."""

    numbers: dict[str, Reading]
    dates: frozenset[str]
    notes: dict[str, str]


def is_missing(column: Texts) -> NDArray[np.bool_]:
    """Where a cell says that there is nothing."""
    return np.isin(np.char.lower(np.char.strip(column)), list(MISSING))


def read_columns(columns: dict[str, NDArray[Any]], separator: str) -> Read:
    """The columns of texts that are of numbers or dates; the separator of the file tells what a comma may mean."""
    texts = {name: column for name, column in columns.items() if column.dtype.kind == "U"}
    plain = {name: values for name, column in texts.items() if (values := _plain(column)) is not None}
    numbers, dates, notes = dict(plain), set(), {}
    has_commas = False  # for decimal points
    for name, column in texts.items():
        if name in plain or not _looks_like_numbers(column):
            continue
        different, places = np.unique(np.char.strip(column), return_inverse=True)
        words = [word for word in different.tolist() if word.lower() not in MISSING]
        if marked := _marked(words, separator):
            numbers[name] = _as_column(different, places, marked.by_word)
            notes[name] = f"Column {name} is read as numbers with {marked.told}."
            has_commas |= marked.told == DECIMAL_COMMAS
        elif dated := _dated(words):
            numbers[name] = _as_column(different, places, dated)
            dates.add(name)
            notes[name] = f"Column {name} is read as days since 1970-01-01."
        elif note := _note_on_texts(name, column, different, places, words):
            notes[name] = note
    for name in plain if has_commas else ():
        words = [word for word in np.char.strip(texts[name]).tolist() if word.lower() not in MISSING]
        if any("." in word for word in words) and all(map(DOTS.fullmatch, words)):
            numbers[name] = _plain(np.char.replace(texts[name], ".", ""))  # type: ignore[assignment]
            notes[name] = f"Column {name} is read with dots between thousands: others have decimal commas."
    return Read(numbers, frozenset(dates), notes)


def _plain(column: Texts) -> Reading | None:
    """Numbers as programs write them, NaN where there is none; None where something else stands in between."""
    try:
        return column.astype(np.float64)
    except ValueError:
        filled = np.where(is_missing(column), "nan", column)
    try:
        return filled.astype(np.float64)
    except ValueError:
        return None


def _looks_like_numbers(column: Texts) -> bool:
    """A quick look at the first cells: long texts need not be gone through."""
    cells = [cell for cell in map(str.strip, column[:LOOKED_AT].tolist()) if cell.lower() not in MISSING]
    return 2 * sum(cell[:1] in BEGINNINGS for cell in cells) > len(cells)


class _Marked(NamedTuple):
    by_word: dict[str, float]
    told: str


def _marked(words: Sequence[str], separator: str) -> _Marked | None:
    """Numbers with commas or thousands marks; None where some are none."""
    decimal = (DECIMAL_COMMA, _from_decimal_comma, DECIMAL_COMMAS)
    thousands = (COMMAS, lambda word: float(word.replace(",", "")), "commas between thousands")
    grouped = (GROUPS, lambda word: float(re.sub(GROUP, "", word)), "marks between thousands")
    ways: list[tuple[re.Pattern[str], Callable[[str], float], str]]
    ways = [grouped, thousands, decimal] if separator == "," else [grouped, decimal, thousands]
    for pattern, number, told in ways:
        if all(pattern.fullmatch(word) for word in words):
            return _Marked({word: number(word) for word in words}, told)
    return None


def _from_decimal_comma(word: str) -> float:
    return float(re.sub(rf"\.|{GROUP}", "", word).replace(",", "."))


def _dated(words: Sequence[str]) -> dict[str, float]:
    """Days of each date; empty where they are none, or cannot be told apart."""
    if not all(word[:1].isdigit() and len(word) <= 32 for word in words):
        return {}
    plain = [word.replace("T", " ").removesuffix("Z") for word in words]
    for forms in (DATES, DAY_FIRST, MONTH_FIRST):
        days = _all_days([re.sub(r"(\.\d{6})\d+$", r"\1", word) for word in plain], forms)
        if days and (forms is DATES or not _is_ambiguous(plain)):
            return dict(zip(words, days, strict=True))
    return {}


def _all_days(words: Sequence[str], forms: Sequence[str]) -> list[float]:
    """Of each word; none where one is no date. The form of the word before is tried first: most are written alike."""
    days, likely = list[float](), list(forms)
    for word in words:
        found = next(((form, day) for form in likely if (day := _days(word, (form,))) is not None), None)
        if found is None:
            return []
        form, day = found
        days.append(day)
        if form != likely[0]:
            likely.remove(form)
            likely.insert(0, form)
    return days


def _is_ambiguous(words: Sequence[str]) -> bool:
    """Dates with slashes that all have a month either way."""
    return all(_days(word, DAY_FIRST) is not None and _days(word, MONTH_FIRST) is not None for word in words)


def _days(word: str, forms: Sequence[str]) -> float | None:
    for form in forms:
        try:
            return (datetime.strptime(word, form) - EPOCH).total_seconds() / DAY
        except ValueError:
            continue
    return None


def _as_column(different: Texts, places: NDArray[np.intp], by_word: dict[str, float]) -> Reading:
    return np.array([by_word.get(word, np.nan) for word in different.tolist()], dtype=np.float64)[places]


def _note_on_texts(name: str, column: Texts, different: Texts, places: NDArray[np.intp], words: Sequence[str]) -> str:
    """On a column whose dates say too little, or that would be of numbers but for a few cells; else empty."""
    if all(_days(word, (*DAY_FIRST, *MONTH_FIRST)) is not None for word in words):
        return (
            f"Column {name} is read as texts: dates such as {words[0]} may begin with the day or with the month. "
            "Write them as 2024-01-31."
        )
    forms = (COMMAS, DECIMAL_COMMA, GROUPS)
    others = [word for word in words if not (is_number(word) or any(form.fullmatch(word) for form in forms))]
    counts = dict(zip(different.tolist(), np.bincount(places).tolist(), strict=True))
    count, whole = sum(counts[word] for word in others), sum(counts[word] for word in words)
    if len(words) - len(others) < FEWEST or count > (1 - NEARLY) * whole:
        return ""
    row = int(np.flatnonzero(np.isin(np.char.strip(column), others))[0]) if others else 0
    what = f"{count:,} of its {whole:,} values {'is' if count == 1 else 'are'} no number, such as"
    if not others:
        what = "its numbers are written in several ways, such as"
    return (
        f"Column {name} is read as texts: {what} “{str(column[row]).strip()}” in row {row + 1:,}. "
        "Mend it, and the column is of numbers."
    )
