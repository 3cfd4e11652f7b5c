"""``python -m runtime``: the command ``netwright``, for those who start it as a process of its own."""

from __future__ import annotations

from runtime.cli import main

if __name__ == "__main__":
    main()
