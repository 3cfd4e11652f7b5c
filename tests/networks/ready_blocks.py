"""``python -m tests.networks.ready_blocks`` writes the ready blocks into ``resources/blocks``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import resources
from nodes.block import Block
from nodes.graph.files import write
from nodes.graph.model import Graph, Network, Node
from tests.networks.drawn.ready import convolutional, parallel, residual

FOLDER = Path(resources.__file__).parent / "blocks"
MODULES = (convolutional, residual, parallel)

READY: dict[str, Callable[[], tuple[str, Block, str]]] = {
    name: drawing for module in MODULES for name, drawing in module.DRAWINGS.items()
}


def network(name: str) -> Network:
    """The file of a ready block: a drawing with the block alone, its title and what is to be known of it."""
    title, block, notes = READY[name]()
    return Network(Graph({f"{name}1": Node(block)}), title, notes)


def main(names: Sequence[str] = tuple(READY)) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        (FOLDER / f"{name}.netw").write_bytes(write(network(name)))


if __name__ == "__main__":
    main()
