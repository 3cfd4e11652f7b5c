"""Asking before the Python code of a file may run."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from designer import dialogs, theme
from designer.widgets import button, label
from nodes.graph.files import NetworkFileError
from runtime import trust

FACT = "This file holds Python code."
REMEDY = (
    "Code can do whatever you can do on this computer. Trust it if you know where it comes from; "
    "without that the network can still be read, changed and saved."
)
TRUST, WITHOUT = "Trust this file", "Open without running"


class TrustDialog(QDialog):
    """Shows the code; the answer that changes nothing is the one that Enter and Escape give."""

    def __init__(self, parent: QWidget | None, codes: Iterable[str], without: str = WITHOUT) -> None:
        super().__init__(parent)
        self.setWindowTitle("Netwright")
        self.code = QPlainTextEdit("\n\n\n".join(codes))
        self.code.setReadOnly(True)
        self.code.setFont(theme.mono_font(11))
        self.code.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        metrics = QFontMetricsF(self.code.font())
        self.code.setMinimumSize(int(metrics.averageCharWidth() * 90), int(metrics.lineSpacing() * 18))
        self.trust = button(TRUST, self.accept)
        self.without = button(without, self.reject)
        self.trust.setAutoDefault(False)
        self.without.setDefault(True)
        answers = QHBoxLayout()
        answers.addStretch(1)
        answers.addWidget(self.trust)
        answers.addWidget(self.without)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(FACT, role="title"))
        layout.addWidget(label(REMEDY, wrap=True))
        layout.addWidget(self.code, 1)
        layout.addLayout(answers)
        self.without.setFocus()


def may_run(parent: QWidget | None, codes: Iterable[str], *, is_typed: bool = False, without: str = WITHOUT) -> bool:
    """Whether these texts may run. Asks where nobody has said so yet, unless their user typed them here.

    ``without`` is the word for going on without them.
    """
    unknown = trust.untrusted(codes)
    if not unknown:
        return True
    if not is_typed and TrustDialog(parent, unknown, without).exec() != QDialog.DialogCode.Accepted:
        return False
    try:
        trust.trust_code(unknown)
    except NetworkFileError as error:
        dialogs.tell(parent, str(error))
        return False
    return True
