"""What changed between runs, in words: against the run before of the same network, or against the baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.activation import Tanh
from nodes.graph.differences import differences
from nodes.graph.files import load
from nodes.graph.model import Graph, Network, Node
from nodes.linear import Linear
from runtime import run_changes
from runtime.run_changes import drawing_words, setting_words
from runtime.run_list import Marks, list_runs, write_marks
from runtime.runs import create_run
from tests.runtime.networks import digits_graph


def run_of(root: Path, number: int, graph: Graph, title: str = "digits", **recipe: object) -> Path:
    made = create_run(root, Network(graph, title, recipe=recipe), title)
    return made.rename(root / f"20260101-00000{number}-{title}")


def changes(root: Path) -> dict[str, str]:
    return {row.name[14:]: row.changes for row in list_runs(root)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    graph = digits_graph()
    run_of(tmp_path, 0, graph)
    run_of(tmp_path, 1, graph, "other")
    run_of(tmp_path, 2, graph, learning_rate=0.01)
    run_of(tmp_path, 3, graph.with_node("tanh1", Node(Tanh(), 9, 9)), learning_rate=0.01)
    run_of(tmp_path, 4, graph.with_node("tanh1", Node(Tanh(), 9, 9)), learning_rate=0.01)
    return tmp_path


def test_a_run_is_compared_with_the_one_before_of_its_network(root):
    assert changes(root) == {
        "0-digits": "",
        "1-other": "",
        "2-digits": "learning_rate 0.05 → 0.01",
        "3-digits": "added tanh1",
        "4-digits": "the same",
    }
    assert {row.network for row in list_runs(root)} == {"digits", "other"}
    assert "added tanh1" in next(row for row in list_runs(root) if row.name.endswith("3-digits")).text()


def test_with_a_baseline_all_are_compared_with_it(root):
    (last,) = root.glob("*4-digits")
    write_marks(last, Marks(is_pinned=True))
    assert changes(root) == {
        "0-digits": "removed tanh1 · learning_rate 0.01 → 0.05",
        "1-other": "removed tanh1 · learning_rate 0.01 → 0.05",
        "2-digits": "removed tanh1",
        "3-digits": "the same",
        "4-digits": "baseline",
    }


def test_two_drawings_are_read_once(root, monkeypatch):
    read: list[Path] = []
    monkeypatch.setattr(run_changes, "load", lambda path: (read.append(path), load(path))[1])
    first = changes(root)
    assert len(read) == 2
    assert changes(root) == first
    assert len(read) == 2


def test_a_drawing_that_cannot_be_read_is_told(root):
    (third,) = root.glob("*3-digits")
    (third / "network.netw").write_text("{")
    assert changes(root)["3-digits"] == "a drawing that cannot be read"


def test_much_is_told_as_a_count(tmp_path):
    graph = digits_graph()
    wide = graph
    for number in range(5):
        wide = wide.with_node(f"tanh{number}", Node(Tanh(), 9, 9))
    assert drawing_words(differences(graph, wide)) == "added 5 nodes"
    changed = graph.with_settings("fc", Linear(out_features=10, bias=False))
    assert drawing_words(differences(graph, changed)) == "fc bias on → off"
    assert drawing_words(differences(graph, graph.moved({"fc": (1, 2)}))) == ""
    old = {"recipe.optimizer": "SGD", "recipe.learning_rate": 0.1, "recipe.batch_size": 8, "data.seed": 1}
    told = setting_words(old, {"recipe.optimizer": "Adam", "recipe.epochs": 3})
    assert told.endswith(" and 2 more")
    assert "batch_size 8 → 64" in told
