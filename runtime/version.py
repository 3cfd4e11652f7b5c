"""The version of Netwright."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """As installed; empty where it runs from a source tree that is not."""
    return installed("netwright")


def installed(distribution: str) -> str:
    """The version of a distribution, told without importing it; empty where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""
