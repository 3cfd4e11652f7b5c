"""``python -m tests.networks.drawings`` writes the networks and their index into ``resources/networks``."""

import json
from collections.abc import Sequence
from pathlib import Path

import resources
from nodes.graph.files import write
from nodes.graph.infer import infer
from nodes.graph.model import Network
from tests.networks.drawn import CHAPTERS, DRAWINGS

FOLDER = Path(resources.__file__).parent / "networks"
BOOK = ("Basics", "Classic CNNs", "Deep CNNs", "Residual CNNs", "Efficient CNNs", "Segmentation and detection")
BOOK += ("Recurrent", "Attention", "Generative")


def figures(network: Network) -> str:
    """What a network costs, in one line."""
    totals = infer(network.graph).totals
    cost = totals.multiply_adds
    return " · ".join(
        [f"{_short(totals.weights)} weights", *([f"{_short(cost)} multiply-adds"] if isinstance(cost, int) else [])]
    )


def index() -> bytes:
    """Which examples there are, in the order of the chapters, with their titles and what they cost."""
    entries = []
    for name in sorted(DRAWINGS, key=lambda name: (BOOK.index(CHAPTERS[name]), list(DRAWINGS).index(name))):
        network = DRAWINGS[name]()
        entries.append({"name": name, "chapter": CHAPTERS[name], "title": network.title, "figures": figures(network)})
    return (json.dumps(entries, ensure_ascii=False, indent=2) + "\n").encode()


def _short(count: int) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return str(count)


def main(names: Sequence[str] = tuple(DRAWINGS)) -> None:
    for name in names:
        (FOLDER / f"{name}.netw").write_bytes(write(DRAWINGS[name]()))
    (FOLDER / "index.json").write_bytes(index())


if __name__ == "__main__":
    main()
