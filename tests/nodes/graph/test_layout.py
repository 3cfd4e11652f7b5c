"""Laying out: nothing overlaps, links lead on, chains are straight, few links cross."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.activation import ReLU
from nodes.graph.layers import crossings, layered
from nodes.graph.layout import COLUMN, NODE_WIDTH, balanced, laid_out, node_height
from nodes.graph.model import Graph, Link, Node
from nodes.merge import Add, Concat
from nodes.spec.node_type import NodeType


def wired(*links: str, **settings: NodeType) -> Graph:
    """A graph from texts such as ``a b c``: each node feeds the next."""
    pairs = [pair for text in links for pair in zip(text.split(), text.split()[1:], strict=False)]
    names = list(dict.fromkeys(name for text in links for name in text.split()))
    graph = Graph({name: Node(settings.get(name, Add())) for name in names})
    for source, target in pairs:
        port = f"x{len(graph.incoming(target)) + 1}" if graph.nodes[target].settings.inputs()[0].variadic else "x"
        graph = graph.with_link(Link(source, "output", target, port))
    return graph


def middle(graph: Graph, name: str, places: dict[str, tuple[float, float]]) -> float:
    return places[name][1] + node_height(graph, name) / 2


def overlapping(graph: Graph, places: dict[str, tuple[float, float]]) -> list[tuple[str, str]]:
    def touch(a: str, b: str) -> bool:
        (ax, ay), (bx, by) = places[a], places[b]
        apart = abs(ax - bx) >= NODE_WIDTH or by >= ay + node_height(graph, a) or ay >= by + node_height(graph, b)
        return not apart

    return [pair for pair in combinations(places, 2) if touch(*pair)]


RESIDUAL = wired("x conv1 bn1 relu1 conv2 bn2 add relu2 result", "x add")
PROJECTED = wired("x conv1 bn1 conv2 bn2 add relu result", "x conv3 bn3 add")
INCEPTION = wired(
    *("x a1 concat result", "x b1 b2 concat", "x c1 c2 concat", "x d1 d2 concat"), concat=Concat(), a1=ReLU()
)
UNET = wired("x d1 d2 d3 u3 u2 u1 y", "d2 u2", "d1 u1")


def random_graph(size: int, seed: int) -> Graph:
    chosen = random.Random(seed)
    links = {(max(0, target - chosen.choice((1, 1, 2, 3, 8, 40))), target) for target in range(1, size) for _ in "ab"}
    numbered: dict[int, int] = {}
    ready: list[Link] = []
    for source, target in sorted(links):
        numbered[target] = numbered.get(target, 0) + 1
        ready.append(Link(f"n{source}", "output", f"n{target}", f"x{numbered[target]}"))
    return Graph({f"n{number}": Node(Add()) for number in range(size)}, tuple(ready))


def test_a_chain_is_one_straight_line() -> None:
    graph = wired("a b c d", **dict.fromkeys("abcd", ReLU()))
    assert laid_out(graph) == {name: (COLUMN * number, 0.0) for number, name in enumerate("abcd")}


@pytest.mark.parametrize("graph", [RESIDUAL, PROJECTED, UNET], ids=["residual", "projected", "u-net"])
def test_the_main_path_is_straight(graph: Graph) -> None:
    places = dict(laid_out(graph))
    path = [name for name in graph.nodes if name not in ("conv3", "bn3")]
    assert {middle(graph, name, places) for name in path} == {middle(graph, "x", places)}


def test_a_projection_runs_beside_the_main_path_in_a_line() -> None:
    places = dict(laid_out(PROJECTED))
    assert middle(PROJECTED, "conv3", places) == middle(PROJECTED, "bn3", places)
    assert abs(middle(PROJECTED, "conv3", places) - middle(PROJECTED, "conv1", places)) >= 96


def test_branches_stand_in_the_order_of_the_ports_they_lead_to() -> None:
    places = laid_out(INCEPTION)
    heights = [places[name][1] for name in ("b1", "c1", "d1")]
    assert heights == sorted(heights)
    assert len({places[name][1] for name in ("a1", "b1", "c1", "d1")}) == 4


def test_two_branches_that_could_cross_do_not() -> None:
    edges = {(0, 3): (0, 0), (1, 2): (0, 0), (2, 4): (0, 0), (3, 5): (0, 0)}
    assert crossings(layered(6, edges)) == 0


def test_a_complete_pair_of_columns_crosses_as_often_as_it_must() -> None:
    """K(3, 3) drawn in two columns has 9 crossings: C(3, 2)²."""
    edges = {(a, b): (0, 0) for a in range(3) for b in range(3, 6)}
    assert crossings(layered(6, edges)) == 9


@pytest.mark.parametrize("direction", ["right", "down"])
@given(seed=st.integers(0, 10_000), size=st.integers(1, 40))
def test_nothing_overlaps_and_links_lead_on(direction: str, seed: int, size: int) -> None:
    graph = random_graph(size, seed)
    places = dict(laid_out(graph, direction))  # type: ignore[arg-type]
    assert places.keys() == graph.nodes.keys()
    assert overlapping(graph, places) == []
    axis = 0 if direction == "right" else 1
    assert all(places[link.source][axis] < places[link.target][axis] for link in graph.links)


@given(seed=st.integers(0, 10_000), wrap=st.integers(1, 12))
def test_wrapped_lines_keep_within_their_length_and_do_not_overlap(seed: int, wrap: int) -> None:
    graph = random_graph(40, seed)
    ends = [name for name in graph.nodes if not graph.outgoing(name)]
    for number, name in enumerate(ends, start=1):  # what ends elsewhere may stand beyond the end of a line
        graph = graph.with_node("end", Node(Add())).with_link(Link(name, "output", "end", f"x{number}"))
    places = dict(laid_out(graph, wrap=wrap))
    assert max(x for x, _ in places.values()) <= COLUMN * (wrap - 1)
    assert overlapping(graph, places) == []


def test_a_hundred_nodes_wrap_into_lines_of_ten() -> None:
    places = laid_out(wired(" ".join(f"n{number}" for number in range(100))), wrap=10)
    lines: dict[float, list[str]] = {}
    for name, (_, y) in places.items():
        lines.setdefault(y, []).append(name)
    assert [len(line) for line in lines.values()] == [10] * 10
    assert places["n10"][0] == 0


def test_named_nodes_begin_a_line() -> None:
    places = laid_out(wired("a b c d e"), starts=("c",))
    assert places["c"][0] == 0
    assert places["c"][1] > places["b"][1]
    assert places["e"] == (2 * COLUMN, places["c"][1])


def test_a_side_branch_that_ends_stays_in_its_line() -> None:
    """An auxiliary head and its loss beside a network that goes on in the next line."""
    places = laid_out(wired("a b c d e f", "b head loss"), starts=("c",))
    assert places["head"][1] == places["loss"][1] < places["c"][1]
    assert places["loss"][0] == 3 * COLUMN


def test_nodes_in_a_circle_and_alone_get_places_too() -> None:
    graph = wired("a b c", "c a", "d")
    places = dict(laid_out(graph))
    assert overlapping(graph, places) == []
    assert places.keys() == graph.nodes.keys()


def test_parts_that_do_not_hang_together_stand_below_each_other() -> None:
    places = laid_out(wired("a b", "c d"))
    assert places["a"][0] == places["c"][0] == 0
    assert places["c"][1] >= places["a"][1] + 96


def test_the_same_graph_is_laid_out_alike_wherever_it_stood() -> None:
    graph = random_graph(60, 5)
    places = laid_out(graph)
    assert laid_out(graph.moved({"n3": (999.0, -5.0)})) == places


def calls(graph: Graph) -> int:
    """How many functions are called to lay it out: the same on every computer.

    In a process of its own: with other threads about, CPython 3.11 can stay in a function that is profiled for ever.
    """
    count = 0

    def noted(frame: FrameType, event: str, value: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(noted)
    laid_out(graph)
    sys.setprofile(None)
    return count


def test_the_work_grows_as_the_number_of_nodes() -> None:
    program = f"from {__name__} import calls, random_graph; print(*(calls(random_graph(n, 0)) for n in (500, 1000)))"
    command, root = [sys.executable, "-c", program], Path(__file__).parents[3]
    told = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    few, many = map(int, told.stdout.split())
    assert 0 < many < 2.5 * few


def test_a_long_chain_is_broken_into_lines_of_a_screens_form() -> None:
    names = [f"n{number}" for number in range(64)]
    graph = wired(" ".join(names), **dict.fromkeys(names, ReLU()))
    places = balanced(graph)
    width, height = max(x for x, _ in places.values()), max(y for _, y in places.values())
    assert 1 < width / height < 3
    assert not overlapping(graph, dict(places))


def test_lines_stay_as_they_were_when_a_node_is_added_at_the_end() -> None:
    names = [f"n{number}" for number in range(50)]
    longer = [*names, "last"]
    before = balanced(wired(" ".join(names), **dict.fromkeys(names, ReLU())))
    after = balanced(wired(" ".join(longer), **dict.fromkeys(longer, ReLU())))
    assert {name: after[name] for name in names} == before


def test_branches_are_not_broken_into_lines() -> None:
    branches = [[f"{letter}{number}" for number in range(12)] for letter in "abcd"]
    names = [name for branch in branches for name in branch]
    graph = wired(
        *(f"x {' '.join(branch)} join" for branch in branches), join=Concat(), **dict.fromkeys(names, ReLU())
    )
    assert balanced(graph) == laid_out(graph)
