"""``python -m runtime.search``: the command ``netwright search``, for those who start it as a process of its own."""

from __future__ import annotations

import sys

from runtime.cli import main

if __name__ == "__main__":
    main(["search", *sys.argv[1:]])
