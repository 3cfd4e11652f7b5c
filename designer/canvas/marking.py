"""What is done with marks: mute nodes, frame them, write notes beside them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from designer.canvas.edits import named
from designer.canvas.geometry import snapped
from designer.canvas.marks_layer import LEAST_NOTE
from designer.document import new_gesture
from nodes.graph.marks import NOTE_WIDTH, Frame, StickyNote
from nodes.graph.model import GraphError
from nodes.graph.muting import with_muting

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

FIRST_TITLE = "Frame"


class Marking:
    """Edits mutes, frames and notes on behalf of one view."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas, self._document = canvas, canvas.document

    def mute(self) -> None:
        """Mutes the selected nodes; where all of them are muted, unmutes them."""
        names, graph = self._document.selection, self._document.graph
        try:
            changed = with_muting(graph, names)
        except GraphError as error:
            self._canvas.status.emit(str(error))
            return
        touched = [name for name in names if changed.nodes[name] is not graph.nodes[name]]
        word = "Mute" if any(changed.nodes[name].is_muted for name in touched) else "Unmute"
        self._document.edit(changed, f"{word} {named(touched)}")

    # --- frames

    def enframe(self) -> None:
        """Puts a frame around the selected nodes, and asks for its title."""
        names, graph = self._document.selection, self._document.graph
        if not names:
            return
        name, family = graph.marks.fresh_name("frame"), graph.nodes[names[0]].settings.family
        words, gesture = f"Frame {named(names)}", new_gesture("frame")
        marks = graph.marks.with_frame(name, Frame(FIRST_TITLE, names, family))
        self._document.edit(graph.with_marks(marks), words, gesture)
        self.edit_title(name, words, gesture)

    def edit_title(self, name: str, words: str = "", gesture: str = "") -> None:
        """Opens an editor on a frame's title."""
        box = self._canvas.canvas_scene.marks.title_box(name)
        before = self._document.graph.marks.frames[name].title

        def rename(title: str) -> None:
            graph = self._document.graph
            if name in graph.marks.frames and title != graph.marks.frames[name].title:
                frame = dataclasses.replace(graph.marks.frames[name], title=title)
                changed = graph.with_marks(graph.marks.with_frame(name, frame))
                self._document.edit(changed, words or f"Rename the frame {before}", gesture)

        self._canvas.edit_title(box, before, rename)

    def colour_frames(self, family: str) -> None:
        """Gives the frames of the selected nodes the colour of a family."""
        graph, marks = self._document.graph, self._document.graph.marks
        frames = self.frames_of_selection()
        if not frames:
            self._canvas.status.emit("Select nodes of a frame to colour it.")
        for name in frames:
            marks = marks.with_frame(name, dataclasses.replace(marks.frames[name], family=family))
        if marks is not graph.marks:
            self._document.edit(graph.with_marks(marks), "Colour the frame")

    def take_out(self) -> None:
        """Takes the selected nodes out of their frames."""
        graph, names = self._document.graph, self._document.selection
        framed = [name for name in names if graph.marks.frame_of(name)]
        if framed:
            marks = graph.marks.without_members(set(framed))
            self._document.edit(graph.with_marks(marks), f"Take {named(framed)} out of the frame")

    def unframe(self) -> None:
        """Takes the frames around the selected nodes away; the nodes stay."""
        frames, graph = self.frames_of_selection(), self._document.graph
        if frames:
            titles = ", ".join(graph.marks.frames[name].title for name in frames)
            self._document.edit(graph.with_marks(graph.marks.without_frames(frames)), f"Remove the frame {titles}")

    def frames_of_selection(self) -> tuple[str, ...]:
        """The frame that keys went to, else those of the selected nodes."""
        chosen_frame = self._canvas.canvas_scene.marks.selected_frame
        if chosen_frame:
            return (chosen_frame,)
        frames, chosen = self._document.graph.marks.frames, self._document.selection
        return tuple(n for n, frame in frames.items() if not set(frame.members).isdisjoint(chosen))

    # --- notes

    def add_note(self, place: QPointF | None = None) -> None:
        """Lets a note be written at a place, or at the cursor; left empty there is none."""
        at = self._canvas.cursor_place() if place is None else place
        blank = StickyNote("", snapped(at.x() - NOTE_WIDTH / 2), snapped(at.y()))

        def write(text: str) -> None:
            graph = self._document.graph
            name = graph.marks.fresh_name("note")
            if text:
                marks = graph.marks.with_note(name, dataclasses.replace(blank, text=text))
                self._document.edit(graph.with_marks(marks), "Add a note")
                self._canvas.canvas_scene.marks.select(name)

        self._canvas.edit_note(QRectF(blank.x, blank.y, blank.width, LEAST_NOTE), "", write)

    def edit_note(self, name: str) -> None:
        """Lets a note be written anew; left empty it goes."""
        before = self._document.graph.marks.notes[name]

        def write(text: str) -> None:
            graph = self._document.graph
            if name not in graph.marks.notes or text == before.text:
                return
            if text:
                marks = graph.marks.with_note(name, dataclasses.replace(before, text=text))
                self._document.edit(graph.with_marks(marks), "Change a note")
            else:
                self._document.edit(graph.with_marks(graph.marks.without_notes([name])), "Remove a note")

        self._canvas.edit_note(self._canvas.canvas_scene.marks.note_box(name), before.text, write)

    # --- either

    def delete_selected(self) -> bool:
        """Removes the note or the frame that is selected, a frame's nodes stay; whether there was one."""
        marks, graph = self._canvas.canvas_scene.marks, self._document.graph
        if marks.selected_frame:
            self.unframe()
        elif marks.selected_note:
            words = "Remove a note"
            self._document.edit(graph.with_marks(graph.marks.without_notes([marks.selected_note])), words)
        else:
            return False
        return True

    def edit_selected(self) -> bool:
        """Opens an editor on the note or the frame that is selected; whether there is one."""
        marks = self._canvas.canvas_scene.marks
        if marks.selected_frame:
            self.edit_title(marks.selected_frame)
        elif marks.selected_note:
            self.edit_note(marks.selected_note)
        return bool(marks.selected)

    def move_selected(self, dx: float, dy: float, gesture: str) -> bool:
        """Moves the note, or the nodes of the frame, that is selected; whether there is one."""
        marks, graph = self._canvas.canvas_scene.marks, self._document.graph
        if marks.selected_frame:
            members = graph.marks.frames[marks.selected_frame].members
            places = {name: (graph.nodes[name].x + dx, graph.nodes[name].y + dy) for name in members}
            self._document.edit(graph.moved(places), "Move a frame with the arrow keys", gesture)
        elif marks.selected_note:
            note = graph.marks.notes[marks.selected_note]
            moved = graph.marks.with_note(
                marks.selected_note, dataclasses.replace(note, x=note.x + dx, y=note.y + dy)
            )
            self._document.edit(graph.with_marks(moved), "Move a note with the arrow keys", gesture)
        return bool(marks.selected)
