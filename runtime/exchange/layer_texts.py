"""A network on paper: its layer table as CSV, Markdown or LaTeX, and a TikZ figure of its drawing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nodes.block import Block
from nodes.graph.analysis import layers, total
from nodes.graph.columns import COLUMNS, USUAL, as_csv, as_markdown, exact_table
from nodes.graph.files import write_atomically
from nodes.graph.infer import infer
from nodes.graph.layout import laid_out
from nodes.graph.model import Graph
from nodes.graph.muting import without_muted
from runtime.exchange import ExportError

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "×": r"$\times$", "·": r"$\cdot$", "−": r"$-$",
    "–": "--", "…": r"\dots{}", "→": r"$\rightarrow$", "√": r"$\surd$", "Σ": r"$\Sigma$",
}  # fmt: skip
TABLES = (".csv", ".md", ".tex")
CM = 44.0  # scene units that are drawn as one centimetre
FILLS = {
    "conv": "blue!12", "linear": "orange!18", "pooling": "green!14", "activation": "red!10", "boundary": "black!6",
    "normalization": "violet!12", "recurrent": "teal!14", "attention": "yellow!25", "loss": "red!20",
}  # fmt: skip


def escaped(text: str) -> str:
    """Text as LaTeX prints it."""
    return "".join(SPECIAL.get(letter, letter) for letter in text)


def write_layer_table(graph: Graph, out: Path) -> None:
    """The layer table, its form by the name's ending. Raises ExportError, NetworkFileError."""
    if out.suffix not in TABLES:
        raise ExportError(f"A layer table is written as {', '.join(TABLES)}, not as {out.suffix or 'nothing'}.",
                          "Name a file such as layers.csv.")  # fmt: skip
    rows = layers(infer(without_muted(graph)), expanded=True)
    costs = total(layers(infer(without_muted(graph))))
    columns = [column for column in COLUMNS if column.key in USUAL]
    if out.suffix == ".csv":
        text = as_csv(exact_table(columns, rows, costs))
    else:
        lines = [[column.title for column in columns]]
        lines += [[column.shown(row, costs) for column in columns] for row in rows]
        lines.append(["Total", *[column.shown_total(costs) for column in columns[1:]]])
        numbers = [column.is_number for column in columns]
        text = as_markdown(lines, numbers) if out.suffix == ".md" else as_tabular(lines, numbers)
    write_atomically(out, text.encode())


def as_tabular(lines: Sequence[Sequence[str]], numbers: Sequence[bool]) -> str:
    """A LaTeX table with the lines of booktabs; the last row is the total."""
    written = [" & ".join(escaped(cell) for cell in line) + r" \\" for line in lines]
    kinds = "".join("r" if is_number else "l" for is_number in numbers)
    return "\n".join(
        ["% needs \\usepackage{booktabs}", rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", written[0], r"\midrule",
         *written[1:-1], r"\midrule", written[-1], r"\bottomrule", r"\end{tabular}", ""]
    )  # fmt: skip


def write_figure(graph: Graph, title: str, out: Path) -> None:
    """A LaTeX document with the drawing as a TikZ picture. Raises NetworkFileError."""
    write_atomically(out, tikz(graph, title).encode())


def tikz(graph: Graph, title: str) -> str:
    """Nodes where they stand on the canvas, coloured by family, and the links between them."""
    places = {name: (node.x, node.y) for name, node in graph.nodes.items()}
    if len(set(places.values())) < len(places):
        places = dict(laid_out(graph))
    shapes = infer(graph).facts
    lines = [
        f"% {title}".replace("\n", " "),
        r"\documentclass[tikz,border=4pt]{standalone}",
        r"\usepackage[T1]{fontenc}",
        r"\usetikzlibrary{arrows.meta}",
        r"\begin{document}",
        r"\begin{tikzpicture}[",
        r"  layer/.style={draw=black!45, rounded corners=2pt, align=center, font=\sffamily\scriptsize,",
        r"    minimum width=28mm, inner sep=3pt}, link/.style={-{Stealth[length=1.6mm]}, black!55}]",
    ]
    for name, node in graph.nodes.items():
        x, y = places[name]
        settings = node.settings
        words = [rf"\textbf{{{escaped(name)}}}", escaped(settings.summary())]
        out = next(iter(shapes[name].outputs.values()), None)
        words += [rf"\textcolor{{black!55}}{{{escaped(str(out))}}}"] if out is not None else []
        fill = "black!10" if isinstance(settings, Block) else FILLS.get(settings.family, "white")
        text = r" \\ ".join(words)
        lines.append(rf"\node[layer, fill={fill}] ({name}) at ({x / CM:.2f},{-y / CM:.2f}) {{{text}}};")
    is_across = _is_across(places)
    leaving, coming = (("east", 0), ("west", 180)) if is_across else (("south", 270), ("north", 90))
    lines += [
        rf"\draw[link] ({link.source}.{leaving[0]}) to[out={leaving[1]},in={coming[1]}] ({link.target}.{coming[0]});"
        for link in graph.links
    ]
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}", ""])


def _is_across(places: dict[str, tuple[float, float]]) -> bool:
    """Whether the drawing goes from left to right."""
    if not places:
        return True
    across, down = ([place[axis] for place in places.values()] for axis in (0, 1))
    return max(across) - min(across) >= max(down) - min(down)
