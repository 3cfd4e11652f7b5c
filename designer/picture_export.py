"""``python -m designer.picture_export FILE OUT…``: pictures of a drawing without a window, for the command line.

A process of its own, since the command line knows no Qt. Prints one JSON line for each picture; a user's mistake is
a sentence on stderr and exit status 2.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from designer import theme
from designer.app import make_app
from designer.canvas.paper import PictureError, Wish, save_picture
from nodes.graph.files import NetworkFileError, load

BAD_INPUT = 2  # exit status


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="picture_export")
    parser.add_argument("file", type=Path)
    parser.add_argument("out", type=Path, nargs="+")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--transparent", action="store_true")
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args(arguments)
    make_app()
    theme.show(given.theme)
    wish = Wish(scale=given.scale, is_transparent=given.transparent, with_table=given.table)
    try:
        network = load(given.file).network
        for out in given.out:
            size = save_picture(network, out, wish)
            sys.stdout.write(json.dumps({"path": str(out), "width": size.width(), "height": size.height()}) + "\n")
    except (PictureError, NetworkFileError) as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
