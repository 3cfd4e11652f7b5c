"""The version of Netwright."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """As installed; empty where it runs from a source tree that is not."""
    try:
        return importlib.metadata.version("netwright")
    except importlib.metadata.PackageNotFoundError:
        return ""
