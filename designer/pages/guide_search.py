"""Searching the guide: words -> the sections that have all of them, as a page with links."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from designer import theme
from designer.pages.html import LAYER
from designer.palette_entries import Entry, entries, found

FOLDER = theme.RESOURCES / "guide"
FOUND, SECTION = "found", "section"  # schemes of the addresses of the results, and of a section of a page
MOST, MOST_LAYERS, EXCERPT = 20, 8, 160
MARKUP = re.compile(r"[*`_|]+|^\s*[-\d]+[.)]?\s|\]\([^)]*\)|!?\[|^\s*-{3,}.*$", re.MULTILINE)


class Section(NamedTuple):
    """A part of a page below one heading: the page's file, which heading of it, its words, and what stands there."""

    file: str
    number: int
    page: str
    heading: str
    text: str


@cache
def sections() -> tuple[Section, ...]:
    """Of all pages, in the order of the contents."""
    contents = (FOLDER / "index.md").read_text(encoding="utf-8")
    names = ["index.md", *re.findall(r"\]\(([\w-]+\.md)\)", contents)]
    return tuple(section for name in dict.fromkeys(names) for section in _sections_of(FOLDER / name))


def _sections_of(file: Path) -> Iterator[Section]:
    parts = re.split(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for number, (heading, text) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
        yield Section(file.name, number, parts[0], heading, " ".join(MARKUP.sub(" ", text).split()))


def results(words: str) -> str:
    """The page of results: layers by name first, then sections, those whose heading has the words before others."""
    wanted = words.casefold().split()
    if not wanted:
        return "<h1>Search</h1><p>Type a word: a layer, a key, something to do.</p>"
    ranked = sorted((rank, place) for place, section in enumerate(sections()) if (rank := _rank(section, wanted)))
    layers = [entry for entry in found(entries(), words) if _has(_words_of(entry), wanted)]
    items = [_row(f"{LAYER}:{e.key}", e.name, html.escape(e.headline)) for e in layers[:MOST_LAYERS]]
    for _, place in ranked[:MOST]:
        section = sections()[place]
        title = section.page if section.number == 0 else f"{section.heading} · {section.page}"
        items.append(_row(f"{SECTION}:{section.file}/{section.number}", title, _excerpt(section.text, wanted)))
    if not items:
        return f"<h1>Search</h1><p>Nothing in the guide has “{html.escape(words.strip())}”. Try one word less.</p>"
    return f"<h1>Search</h1>{''.join(items)}"


def _words_of(entry: Entry) -> str:
    return " ".join((*entry.names, *entry.others, entry.headline, entry.doc))


def _row(address: str, title: str, text: str) -> str:
    return f'<p><a href="{address}"><b>{html.escape(title)}</b></a><br>{text}</p>'


def _rank(section: Section, wanted: list[str]) -> int:
    """1 where the heading has all words, 2 where the text has them, 0 where they are missing."""
    if _has(section.heading, wanted):
        return 1
    return 2 if _has(f"{section.heading} {section.text}", wanted) else 0


def _has(text: str, wanted: list[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in wanted)


def _excerpt(text: str, wanted: list[str]) -> str:
    """What stands around the first of the words, with all of them set bold."""
    folded = text.casefold()
    first = min((at for word in wanted if (at := folded.find(word)) >= 0), default=0)
    start = max(0, first - EXCERPT // 3)
    start = text.find(" ", start) + 1 if start else 0
    cut = text[start : start + EXCERPT]
    shown = html.escape(cut[: cut.rfind(" ")] if len(text) > start + EXCERPT else cut)
    pattern = "|".join(re.escape(html.escape(word)) for word in wanted)
    marked = re.sub(f"({pattern})", r"<b>\1</b>", shown, flags=re.IGNORECASE)
    return f"{'… ' if start else ''}{marked}{' …' if len(text) > start + EXCERPT else ''}"
