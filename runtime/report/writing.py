"""Writes a report of one run, or of several beside each other. Everything is in the one file."""

from __future__ import annotations

import base64
import html
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nodes.graph.files import write_atomically
from runtime.faults import RefusalError
from runtime.report.facts import RunFacts, Table, changed, compared, facts_of, redrawn

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:32px auto;padding:0 16px;color:#1c2128}
h1{font-size:24px}h2{font-size:19px;margin-top:40px;border-top:1px solid #d9dde3;padding-top:16px}h3{font-size:15px}
table{border-collapse:collapse;font-size:13px}
td,th{border-bottom:1px solid #e4e7ec;padding:3px 14px 3px 0;text-align:left}
img{max-width:100%}
code,pre{font-family:ui-monospace,monospace;font-size:13px}
pre{background:#f0f2f5;padding:10px;overflow:auto}
"""


@dataclass(frozen=True)
class Pictures:
    """Files that a run's pictures are in; None where one cannot be drawn."""

    drawing: Path | None
    curves: Path | None


def write_report(runs: Sequence[Path], out: Path) -> Path:
    """An .html or .md file. Raises RefusalError, NetworkFileError."""
    if out.suffix.lower() not in (".html", ".md"):
        raise RefusalError(f"{out.name} ends in neither .html nor .md.", f"Name it {out.with_suffix('.html').name}.")
    facts = [facts_of(run) for run in runs]
    with tempfile.TemporaryDirectory() as folder:
        pictures = [_pictures(run, Path(folder) / str(number)) for number, run in enumerate(facts)]
        text = (Html() if out.suffix.lower() == ".html" else Markdown()).report(facts, pictures)
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


class Html:
    """Pictures lie in the text itself."""

    def report(self, runs: Sequence[RunFacts], pictures: Sequence[Pictures]) -> str:
        title = runs[0].row.title if len(runs) == 1 else f"{len(runs)} runs compared"
        body = "".join(_parts(self, runs, pictures))
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


class Markdown:
    """Pictures lie in the text itself here too; readers that show none still have the tables."""

    def report(self, runs: Sequence[RunFacts], pictures: Sequence[Pictures]) -> str:
        title = runs[0].row.title if len(runs) == 1 else f"{len(runs)} runs compared"
        return f"# {title}\n\n" + "".join(_parts(self, runs, pictures))

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
        kind = "svg+xml" if path.suffix == ".svg" else "png"
        return f"![{words}](data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()})\n\n"


def _parts(form: Html | Markdown, runs: Sequence[RunFacts], pictures: Sequence[Pictures]) -> list[str]:
    parts = []
    if len(runs) > 1:
        parts += [form.heading("Results", 2), form.table(compared(runs)), form.heading("Settings that differ", 2)]
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
    parts += [form.table(run.layers), form.heading("Recipe and data", 3), form.table(_pairs(run.settings))]
    if run.data:
        parts += [form.heading("What the data were", 3), form.table(_pairs(run.data))]
    if run.environment:
        parts += [form.heading("Made with", 3), form.table(_pairs(run.environment))]
    return [*parts, form.heading("To repeat it", 3), form.code(run.commands)]


def _pairs(values: Mapping[str, str]) -> Table:
    return [("", ""), *values.items()]
