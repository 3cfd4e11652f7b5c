"""SurgeryDesk: an operation on the drawing and its trained weights, as one step that can be undone."""

from __future__ import annotations

import dataclasses
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path
from PySide6.QtCore import QObject

from designer.document import Document
from designer.figures import figure, share
from designer.surgery.weights_known import base_of, trained_network
from nodes.graph.files import write
from nodes.graph.model import GraphError, Network
from nodes.graph.surgery import Surgery, operated
from nodes.spec.settings import SettingError
from runtime.protocol import Answer, Partly, Refused
from runtime.questions.surgery import OperateOn
from runtime.surgery.places import FOLDER

if TYPE_CHECKING:
    from designer.main_window import MainWindow

LONGEST_NAME = 40


class SurgeryDesk(QObject):
    """Asks the engine for the weights; the drawing changes once they are written, and what it costs is said after."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.said = ""  # the last sentence

    @property
    def _document(self) -> Document:
        return self._window.document

    def operate(self, operation: str, node: str = "", value: str = "") -> None:
        """Does it on a node of what is shown, in all blocks alike where edits reach those."""
        document, services = self._document, self._window.services
        if services is None:
            return
        ways = (document.scope, *(document.alike() if document.changes_alike else ()))
        try:
            surgery = operated(document.root_graph, operation, ways, node, value)
        except (GraphError, SettingError) as error:
            self._say(str(error))
            return
        source, _ = trained_network(document, services.trained_run())
        if not source:
            document.edit_network(dataclasses.replace(document.network, graph=surgery.graph), surgery.words)
            self._say(f"{surgery.words}: done in the drawing. It has no trained weights that could be kept.")
            return
        self._say(f"{surgery.words} …")
        request = OperateOn(
            0,
            write(document.network).decode(),
            source,
            str(base_of(document)),
            operation,
            str(self._folder()),
            _file_name(document.title),
            ways,
            node,
            value,
        )
        asked = document.network
        services.looker.ask(self, request, self._settle, self._refuse, partial(self._take, asked, surgery))

    def _take(self, asked: Network, surgery: Surgery, part: Partly) -> None:
        """The weights are written: the drawing changes, and starts from them."""
        document = self._document
        if document.network is not asked:
            self._say("The drawing was changed meanwhile, so it was left as it is. Do it again.")
            return
        recipe = {key: setting for key, setting in asked.recipe.items() if key != "fresh"}
        recipe["start_from"] = self._written(Path(part.result["file"]))
        document.edit_network(dataclasses.replace(asked, graph=surgery.graph, recipe=recipe), surgery.words)
        self._say(f"{surgery.words}: {_kept(part.result)}; measuring …")

    def _settle(self, answer: Answer) -> None:
        self._say(f"{answer.result['words']}: {_kept(answer.result)}, {cost(answer.result)}.")

    def _refuse(self, refused: Refused) -> None:
        self._say(f"{refused.fact} {refused.remedy}".strip())

    def _say(self, sentence: str) -> None:
        self.said = sentence
        self._window.status.say(sentence)

    def _folder(self) -> Path:
        """Beside the network's file; for one never saved in the user's data folder."""
        path = self._document.path
        return path.parent / FOLDER if path else user_data_path("netwright", appauthor=False) / FOLDER

    def _written(self, file: Path) -> str:
        """As the recipe names it: from the network's file on where it lies below that."""
        path = self._document.path
        if path is not None and file.is_relative_to(path.parent):
            return file.relative_to(path.parent).as_posix()
        return str(file)


def cost(told: dict[str, Any]) -> str:
    """``accuracy 99.1 % → 99.1 %; outputs differ by at most 2e-06, 180 validation samples``."""
    if "before" not in told:
        return f"but what it costs cannot be measured: {told.get('reason', '')}".rstrip(". ")
    before, after = told["before"], told["after"]
    if "accuracy" in before and "accuracy" in after:
        words = f"accuracy {share(before['accuracy'])} → {share(after['accuracy'])}"
    else:
        words = f"loss {figure(before['loss'], 4)} → {figure(after['loss'], 4)}"
    difference = told["largest_difference"]
    apart = "" if difference is None else f"outputs differ by at most {figure(difference, 1)}, "
    return f"{words}; {apart}{told['samples']} {told['part']} samples"


def _kept(told: dict[str, Any]) -> str:
    return f"{told['kept']} of {told['weights']} weights kept"


def _file_name(title: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", title).strip("-").lower()[:LONGEST_NAME] or "network"
