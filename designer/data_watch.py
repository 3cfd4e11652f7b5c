"""DataWatch: keeps the document told of the data it names, by glances that never block the window."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from designer.document import Changes, Document
from designer.mail import Mail
from runtime.data.choice import DIGITS
from runtime.data.glance import glance


class DataWatch(QObject):
    """Looks again whenever the source is another, or where a relative folder starts.

    The digits are known at once. A folder may lie on a slow or sleeping disk, so a thread looks into it; an answer
    that comes after the choice has changed is passed over.
    """

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self._number = 0
        self._looked: tuple[object, Path] | None = None
        self._mail = Mail(self, self._take)
        document.changed.connect(self._follow)
        document.title_changed.connect(self.look)
        self.look()

    def look(self) -> None:
        """Looks, unless it has looked there already."""
        path, data = self._document.path, self._document.network.data
        base = path.parent if path else Path.cwd()
        if self._looked == (data.get("source"), base):
            return
        self._looked = (data.get("source"), base)
        self._number += 1
        if data.get("source", DIGITS) == DIGITS:
            self._document.know_data(glance(data, base))
            return
        self._document.know_data(None)
        threading.Thread(target=_glance, args=(self._mail, self._number, dict(data), base), daemon=True).start()

    def _follow(self, changes: Changes) -> None:
        if changes.opened:
            self._looked = None
        if changes.opened or changes.data:
            self.look()

    def _take(self) -> None:
        for number, facts in self._mail.taken():
            if number == self._number and facts is not None:
                self._document.know_data(facts)


def _glance(mail: Mail, number: int, data: Mapping[str, Any], base: Path) -> None:
    """Runs in a thread of its own."""
    mail.post((number, glance(data, base)))
