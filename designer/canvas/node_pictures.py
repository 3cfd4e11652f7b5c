"""NodePictures: a small picture in each node where a user wants them, given or of the shape it puts out."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from designer.canvas.scene import CanvasScene
from designer.canvas.shape_picture import shape_picture
from designer.document import Changes
from designer.preferences import THUMBNAILS, preferences
from designer.theme import themes
from nodes.spec.shapes import Shape


class NodePictures(QObject):
    """Off until it is preferred. A picture is seen where a node's settings can be read."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene, self._document = scene, scene.document
        self._given: dict[str, QImage] = {}  # by the node, of the scope shown
        self._of_shapes: dict[Shape, QImage] = {}
        self._document.changed.connect(self._follow)
        preferences.changed.connect(self._prefer)
        themes.changed.connect(self._restyle)
        if preferences.value(THUMBNAILS):
            self._show(scene.node_items)

    def put(self, name: str, picture: QImage | None) -> None:
        """Gives a node of the scope shown a picture of its own; None takes it away again."""
        if picture is None:
            self._given.pop(name, None)
        else:
            self._given[name] = picture
        if preferences.value(THUMBNAILS):
            self._show([name])

    def say(self, name: str, words: str) -> None:
        """Gives a node words for its second line, while there are pictures; empty ones take them away again."""
        item = self._scene.node_items.get(name)
        if item is not None and item.said != words:
            item.said = words
            item.fit_texts()
            self._scene.sprites.drop(name)
            self._scene.update(item.boundingRect())

    def _prefer(self, key: str) -> None:
        if key == THUMBNAILS.key:
            self._show(self._scene.node_items)

    def _restyle(self) -> None:
        self._of_shapes.clear()
        if preferences.value(THUMBNAILS):
            self._show(self._scene.node_items)

    def _follow(self, changes: Changes) -> None:
        if changes.opened or changes.scope:
            self._given.clear()
        for name in changes.removed:
            self._given.pop(name, None)
        if preferences.value(THUMBNAILS):
            self._show(self._scene.node_items if changes.scope else changes.added | changes.changed | changes.facts)

    def _show(self, names: Iterable[str]) -> None:
        is_on, items = bool(preferences.value(THUMBNAILS)), self._scene.node_items
        for item in [items[name] for name in names if name in items]:
            picture = self._picture(item.name) if is_on else None
            if picture is not item.thumbnail:
                item.thumbnail = picture
                item.fit_texts()
                self._scene.sprites.drop(item.name)
                self._scene.update(item.boundingRect())

    def _picture(self, name: str) -> QImage | None:
        """Shapes alike share one; a node whose output is not known has none."""
        if name in self._given:
            return self._given[name]
        facts = self._document.inference.facts[name]
        shape = next(iter(facts.outputs.values()), None) or next(iter(facts.inputs.values()), None)
        if shape is None:
            return None
        if shape not in self._of_shapes:
            self._of_shapes[shape] = shape_picture(shape)
        return self._of_shapes[shape]
