"""The network that a command is given: read, trusted, with settings of the command line, its data named in full."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from nodes.graph.files import load
from nodes.graph.model import Network
from runtime.data.choice import DataChoice
from runtime.faults import RefusalError
from runtime.recipe import override
from runtime.trust import require_trusted, trust_file


def given_network(file: Path, assigned: Sequence[str], *, trust: bool = False) -> Network:
    """Raises RefusalError, NetworkFileError, SettingError, TrustError."""
    if trust:
        trust_file(file)
    opened = load(file)
    if opened.faults:
        raise RefusalError(f"{file} is damaged: {opened.faults[0]}", "Open it in the window and save it again.")
    require_trusted(opened.network.graph)
    network = opened.network
    for assignment in assigned:
        network = override(network, assignment, Path.cwd())
    source = DataChoice.read(network.data).resolved(file.parent).source
    return dataclasses.replace(network, data={**network.data, "source": source})


def assigned_settings(epochs: int | None, settings: Sequence[str] | None) -> list[str]:
    """``--epochs`` is short for a setting."""
    return ([f"recipe.epochs={epochs}"] if epochs is not None else []) + list(settings or ())
