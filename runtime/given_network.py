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


def sound_network(file: Path, assigned: Sequence[str] = (), *, trust: bool = False) -> Network:
    """The network of a file without faults, with settings of the command line.

    Raises RefusalError, NetworkFileError, SettingError.
    """
    if trust:
        trust_file(file)
    opened = load(file)
    if opened.faults:
        raise RefusalError(f"{file} is damaged: {opened.faults[0]}", "Open it in the window and save it again.")
    network = opened.network
    for assignment in assigned:
        network = override(network, assignment, Path.cwd())
    return network


def given_network(file: Path, assigned: Sequence[str], *, trust: bool = False) -> Network:
    """The same where its code is trusted, its data named in full; raises TrustError too."""
    network = sound_network(file, assigned, trust=trust)
    require_trusted(network.graph)
    source = DataChoice.read(network.data).resolved(file.parent).source
    return dataclasses.replace(network, data={**network.data, "source": source})


def assigned_settings(epochs: int | None, settings: Sequence[str] | None) -> list[str]:
    """``--epochs`` is short for a setting."""
    return ([f"recipe.epochs={epochs}"] if epochs is not None else []) + list(settings or ())
