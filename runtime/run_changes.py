"""What changed from one run to another, in a few words: drawing, recipe and data. Imports no torch.

A run is compared with the pinned baseline; where none is pinned, with the run before it of the same network. Drawings
are told apart by their prints, so that two files are read only where they differ, and that once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from nodes.graph.differences import Differences, NodeDifference, differences
from nodes.graph.files import NetworkFileError, load
from runtime.run_settings import OPTIMIZER, usual_settings
from runtime.runs import NETWORK

if TYPE_CHECKING:
    from runtime.run_list import Row

BASELINE, SAME, UNREADABLE = "baseline", "the same", "a drawing that cannot be read"
NAMED, TOLD = 3, 3  # nodes of one sort, and settings, that are told one by one
PRINT = 12  # characters of a print
DRAWN = ("bodies", "nodes", "links")


def drawing_of(run: Path) -> tuple[str, str]:
    """Title and print of the network that a run trains; both empty where its file cannot be read."""
    try:
        parts = msgspec.json.decode((run / NETWORK).read_bytes(), type=dict[str, msgspec.Raw])
        title = msgspec.json.decode(parts["title"], type=str) if "title" in parts else ""
    except (OSError, msgspec.DecodeError):
        return "", ""
    digest = hashlib.blake2b(digest_size=PRINT // 2)
    for name in DRAWN:
        digest.update(bytes(parts.get(name, msgspec.Raw(b""))) + b"\0")
    return title, digest.hexdigest()


def with_changes(rows: Sequence[Row], known: Mapping[str, str]) -> tuple[list[Row], dict[str, str]]:
    """Runs, the oldest first, with what changed in each; and the words for pairs of drawings, for the next time."""
    pairs: dict[str, str] = {}
    baseline = next((row for row in rows if row.marks.is_pinned), None)
    before: dict[str, Row] = {}
    told = []
    for row in rows:
        network = row.network or row.title
        other = baseline or before.get(network)
        before[network] = row
        if row is baseline:
            words = BASELINE
        elif other is None:
            words = ""
        else:
            words = _words(other, row, known, pairs)
        told.append(msgspec.structs.replace(row, changes=words) if words else row)
    return told, pairs


def _words(old: Row, new: Row, known: Mapping[str, str], pairs: dict[str, str]) -> str:
    drawn = ""
    if old.drawing != new.drawing:
        pair = f"{old.drawing} {new.drawing}"
        if pair not in pairs:
            pairs[pair] = known[pair] if pair in known else _drawn(Path(old.path), Path(new.path))
        drawn = pairs[pair]
    settings = setting_words(old.settings, new.settings) if old.settings != new.settings else ""
    return " · ".join(filter(None, (drawn, settings))) or SAME


def _drawn(old: Path, new: Path) -> str:
    try:
        return drawing_words(differences(*(load(run / NETWORK).network.graph for run in (old, new))))
    except NetworkFileError:
        return UNREADABLE


def drawing_words(found: Differences) -> str:
    """``added bn1 · conv1 out_channels 32 → 64``; empty where nothing but places on the canvas differs."""
    parts = [f"{sort} {_names(found.names(sort))}" for sort in ("added", "removed") if found.names(sort)]
    changed = [node for node in found.nodes if node.sort == "changed"]
    settings = [words for node in changed for words in _settings(node)]
    if changed:
        parts.append(", ".join(settings) if len(settings) <= TOLD else f"changed {_names([n.name for n in changed])}")
    if not parts and (found.linked or found.unlinked):
        parts.append("other links")
    return " · ".join(parts)


def setting_words(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """``learning_rate 0.1 → 0.01``, of the settings that are not as usual in either run."""
    keys = sorted(key for key in {*old, *new} if key not in old or key not in new or old[key] != new[key])
    told = []
    for key in keys:
        pair = [settings.get(key, _usual(settings).get(key)) for settings in (old, new)]
        if pair[0] != pair[1]:
            told.append(f"{key.partition('.')[2]} {_value(pair[0])} → {_value(pair[1])}")
    more = len(told) - TOLD
    return ", ".join(told[:TOLD]) + (f" and {more} more" if more > 0 else "")


def _usual(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return usual_settings(str(settings.get("recipe.optimizer", OPTIMIZER)))


def _settings(node: NodeDifference) -> Iterable[str]:
    return (f"{node.name} {name} {_value(a)} → {_value(b)}" for name, (a, b) in node.settings.items())


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= NAMED else f"{len(names)} nodes"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return "×".join(map(_value, value)) or "none"
    if value is None or value == "":
        return "none"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
