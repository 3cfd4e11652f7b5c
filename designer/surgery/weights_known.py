"""Which trained weights a drawing has: those of its own run, or those that its recipe starts from."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from designer.document import Document
from nodes.graph.files import NetworkFileError, load
from nodes.graph.model import Network
from nodes.spec.settings import SettingError
from runtime.recipe_parts.transfer import resolved_start
from runtime.runs import NETWORK
from runtime.surgery.places import started_from

KEPT = 4  # networks that are not read again until their files differ


def base_of(document: Document) -> Path:
    """The folder that relative paths of a drawing start from."""
    return document.path.parent if document.path else Path.cwd()


def start_of(document: Document) -> str:
    """What the recipe starts from, with its path in full; empty where it names nothing."""
    return _resolved(document.network, base_of(document))


def trained_network(document: Document, run: Path | None) -> tuple[str, Network | None]:
    """Where the weights of a drawing are, and the network that they belong to, as far as a file tells it.

    ``run`` trained it last. Its weights count while the recipe still starts from what that run started from;
    after that those do which the recipe names.
    """
    of_run = _read(run / NETWORK) if run is not None else None
    start = start_of(document)
    if run is not None and of_run is not None and _resolved(of_run, run) == start:
        return str(run), of_run
    known = started_from(start, base_of(document))
    return start, _read(known) if known is not None else None


def _resolved(network: Network, base: Path) -> str:
    written = network.recipe.get("start_from", "")
    try:
        return resolved_start(written, base) if isinstance(written, str) else ""
    except SettingError:
        return ""


def _read(file: Path) -> Network | None:
    try:
        return _loaded(file, file.stat().st_mtime_ns)
    except (NetworkFileError, OSError):
        return None


@lru_cache(KEPT)
def _loaded(file: Path, _written_at: int) -> Network:
    return load(file).network
