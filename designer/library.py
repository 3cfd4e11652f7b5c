"""Blocks to place: the ready ones that come with the program, and the user's own, each a network file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path

import resources
from nodes.block import Block
from nodes.graph.files import SUFFIX, NetworkFileError, load, save
from nodes.graph.model import Graph, Network, Node, name_fault
from nodes.graph.ready import fitted
from nodes.spec.shapes import Shape

Shelf = Literal["ready", "own"]
PREFIX = "block:"  # of a key, so that it is told from the type_id of a layer
READY = Path(resources.__file__).parent / "blocks"
SHELVES: tuple[Shelf, ...] = ("ready", "own")


@dataclass(frozen=True)
class KeptBlock:
    """One file of a shelf. ``fault`` says why it cannot be placed; there is a node where it is empty."""

    shelf: Shelf
    path: Path
    title: str
    notes: str = ""
    node: Node | None = None
    fault: str = ""

    @property
    def key(self) -> str:
        return f"{PREFIX}{self.shelf}/{self.path.stem}"

    @property
    def stem(self) -> str:
        """What a node made from it is named after, followed by a number."""
        name = re.sub(r"\W+", "_", self.title if self.shelf == "own" else self.path.stem, flags=re.ASCII)
        name = name.lower().strip("_0123456789")[:40].rstrip("_")
        return "block" if name_fault(f"{name}1") else name

    def made_for(self, arriving: Shape | None) -> Node | None:
        """The node to place; a ready block is fitted to what arrives at it."""
        if self.node is None or arriving is None or self.shelf == "own":
            return self.node
        assert isinstance(self.node.settings, Block)
        return Node(fitted(self.node.settings, arriving), training=self.node.training)


def own_folder() -> Path:
    return user_data_path("netwright", appauthor=False) / "blocks"


def kept_blocks(shelf: Shelf) -> tuple[KeptBlock, ...]:
    """All blocks of a shelf by their titles, those that cannot be read with the reason."""
    folder = READY if shelf == "ready" else own_folder()
    try:
        paths = [(path, path.stat()) for path in folder.glob(f"*{SUFFIX}")]
    except OSError:
        return ()
    found = (_read(shelf, path, stat.st_mtime_ns, stat.st_size) for path, stat in paths)
    return tuple(sorted(found, key=lambda kept: kept.title.lower()))


def find_block(key: str) -> KeptBlock | None:
    """The block of a key; None where its file is gone."""
    return next((kept for shelf in SHELVES for kept in kept_blocks(shelf) if kept.key == key), None)


def path_for(title: str) -> Path:
    """The file that a block of this title is kept in. Raises NetworkFileError where no file can be named after it."""
    name = " ".join(re.sub(r"[^\w\- ]", " ", title).split())[:60].strip()
    if not name:
        raise NetworkFileError("A block needs a name with letters or digits in it. Type another one.")
    return own_folder() / f"{name}{SUFFIX}"


def keep(title: str, node: Node, notes: str = "") -> KeptBlock:
    """Puts a block into the user's library, in the place of one of the same name. Raises NetworkFileError."""
    path = path_for(title)
    kept = KeptBlock("own", path, title, notes, Node(node.settings, training=node.training))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NetworkFileError(f"{path.parent} cannot be made: {error.strerror}.") from None
    save(Network(Graph({f"{kept.stem}1": Node(node.settings, training=node.training)}), title, notes), path)
    return kept


def rename(kept: KeptBlock, title: str) -> None:
    """Keeps a block under another title. Raises NetworkFileError, also where another has that title."""
    path = path_for(title)
    if kept.node is None:
        raise NetworkFileError(kept.fault)
    if path != kept.path and path.exists():
        raise NetworkFileError(f"There is a block {path.stem} in the library already. Choose another name.")
    keep(title, kept.node, kept.notes)
    if path != kept.path:
        remove(kept)


def remove(kept: KeptBlock) -> None:
    """Deletes the file of a block. Raises NetworkFileError."""
    try:
        kept.path.unlink(missing_ok=True)
    except OSError as error:
        raise NetworkFileError(f"{kept.path} cannot be removed: {error.strerror}.") from None


@lru_cache(maxsize=500)
def _read(shelf: Shelf, path: Path, _changed: int, _size: int) -> KeptBlock:
    try:
        opened = load(path)
    except NetworkFileError as error:
        return KeptBlock(shelf, path, path.stem, fault=str(error))
    network = opened.network
    title, nodes = network.title or path.stem, list(network.graph.nodes.values())
    if opened.faults:
        return KeptBlock(shelf, path, title, network.notes, fault=f"{path}: {opened.faults[0]}")
    if len(nodes) != 1 or not isinstance(nodes[0].settings, Block):
        fault = f"{path} holds no single block. Open it as a network, group its nodes, and save that block here."
        return KeptBlock(shelf, path, title, network.notes, fault=fault)
    return KeptBlock(shelf, path, title, network.notes, nodes[0])
