"""Live: what a training shows on the canvas while it runs, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from designer.training.live_layers import LiveLayers
from designer.training.pinned import PinnedSamples

if TYPE_CHECKING:
    from designer.main_window import MainWindow


class Live(QObject):
    """Colours and curves of layers, and the samples that are pinned."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        services = window.services
        assert services is not None
        self.layers = LiveLayers(window.document, window.canvas.heat, services.trainer, services.measurement, self)
        self.pinned = PinnedSamples(window.document, window.canvas, services.trainer, services.looker, self)
