"""The pages of the catalogue as the rich text that Qt lays out, in the colours of the theme shown now."""

from __future__ import annotations

import html
import re
from itertools import groupby

from designer import theme
from designer.library import PREFIX, find_block
from designer.pages.doc_text import DocText, doc_text
from designer.pages.facts import example_costs, example_shapes, takes, written
from designer.palette_entries import FAMILY_TITLES
from nodes.catalogue import catalogue, find_type
from nodes.spec.node_type import NodeType, chosen_kinds
from nodes.spec.sums import sums_of

LAYER, PICTURE = "layer", "picture"  # schemes of the addresses of pages and of their pictures
PICTURE_WIDTH = 560
INSIDE = "Place it, then double-click it to see and change what is inside."


def page(declared: type[NodeType], *, has_picture: bool) -> str:
    """All that is known of a node type."""
    text = doc_text(declared.doc())
    settings = declared()
    family = FAMILY_TITLES.get(declared.family, declared.family.capitalize())
    colour = theme.family_color(declared.family)
    name = declared.torch_name if declared.torch_name != declared.title else ""
    parts = [
        f'<p style="margin-bottom:0"><span style="color:{colour}">■</span> {_small(family)}</p>',
        f'<h1 style="margin-top:2px;margin-bottom:0">{html.escape(declared.title)}</h1>',
        f'<p style="margin-top:2px">{_code(name)}{_also(declared)}</p>' if name or declared.also else "",
        head(text, has_sections=False),
        _picture(declared) if has_picture else "",
        _sections(text),
        _ports(settings),
        _example(settings),
        _settings_table(declared, settings),
    ]
    return _styled("".join(parts))


def head(text: DocText, *, has_sections: bool = True) -> str:
    """What it is, with its sections: for the page and for the form."""
    paragraphs = [f"<p><b>{_words(text.headline)}</b></p>", *(f"<p>{_words(p)}</p>" for p in text.paragraphs)]
    return "".join(paragraphs) + (_sections(text) if has_sections else "")


def index() -> str:
    """All layers, family by family, each with its first sentence."""
    parts = ["<h1>Layers</h1>", "<p>Every layer there is. The palette finds them by these names and by others.</p>"]
    for family, members in groupby(catalogue(), key=lambda declared: declared.family):
        colour = theme.family_color(family)
        title = FAMILY_TITLES.get(family, family.capitalize())
        parts.append(_heading(f'<span style="color:{colour}">■</span> {html.escape(title)}'))
        rows = [
            f'<tr><td style="padding-right:20px"><a href="{LAYER}:{d.type_id}">{html.escape(d.torch_name)}</a></td>'
            f"<td>{_words(d.headline())}.</td></tr>"
            for d in members
        ]
        parts.append(f'<table cellspacing="0" cellpadding="3">{"".join(rows)}</table>')
    return _styled("".join(parts))


def block_page(key: str) -> str:
    """What is known of a block of the library; a sentence for a key that means nothing."""
    kept = find_block(key) if key.startswith(PREFIX) else None
    if kept is None:
        return _styled(f"<h1>No such layer</h1><p>This version has no layer “{html.escape(key)}”.</p>")
    words = kept.fault or kept.notes or "A block from your library, kept without notes."
    return _styled(f"<h1>{html.escape(kept.title)}</h1><p>{html.escape(words)}</p><p>{INSIDE}</p>")


def title_of(key: str) -> str:
    """The name of a layer or block; empty for a key that means nothing."""
    declared, kept = find_type(key), find_block(key) if key.startswith(PREFIX) else None
    return declared.torch_name if declared is not None else kept.title if kept is not None else ""


def _styled(body: str) -> str:
    return f'<body style="color:{theme.current().text};font-size:13px">{body}</body>'


def _heading(words: str) -> str:
    return f'<h3 style="margin-top:18px;margin-bottom:4px">{words}</h3>'


def _picture(declared: type[NodeType]) -> str:
    return f'<p style="margin-top:14px"><img src="{PICTURE}:{declared.type_id}" width="{PICTURE_WIDTH}"></p>'


def _sections(text: DocText) -> str:
    """Name on the left, what is said on the right."""
    rows = [
        f'<tr><td style="padding:3px 20px 3px 0">{_small(name)}</td>'
        f'<td style="padding:3px 0">{"<br>".join(_line(line) for line in lines)}</td></tr>'
        for name, lines in text.sections
    ]
    return f'<table cellspacing="0" cellpadding="0" style="margin-top:10px">{"".join(rows)}</table>' if rows else ""


def _line(line: str) -> str:
    is_formula = bool(re.match(r"^\S+'? = ", line))
    return _code(line) if is_formula else _words(line)


def _ports(settings: NodeType) -> str:
    inputs, outputs = settings.inputs(), settings.outputs()
    if len(inputs) < 2 and len(outputs) < 2 and not any(port.variadic for port in inputs):
        return ""
    said = [
        _code(p.name) + " (may stay open)" * p.optional + " (as many as are connected)" * p.variadic for p in inputs
    ]
    return (
        _heading("Ports")
        + "<p>In: "
        + ", ".join(said)
        + "<br>Out: "
        + ", ".join(_code(name) for name in outputs)
        + "</p>"
    )


def _example(settings: NodeType) -> str:
    shapes = example_shapes(settings) if settings.example else None
    if shapes is None:
        return ""
    lines = [f"<p>{_code(shapes[0])} &nbsp;→&nbsp; {_code(shapes[1])}</p>"]
    for entry in sums_of(settings, settings.example):
        sums = "<br>".join(_code(line) for line in entry.lines)
        lines.append(f'<p style="margin-top:6px">{_small(entry.title)}<br>{sums}</p>')
    costs = example_costs(settings)
    if costs:
        lines.append(f"<p>{_small(costs)}</p>")
    source = settings.module(*settings.example)
    if source:
        lines.append(f'<p style="margin-top:6px">{_small("In the source")}<br>{_code(source)}</p>')
    return _heading("Worked example, with the settings as they come") + "".join(lines)


def _settings_table(declared: type[NodeType], settings: NodeType) -> str:
    rows = [
        f'<tr><td style="white-space:nowrap">{_code(name)}</td>'
        f"<td>{html.escape(written(getattr(settings, name), kind))}</td>"
        f"<td>{html.escape(takes(kind))}</td><td>{_words(kind.doc)}</td></tr>"
        for name, kind in chosen_kinds(declared).items()
    ]
    if not rows:
        return _heading("Settings") + "<p>None: it has nothing to choose.</p>"
    colours = theme.current()
    heads = "".join(
        f'<th align="left">{_small(word)}</th>' for word in ("Setting", "As it comes", "Takes", "What it is")
    )
    return (
        _heading("Settings")
        + f'<table width="100%" cellspacing="0" cellpadding="6" border="1" style="border-collapse:collapse;'
        f'border-style:solid;border-color:{colours.line}"><tr>{heads}</tr>{"".join(rows)}</table>'
    )


def _also(declared: type[NodeType]) -> str:
    return f" &nbsp;{_small('also: ' + ', '.join(declared.also))}" if declared.also else ""


def _words(text: str) -> str:
    """Escaped, with ``code`` in the face of numbers, arrows drawn and papers linked."""
    escaped = html.escape(text, quote=False).replace("-&gt;", "→")
    escaped = re.sub(r"``([^`]+)``", lambda found: _code(found[1], is_escaped=True), escaped)
    link = rf'<a href="https://arxiv.org/abs/\1" style="color:{theme.current().accent}">arXiv:\1</a>'
    return re.sub(r"arXiv:(\d{4}\.\d{4,5})", link, escaped)


def _code(text: str, *, is_escaped: bool = False) -> str:
    if not text:
        return ""
    face = theme.mono_font().family()
    words = text if is_escaped else html.escape(text, quote=False)
    return f"<span style=\"font-family:'{face}';font-size:12px\">{words}</span>"


def _small(text: str) -> str:
    return f'<span style="color:{theme.current().secondary};font-size:11px">{html.escape(text, quote=False)}</span>'
