"""Questions and sentences in windows of their own: the fact first, then what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget


def tell(parent: QWidget | None, fact: str, remedy: str = "", details: Sequence[str] = ()) -> None:
    """One sentence that has to be read, with a list below it where there is more to say."""
    box = _box(parent, fact, remedy)
    if details:
        box.setDetailedText("\n".join(details))
    box.addButton(QMessageBox.StandardButton.Ok)
    box.exec()


def ask(parent: QWidget | None, fact: str, remedy: str, answers: Sequence[str]) -> str:
    """The answer that was picked. The first is the default; the last is Cancel, and what Escape gives."""
    box = _box(parent, fact, remedy)
    buttons: dict[QPushButton, str] = {}
    last = len(answers) - 1
    for place, answer in enumerate(answers):
        role = QMessageBox.ButtonRole.AcceptRole if place < last else QMessageBox.ButtonRole.RejectRole
        made = box.addButton(answer, role)
        buttons[made] = answer
        if place == 0:
            box.setDefaultButton(made)
        if place == last:
            box.setEscapeButton(made)
    box.exec()
    clicked = box.clickedButton()
    return next((answer for made, answer in buttons.items() if made is clicked), answers[-1])


def _box(parent: QWidget | None, fact: str, remedy: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setWindowTitle("Netwright")
    box.setText(fact)
    box.setInformativeText(remedy)
    return box
