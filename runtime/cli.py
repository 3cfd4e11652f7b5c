"""The command ``netwright``: opens the window, or hands over to the commands that need none.

Opening the window is on the way here and must stay fast: neither typer nor rich is imported for it, let alone torch.
"""

from __future__ import annotations

import logging
import os
import runpy
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

COMMANDS = (
    "baselines",
    "check",
    "cluster",
    "crossvalidate",
    "data",
    "demo",
    "evaluate",
    "export",
    "import",
    "nodes",
    "predict",
    "preflight",
    "ratetest",
    "queue",
    "report",
    "sample",
    "seal",
    "search",
    "surgery",
    "train",
    "unseal",
    "verify",
)
BAD_INPUT = 2  # exit status


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point; exits with the status of the command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or not (given[0] in COMMANDS or given[0].startswith("-")):
        sys.exit(open_window(given))
    from runtime.commands import run

    if not sys.warnoptions:  # what libraries say to programmers, with tracebacks; -W brings it back
        warnings.simplefilter("ignore")
        logging.disable()
    sys.exit(run(given))


def open_window(files: Sequence[str]) -> int:
    """Opens the window, with a network file if one is named. Gives the exit status."""
    fault = _open_fault(files)
    return complain(fault) if fault else show_window(files)


def show_window(arguments: Sequence[str]) -> int:
    """Runs the window in this process until it is closed. Gives the exit status."""
    sys.argv = ["netwright", *arguments]
    try:
        runpy.run_module("designer", run_name="__main__")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def has_display() -> bool:
    """Whether a window can be shown. Qt's own platforms without a display count when they are asked for."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def complain(sentence: str) -> int:
    """Says on stderr what to change. Gives the exit status for it."""
    sys.stderr.write(f"netwright: {sentence}\n")
    return BAD_INPUT


def _open_fault(files: Sequence[str]) -> str:
    """Why the window cannot be opened, as a sentence; empty where it can."""
    if len(files) > 1:
        return f"One file at a time, not {len(files)}. Open the others in the window."
    if files and not Path(files[0]).is_file():
        if Path(files[0]).suffix:
            return f"There is no file {files[0]}. Check its name and folder."
        return f"There is no command or file {files[0]}. The commands are {', '.join(COMMANDS)}."
    if not has_display():
        return (
            "There is no display to open a window on. "
            "Use a command that needs none, such as netwright demo --headless; netwright --help lists them."
        )
    return ""
