"""``netwright demo``: the whole job on the bundled digits, from the drawing to a proven ONNX file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from rich.console import Console

from nodes.graph.files import load, save
from nodes.graph.model import Network
from runtime import reports
from runtime.check_report import checked, print_check
from runtime.faults import RefusalError
from runtime.runs import NETWORK, create_run

DIGITS = Path(__file__).parent.parent / "resources" / "networks" / "digits.netw"


def run(out: Path, console: Console) -> dict[str, Any]:
    """Checks, trains, plots, exports and verifies. Every time is a new run; the files beside it follow the last.

    A network.netw that is there already is the one that is trained, so that a drawing is never overwritten.
    Raises what MENDABLE lists.
    """
    _make_folder(out)
    file = out / NETWORK
    if not file.exists():
        save(_digits(), file)
    network = load(file).network
    _check(network, file, console)

    from runtime.curves_picture import draw_curves
    from runtime.exchange.subject import open_subject, write_onnx, write_python
    from runtime.progress import follow

    folder = create_run(out / "runs", network, "digits", out)
    trained = follow(folder, resume=False, console=console)
    if trained.get("reason") != "done":
        return trained
    draw_curves(folder, out / "curves.png", network.title)
    subject = open_subject(folder)
    exported = write_onnx(subject, out / "model.onnx") | write_python(subject, out / "model.py")
    reports.print_export(console, exported)
    if "test_accuracy" in trained:
        console.print(f"Test accuracy {trained['test_accuracy']:.2%}", style="bold", highlight=False)
    console.print(f"Everything is in {out}.", highlight=False, soft_wrap=True)
    return trained | exported | {"curves_path": str(out / "curves.png")}


def _digits() -> Network:
    opened = load(DIGITS)
    if opened.faults:
        raise RefusalError(f"{DIGITS}: {opened.faults[0]}", "Install Netwright again.")
    return dataclasses.replace(opened.network, title=opened.network.title or "Digits")


def _check(network: Network, file: Path, console: Console) -> None:
    report = checked(network)
    print_check(console, report, every=False)
    if report.has_errors:
        raise RefusalError(f"{file} has an error.", "Mend it in the window, or remove the file to begin anew.")


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise RefusalError(f"{out} is a file.", "Name a folder with --out.") from None
    except OSError as error:
        raise RefusalError(f"{out} cannot be made: {error.strerror}.", "Name another folder with --out.") from None
