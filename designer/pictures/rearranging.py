"""What layers do that rearrange, choose or sum up numbers: each as panels of a few of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from designer.pictures.combining import COMBINED
from designer.pictures.panels import PADDED, Cell, Panel, Part, numbered, plain

THREE_BY_FOUR = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12))
SQUARE = ((1, 2), (3, 4))
SIX = ("a", "b", "c", "d", "e", "f")
TABLE = (("0.2", "1.1", "−0.7"), ("0.9", "−0.3", "0.4"), ("−1.2", "0.5", "0.8"), ("0.1", "−0.6", "1.3"))
PICKED = (2, 0, 2)


def parts_of(settings: Any) -> Sequence[Part]:
    """The panels of a layer; none where other pictures, or words, do better."""
    make = PANELS.get(settings.type_id)
    return make() if make is not None else ()


def _reshape() -> Sequence[Part]:
    values = [[cell for row in numbered(THREE_BY_FOUR) for cell in row][start : start + 6] for start in (0, 6)]
    return Panel(numbered(THREE_BY_FOUR), "3 × 4"), "→", Panel(values, "2 × 6: row after row")


def _permute() -> Sequence[Part]:
    rows = THREE_BY_FOUR[:2]
    return (
        Panel(numbered(rows), "2 × 4"),
        "→",
        Panel(numbered(zip(*rows, strict=True), by="column"), "4 × 2: rows become columns"),
    )


def _parted(*sizes: int) -> Callable[[], Sequence[Part]]:
    def parts() -> Sequence[Part]:
        cells = [Cell(letter, 1 + _group(place, sizes)) for place, letter in enumerate(SIX)]
        starts = [sum(sizes[:number]) for number in range(len(sizes))]
        groups: list[Cell | None] = []
        for start, size in zip(starts, sizes, strict=True):
            groups += [*cells[start : start + size], None]
        return Panel([cells], "6"), "→", Panel([groups[:-1]], " and ".join(map(str, sizes)))

    return parts


def _group(place: int, sizes: Sequence[int]) -> int:
    return next(number for number in range(len(sizes)) if place < sum(sizes[: number + 1]))


def _chosen(start: int, stop: int, words: str) -> Callable[[], Sequence[Part]]:
    def parts() -> Sequence[Part]:
        cells = [Cell(letter, 1 if start <= place < stop else 0) for place, letter in enumerate(SIX)]
        whole = Panel([cells], "steps, or another axis", (0, start, 1, stop - start))
        return whole, "→", Panel([cells[start:stop]], words)

    return parts


def _crop() -> Sequence[Part]:
    inside = [[Cell("", 1 if 1 <= row < 4 and 1 <= column < 4 else 0) for column in range(5)] for row in range(5)]
    return Panel(inside, "5 × 5", (1, 1, 3, 3)), "→", Panel(plain([[""] * 3] * 3, 1), "3 × 3")


def _pad() -> Sequence[Part]:
    rows = [
        [
            Cell(f"{SQUARE[row - 1][column - 1]}", 1) if 0 < row < 3 and 0 < column < 3 else Cell("0", PADDED)
            for column in range(4)
        ]
        for row in range(4)
    ]
    return Panel(plain(SQUARE, 1), "2 × 2"), "→", Panel(rows, "4 × 4, padded by 1")


def _upsample() -> Sequence[Part]:
    larger = [[Cell(f"{SQUARE[r // 2][c // 2]}", 1 + 2 * (r // 2) + c // 2) for c in range(4)] for r in range(4)]
    small = [[Cell(f"{SQUARE[r][c]}", 1 + 2 * r + c) for c in range(2)] for r in range(2)]
    return Panel(small, "2 × 2"), "→", Panel(larger, "4 × 4, nearest")


def _shuffled(is_back: bool) -> Callable[[], Sequence[Part]]:
    def parts() -> Sequence[Part]:
        cell = {(k, place): Cell(f"{'abcd'[k]}{place + 1}", 1 + k) for k in range(4) for place in range(4)}
        maps: list[list[Cell | None]] = [[], []]
        for k in range(4):
            for row in range(2):
                maps[row] += [cell[k, 2 * row], cell[k, 2 * row + 1], None]
        four = Panel([row[:-1] for row in maps], "4 channels of 2 × 2")
        one = [[cell[2 * (r % 2) + c % 2, 2 * (r // 2) + c // 2] for c in range(4)] for r in range(4)]
        large = Panel(one, "1 channel of 4 × 4")
        return (large, "→", four) if is_back else (four, "→", large)

    return parts


def _channel_shuffle() -> Sequence[Part]:
    groups = [Cell(f"{g}{n}", 1 + "ab".index(g)) for g in "ab" for n in (1, 2, 3)]
    mixed = [groups[3 * (place % 2) + place // 2] for place in range(6)]
    return Panel([groups], "channels of two groups"), "→", Panel([mixed], "in turns")


def _repeated() -> Sequence[Part]:
    vector = plain([["1"], ["2"], ["3"]], 1)
    return Panel(vector, "C"), "→", Panel([[*row * 5] for row in vector], "the same at each of L steps")


def _axis(is_added: bool) -> Callable[[], Sequence[Part]]:
    def parts() -> Sequence[Part]:
        flat, deep = Panel(plain([[1, 2, 3]], 1), "3"), Panel(plain([[1], [2], [3]], 1), "3 × 1: one more axis")
        return (flat, "→", deep) if is_added else (deep, "→", flat)

    return parts


def _summed(words: str, rule: Callable[[Sequence[int]], float]) -> Callable[[], Sequence[Part]]:
    def parts() -> Sequence[Part]:
        results = [[f"{rule(row):g}"] for row in THREE_BY_FOUR]
        return Panel(numbered(THREE_BY_FOUR), "C × L"), "→", Panel(numbered(results), words)

    return parts


def _mean(row: Sequence[int]) -> float:
    return sum(row) / len(row)


def _embedding() -> Sequence[Part]:
    table = [[Cell(text, 1 + row if row in PICKED else 0) for text in values] for row, values in enumerate(TABLE)]
    rows = [[Cell(text, 1 + index) for text in TABLE[index]] for index in PICKED]
    indices = [[Cell(f"{index}", 1 + index)] for index in PICKED]
    return (
        Panel(indices, "indices"),
        "in",
        Panel(table, "the table: one row for each index, learned"),
        "→",
        Panel(rows, "one row for each"),
    )


def _bag() -> Sequence[Part]:
    columns = zip(*(TABLE[index] for index in PICKED), strict=True)
    means = [
        f"{sum(float(text.replace('−', '-')) for text in column) / 3:.1f}".replace("-", "−") for column in columns
    ]
    return (*_embedding(), "→", Panel(plain([means], 1), "their mean"))


def _one_hot() -> Sequence[Part]:
    rows = [[Cell("1", 1) if column == index else Cell("0") for column in range(4)] for index in PICKED]
    return Panel(plain([[index] for index in PICKED], 1), "indices"), "→", Panel(rows, "a 1 at the place of each")


def _regions() -> Sequence[Part]:
    cells = [[Cell("", 2 if 1 <= row < 5 and 2 <= column < 6 else 0) for column in range(8)] for row in range(6)]
    return (
        Panel(cells, "feature map, with a box", (1, 2, 4, 4)),
        "→",
        Panel(plain([["", ""], ["", ""]], 2), "as many places for every box"),
    )


def _overlap() -> Sequence[Part]:
    def shade(row: int, column: int) -> int:
        is_first, is_second = row < 4 and column < 4, row >= 2 and column >= 2
        return 1 if is_first and is_second else 3 if is_first or is_second else 0

    cells = [[Cell("", shade(row, column)) for column in range(6)] for row in range(6)]
    return (Panel(cells, "prediction and target, and what both share"),)


def _matmul() -> Sequence[Part]:
    left, right = ((1, 2, 0), (0, 1, 3)), ((1, 2), (0, 1), (2, 0))
    product = [
        [sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*right, strict=True)] for row in left
    ]
    first = [[Cell(f"{value}", 1 if row == 0 else 0) for value in values] for row, values in enumerate(left)]
    second = [[Cell(f"{value}", 2 if column == 1 else 0) for column, value in enumerate(values)] for values in right]
    result = [
        [Cell(f"{v}", 1 if (r, c) == (0, 1) else 0) for c, v in enumerate(row)] for r, row in enumerate(product)
    ]
    return Panel(first, "2 × 3"), "·", Panel(second, "3 × 2"), "=", Panel(result, "2 × 2: row times column")


def _dot() -> Sequence[Part]:
    return (
        Panel(plain([[1, 2, 3]], 1)),
        "·",
        Panel(plain([[4, 0, 2]], 2)),
        "=",
        Panel(plain([[10]], 1), "1·4 + 2·0 + 3·2"),
    )


def _class_token() -> Sequence[Part]:
    rows = plain([["1", "2", "3"]] * 2)
    token = [[Cell("t", 1), *row] for row in rows]
    return Panel(rows, "L steps"), "→", Panel(token, "L + 1: the learned token first")


def _unit_length() -> Sequence[Part]:
    return Panel(plain([[3, 4]], 1), "length √(9 + 16) = 5"), "→", Panel(plain([["0.6", "0.8"]], 1), "length 1")


def _across_channels() -> Sequence[Part]:
    row = [Cell("", 1 if place == 3 else 3 if 1 <= place <= 5 else 0) for place in range(8)]
    return (Panel([row], "each channel is divided by what its neighbours hold at the same place", (0, 1, 1, 5)),)


PANELS: dict[str, Callable[[], Sequence[Part]]] = {
    "reshape": _reshape,
    "permute": _permute,
    "squeeze": _axis(is_added=False),
    "unsqueeze": _axis(is_added=True),
    "split": _parted(2, 4),
    "chunk": _parted(3, 3),
    "slice": _chosen(1, 5, "from 1 up to 5"),
    "select": _chosen(2, 3, "place 2 alone: the axis is gone"),
    "select_step": _chosen(2, 3, "step 2 alone"),
    "select_last": _chosen(5, 6, "the last step alone"),
    "crop": _crop,
    "pad": _pad,
    "upsample": _upsample,
    "pixel_shuffle": _shuffled(is_back=False),
    "pixel_unshuffle": _shuffled(is_back=True),
    "channel_shuffle": _channel_shuffle,
    "repeat_along_time": _repeated,
    "mean": _summed("the mean over L", _mean),
    "sum": _summed("the sum over L", sum),
    "max": _summed("the largest over L", max),
    "min": _summed("the smallest over L", min),
    "embedding": _embedding,
    "embedding_bag": _bag,
    "one_hot": _one_hot,
    "roi_pool": _regions,
    "roi_align": _regions,
    "dice_loss": _overlap,
    "giou_loss": _overlap,
    "matmul": _matmul,
    "dot": _dot,
    "class_token": _class_token,
    "l2_normalize": _unit_length,
    "local_response_norm": _across_channels,
    **COMBINED,
}
