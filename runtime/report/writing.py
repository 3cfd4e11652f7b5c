"""Writes a report of one run, or of several beside each other, with all that is needed to repeat them.

HTML is one file. Markdown has its pictures and networks in a folder beside it, as most readers show no others.
"""

from __future__ import annotations

import base64
import html
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from nodes.graph.files import write_atomically
from runtime.faults import RefusalError
from runtime.report.facts import RunFacts, Table, changed, compared, facts_of, redrawn
from runtime.runs import unwritable

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:32px auto;padding:0 16px;color:#1c2128}
h1{font-size:24px}h2{font-size:19px;margin-top:40px;border-top:1px solid #d9dde3;padding-top:16px}h3{font-size:15px}
table{border-collapse:collapse;font-size:13px}
td,th{border-bottom:1px solid #e4e7ec;padding:3px 14px 3px 0;text-align:left}
img{max-width:100%}
code,pre{font-family:ui-monospace,monospace;font-size:13px}
pre{background:#f0f2f5;padding:10px;overflow:auto}
"""


SAVED = "The network, with recipe and data as they were used, from which the first command repeats the run:"


@dataclass(frozen=True)
class Pictures:
    """Files that a run's pictures are in; None where one cannot be drawn."""

    drawing: Path | None
    curves: Path | None


def write_report(runs: Sequence[Path], out: Path) -> Path:
    """An .html or .md file. Raises RefusalError, NetworkFileError, TrainingError."""
    if out.suffix.lower() not in (".html", ".md"):
        raise RefusalError(f"{out.name} ends in neither .html nor .md.", f"Name it {out.with_suffix('.html').name}.")
    facts = [facts_of(run) for run in runs]
    with tempfile.TemporaryDirectory() as folder:
        pictures = [_pictures(run, Path(folder) / str(number)) for number, run in enumerate(facts)]
        beside = _beside(facts, Path(folder)) if len(facts) > 1 else None
        form = Html() if out.suffix.lower() == ".html" else Markdown(out)
        text = form.report(facts, pictures, beside)
    write_atomically(out, text.encode())
    return out


def _pictures(run: RunFacts, folder: Path) -> Pictures:
    """Drawing and curves of a run."""
    from runtime.curves_picture import draw_curves
    from runtime.picture_command import write_pictures

    folder.mkdir()
    drawing, curves = folder / "drawing.svg", folder / "curves.png"
    try:
        write_pictures(run.path, [drawing])
    except (RefusalError, OSError):  # no program that draws: a report without it is worth having
        drawing.unlink(missing_ok=True)
    if run.row.steps:
        draw_curves(run.path, curves)
    return Pictures(drawing if drawing.exists() else None, curves if curves.exists() else None)


def _beside(runs: Sequence[RunFacts], folder: Path) -> Path | None:
    """All runs in one picture; None where none has a curve."""
    from runtime.report.comparison_picture import draw_comparison

    trained = [run.row for run in runs if run.row.steps]
    if not trained:
        return None
    draw_comparison(trained, folder / "beside.png")
    return folder / "beside.png"


class Html:
    """Pictures and files lie in the text itself."""

    def report(self, runs: Sequence[RunFacts], pictures: Sequence[Pictures], beside: Path | None) -> str:
        title = runs[0].row.title if len(runs) == 1 else f"{len(runs)} runs compared"
        body = "".join(_parts(self, runs, pictures, beside))
        head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
        return f"<!doctype html><html><head>{head}</head><body><h1>{html.escape(title)}</h1>{body}</body></html>\n"

    def heading(self, text: str, level: int) -> str:
        return f"<h{level}>{html.escape(text)}</h{level}>"

    def paragraph(self, text: str) -> str:
        return f"<p>{html.escape(text)}</p>"

    def table(self, rows: Table) -> str:
        cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows]
        head = cells[0].replace("<td>", "<th>").replace("</td>", "</th>")
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in [head, *cells[1:]]) + "</table>"

    def code(self, lines: Sequence[str]) -> str:
        return f"<pre>{html.escape(chr(10).join(lines))}</pre>"

    def picture(self, path: Path, words: str) -> str:
        kind = "svg+xml" if path.suffix == ".svg" else "png"
        data = base64.b64encode(path.read_bytes()).decode()
        return f'<p><img alt="{html.escape(words)}" src="data:image/{kind};base64,{data}"></p>'

    def file(self, path: Path, name: str, words: str) -> str:
        """A link that saves a file."""
        data = base64.b64encode(path.read_bytes()).decode()
        link = f'<a download="{html.escape(name)}" href="data:application/octet-stream;base64,{data}">'
        return f"<p>{html.escape(words)} {link}{html.escape(name)}</a></p>"

    def folded(self, words: str, content: str) -> str:
        return f"<details><summary>{html.escape(words)}</summary>{content}</details>"


class Markdown:
    """Pictures and files lie in a folder beside the text, named after it."""

    def __init__(self, out: Path) -> None:
        self._folder = out.with_name(f"{out.stem}_files")
        self._count = 0

    def report(self, runs: Sequence[RunFacts], pictures: Sequence[Pictures], beside: Path | None) -> str:
        title = runs[0].row.title if len(runs) == 1 else f"{len(runs)} runs compared"
        return f"# {title}\n\n" + "".join(_parts(self, runs, pictures, beside))

    def heading(self, text: str, level: int) -> str:
        return f"{'#' * level} {text}\n\n"

    def paragraph(self, text: str) -> str:
        return f"{text}\n\n"

    def table(self, rows: Table) -> str:
        lines = [
            "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
        ]
        return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]) + "\n\n"

    def code(self, lines: Sequence[str]) -> str:
        return "```\n" + "\n".join(lines) + "\n```\n\n"

    def picture(self, path: Path, words: str) -> str:
        return f"![{words}]({self._kept(path, path.name)})\n\n"

    def file(self, path: Path, name: str, words: str) -> str:
        return f"{words} [{name}]({self._kept(path, name)})\n\n"

    def folded(self, words: str, content: str) -> str:
        return f"<details><summary>{words}</summary>\n\n{content}</details>\n\n"

    def _kept(self, path: Path, name: str) -> str:
        """Copies a file into the folder beside the text; gives the link to it."""
        self._count += 1
        copied = self._folder / f"{self._count}-{name}"
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(self._folder, error) from None
        write_atomically(copied, path.read_bytes())
        return quote(f"{self._folder.name}/{copied.name}")


def _parts(
    form: Html | Markdown, runs: Sequence[RunFacts], pictures: Sequence[Pictures], beside: Path | None
) -> list[str]:
    parts = []
    if len(runs) > 1:
        parts += [form.heading("Results", 2), form.table(compared(runs))]
        parts += [form.picture(beside, "All runs in one picture")] if beside else []
        parts.append(form.heading("Settings that differ", 2))
        settings = changed(runs)
        parts.append(form.table(settings) if len(settings) > 1 else form.paragraph("All settings are the same."))
        parts += [form.heading("Drawings", 2), *(form.paragraph(line) for line in redrawn(runs))]
    for run, drawn in zip(runs, pictures, strict=True):
        parts += _run(form, run, drawn)
    return parts


def _run(form: Html | Markdown, run: RunFacts, drawn: Pictures) -> list[str]:
    parts = [form.heading(run.row.name, 2)]
    parts += [form.paragraph(words) for words in (run.notes, run.row.marks.note) if words]
    parts += [form.heading("Results", 3), form.table(_pairs(run.results))]
    parts += [form.picture(drawn.curves, "Curves of the training")] if drawn.curves else []
    parts.append(form.heading("Network", 3))
    parts += [form.picture(drawn.drawing, "Drawing of the network")] if drawn.drawing else []
    parts += [form.table(run.layers), form.heading("Recipe and data", 3)]
    parts.append(form.table(_pairs(run.unusual)) if run.unusual else form.paragraph("All settings are as usual."))
    parts.append(form.folded("All settings, as they were used", form.table(_pairs(run.settings))))
    if run.data:
        parts += [form.heading("What the data were", 3), form.table(_pairs(run.data))]
    if run.environment:
        parts += [form.heading("Made with", 3), form.table(_pairs(run.environment))]
    parts += [form.heading("To repeat it", 3), form.file(run.file, f"{run.row.name}.netw", SAVED)]
    return [*parts, form.code(run.commands)]


def _pairs(values: Mapping[str, str]) -> Table:
    return [("", ""), *values.items()]
