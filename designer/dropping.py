"""What is dropped on the window: a file or folder -> what it is, and what is done with it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from designer import dialogs
from designer.bottom_panel import TRAINING
from designer.file_actions import SEALED
from runtime.data.forms import FORMS
from runtime.runs import JOURNAL

if TYPE_CHECKING:
    from designer.main_window import MainWindow

Kind = Literal["network", "import", "weights", "run", "sealed", "data", "missing", "other"]
WORKS = (
    "Drop a network (.netw, .onnx, .pt2, .py), weights (.safetensors, .pt), the folder of a run, or data: a folder, "
    "or a file such as a text."
)
IMPORTED = (".onnx", ".pt2", ".py")
WEIGHTS = (".safetensors", ".pt", ".pth")


def kind_of(path: Path) -> Kind:
    """What a dropped path is, by its name and by what lies in it."""
    if path.is_dir():
        return "run" if (path / JOURNAL).is_file() else "data"
    if not path.is_file():
        return "missing"
    suffix = path.suffix.lower()
    if suffix == SEALED:
        return "sealed"
    if any(suffix in form.suffixes for form in FORMS):
        return "data"
    if suffix == ".netw":
        return "network"
    return "import" if suffix in IMPORTED else "weights" if suffix in WEIGHTS else "other"


class Promise(NamedTuple):
    """What letting go of some files does, in words."""

    words: str
    note: str = ""
    is_refused: bool = False


def promise(window: MainWindow, paths: list[Path]) -> Promise:
    """What :func:`take` would do, said before."""
    known = [(kind_of(path), path) for path in paths]
    taken = [(kind, path) for kind, path in known if kind not in ("missing", "other")]
    if not taken:
        return Promise(_fact(*known[0]), WORKS, is_refused=True) if known else Promise("")
    kind, path = taken[0]
    name = path.stem if kind == "network" else path.name
    if kind == "data" and not window.tabs.is_blank:
        words, note = f"Let {name} be the data of {window.document.title}", "Undo takes it back"
    elif kind == "weights" and not window.tabs.is_blank:
        words, note = f"Start {window.document.title} from the weights {name}", "Undo takes it back"
    else:
        words, note = {
            "network": (f"Open {name}", "In a tab of its own"),
            "import": (f"Import {name}", "As a drawing with its weights, in a tab of its own"),
            "weights": (f"Import the network of {name}", "Where its weights are those of a network that is known"),
            "run": (f"Watch the run {name}", "Its curves are shown below"),
            "sealed": (f"Unpack the sealed run {name}", "Into the folder of runs"),
            "data": (f"Draw a network for {name}", ""),
        }[kind]
    rest = len(known) - 1
    return Promise(f"{words}, and {rest} more" if rest else words, note)


def take(window: MainWindow, paths: list[Path]) -> None:
    """Opens networks, watches runs, chooses data; says of everything else what it is."""
    for path in paths:
        kind = kind_of(path)
        if kind in ("network", "sealed"):
            window.files.open_path(path)
        elif kind == "import" or (kind == "weights" and window.tabs.is_blank):
            import_file(window, path)
        elif kind == "weights":
            start_from(window, path)
        elif kind == "run":
            attach_run(window, path)
        elif kind == "data":
            take_data(window, path)
        else:
            dialogs.tell(window, _fact(kind, path), WORKS)


def import_file(window: MainWindow, path: Path) -> None:
    """Makes a drawing of a file of another program."""
    from designer.importing.dialog import show_import  # not before the first paint

    show_import(window, path)


def start_from(window: MainWindow, weights: Path) -> None:
    """The next training of the drawing begins with these weights; undo takes it back."""
    network = window.document.network
    recipe = {**network.recipe, "start_from": str(weights)}
    window.document.edit_network(dataclasses.replace(network, recipe=recipe), f"Start from {weights.name}")
    window.status.say(f"The next training starts from the weights of {weights.name}. Undo takes it back.")


def attach_run(window: MainWindow, run: Path) -> None:
    """Shows the training of a run folder."""
    if window.services is not None:
        window.tabs.leave_start()
        window.show_panel(TRAINING)
        window.services.trainer.attach(run)


def take_data(window: MainWindow, folder: Path) -> None:
    """Makes a folder the data of the network shown; without one, a network for the folder."""
    if window.tabs.is_blank:
        window.start_page.look_into(str(folder))
    elif window.inspector is not None:
        window.show_data()
        window.inspector.network_form.data_card.take_path(folder)
        window.status.say(f"{folder.name} is now the data of this network.")


def _fact(kind: Kind, path: Path) -> str:
    if kind == "missing":
        return f"{path} is not there any more."
    return f"{path.name} is no network, no folder and no file of data, so it cannot be opened."
