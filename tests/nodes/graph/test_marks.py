"""Frames, notes and bends: they follow the nodes, are kept in files and steps, and compute nothing."""

from __future__ import annotations

import msgspec

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.edit import copied, pasted
from nodes.graph.files import read, write
from nodes.graph.marks import Frame, Marks, StickyNote
from nodes.graph.model import Graph, Link, Network, Node
from nodes.graph.steps import replayed, step_between

IN_RELU, RELU_OUT = Link("image", "output", "relu1", "x"), Link("relu1", "output", "scores", "x")


def row() -> Graph:
    nodes = {"image": Node(Input()), "relu1": Node(ReLU(), 252), "scores": Node(Output(), 504)}
    return Graph(nodes, (IN_RELU, RELU_OUT))


def marked() -> Graph:
    frames = {"frame1": Frame("Stem", ("image", "relu1"), "conv")}
    return row().with_marks(
        Marks(frames, {"note1": StickyNote("**why** so", 24, -96)}, {RELU_OUT: ((456.0, 120.0),)})
    )


def test_files_hold_them() -> None:
    assert read(write(Network(marked()))).network.graph == marked()
    assert b"marks" not in write(Network(row()))


def test_files_of_blocks_hold_them() -> None:
    whole = Graph({"block1": Node(Block(body=marked()))})
    assert read(write(Network(whole))).network.graph == whole


def test_what_makes_no_sense_is_said_and_left_out() -> None:
    entry = msgspec.json.decode(write(Network(marked())))
    entry["marks"]["frames"]["frame1"]["nodes"] = ["who"]
    entry["marks"]["bends"] = {"relu1.output -> scores.x": [["far", 1]], "a.b -> c.d": [[1, 2]]}
    entry["marks"]["notes"]["note2"] = {"text": "lost"}
    opened = read(msgspec.json.encode(entry))
    assert opened.network.graph == row().with_marks(Marks(notes=marked().marks.notes))
    assert len(opened.faults) == 4
    assert all(fault.endswith("left out.") for fault in opened.faults)


def test_steps_hold_them() -> None:
    before, after = Network(row()), Network(marked())
    assert replayed(before, [step_between(before, after)]).graph == marked()
    assert replayed(after, [step_between(after, before)]).graph == row()


def test_they_compute_nothing() -> None:
    assert marked().structure == row().structure


def test_a_frame_follows_a_rename_and_goes_with_its_last_node() -> None:
    renamed = marked().renamed("relu1", "act")
    assert renamed.marks.frames["frame1"].members == ("image", "act")
    assert renamed.marks.bends == {Link("act", "output", "scores", "x"): ((456.0, 120.0),)}
    assert marked().without(["relu1"]).marks.frames["frame1"].members == ("image",)
    assert marked().without(["relu1", "image"]).marks.frames == {}


def test_bends_go_with_their_link_and_move_with_both_its_ends() -> None:
    assert marked().without_links([RELU_OUT]).marks.bends == {}
    both = marked().moved({"relu1": (262.0, 7.0), "scores": (514.0, 7.0)})
    assert both.marks.bends == {RELU_OUT: ((466.0, 127.0),)}
    assert marked().moved({"relu1": (0.0, 0.0)}).marks == marked().marks


def test_a_node_is_in_one_frame_at_most() -> None:
    marks = marked().marks.with_frame("frame2", Frame("Other", ("relu1", "scores")))
    assert [frame.members for frame in marks.frames.values()] == [("image",), ("relu1", "scores")]


def test_a_copy_takes_the_frames_it_holds_whole() -> None:
    fragment = copied(marked(), ["image", "relu1"])
    graph, names = pasted(marked(), fragment, 0, 240)
    assert graph.marks.frames["frame2"] == Frame("Stem", (names["image"], names["relu1"]), "conv")
    assert graph.marks.frames["frame1"] == marked().marks.frames["frame1"]
    assert copied(marked(), ["relu1", "scores"]).marks.frames == {}
