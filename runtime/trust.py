"""Which Python code of users may run: code that came with a file runs only after somebody has said so.

Each text is remembered by its SHA-256 in ``trusted`` in the user's configuration folder, one a line; so code that
was trusted once stays so in every file, and other code in the same file does not. Nothing here imports torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from platformdirs import user_config_path

from nodes.block import Block
from nodes.code import BEGINNING
from nodes.graph.files import NetworkFileError, load, write_atomically
from nodes.graph.model import Graph
from runtime.runs import NETWORK

FILE = "trusted"


class TrustError(Exception):
    """Code that may not run yet; ``node`` is where it stands."""

    def __init__(self, node: str = "") -> None:
        self.fact = f"{node or 'This'} holds Python code that nobody has said to trust, so it was not run."
        self.remedy = (
            "Read it, then open the file again and press Trust this file; on the command line, add --trust to run it."
        )
        self.node = node
        super().__init__(f"{self.fact} {self.remedy}")


def user_code(graph: Graph) -> Mapping[str, str]:
    """Each Python text that a user wrote, within blocks too, and the node on this level where it was first met."""
    found: dict[str, str] = {}
    for name, node in graph.nodes.items():
        if isinstance(node.settings, Block):
            for code in user_code(node.settings.body):
                found.setdefault(code, name)
        elif node.settings.definition():
            found.setdefault(node.settings.definition(), name)
    return found


def is_trusted(graph: Graph) -> bool:
    """Whether all code of the graph may run; so it may where there is none."""
    return not untrusted(user_code(graph))


def untrusted(codes: Iterable[str]) -> tuple[str, ...]:
    """Those of the texts that may not run. What a new node begins with is ours."""
    known = _remembered()
    return tuple(code for code in codes if code != BEGINNING and _digest(code) not in known)


def trust(graph: Graph) -> None:
    """Remembers all code of the graph. Raises NetworkFileError where that cannot be written."""
    trust_code(user_code(graph))


def trust_file(path: Path) -> None:
    """Remembers all code of a network file or of a run's. Raises NetworkFileError."""
    trust(load(path / NETWORK if path.is_dir() else path).network.graph)


def trust_code(codes: Iterable[str]) -> None:
    """Remembers these texts. Raises NetworkFileError where that cannot be written."""
    new = [_digest(code) for code in untrusted(codes)]
    if not new:
        return
    file = _file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NetworkFileError(f"{file.parent} cannot be made: {error.strerror}.") from None
    write_atomically(file, "".join(f"{digest}\n" for digest in sorted({*_remembered(), *new})).encode())


def require_trusted(graph: Graph) -> None:
    """Raises TrustError, with the node, where code of the graph may not run."""
    codes = user_code(graph)
    for code in untrusted(codes):
        raise TrustError(codes[code])


def _file() -> Path:
    return user_config_path("netwright", appauthor=False) / FILE


def _remembered() -> frozenset[str]:
    try:
        return frozenset(_file().read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError):
        return frozenset()


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
