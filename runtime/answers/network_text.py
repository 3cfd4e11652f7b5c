"""Networks that travel as the text of their file."""

from __future__ import annotations

from nodes.graph.files import NetworkFileError, Opened, read


def opened(text: str) -> Opened:
    """The network of a text. Raises NetworkFileError at its first fault."""
    found = read(text.encode())
    if found.faults:
        raise NetworkFileError(found.faults[0])
    return found
