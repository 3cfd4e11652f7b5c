"""Inputs for merging, reshaping, arithmetic and losses."""

from typing import Any

from hypothesis import strategies as st

from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from tests.nodes.drawn import anything, merged

maps = st.builds(lambda h, w: Shape(h, w, axes="HW"), st.integers(1, 5), st.integers(1, 5))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Shape, Shape]:
    """Two shapes that differ in at most one axis."""
    first = draw(anything)
    axis = draw(st.integers(0, len(first) - 1))
    size = draw(st.one_of(st.just(first[axis]), st.integers(1, 4)))
    return first, first.resized(*first[:axis], size, *first[axis + 1 :])


@st.composite
def stacked(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Up to three shapes, mostly equal ones."""
    first = draw(anything | maps)
    longer = first.resized(*first[:-1], first[-1] + 1)
    return first, *draw(st.lists(st.sampled_from([first, first, first, longer]), max_size=2))


@st.composite
def matrices(draw: st.DrawFn) -> tuple[Shape, Shape]:
    """Two matrices or vectors whose inner sizes mostly agree; sizes from 3 up, so that none passes for a batch."""
    rows, inner, columns = (draw(st.integers(3, 5)) for _ in range(3))
    other = inner + draw(st.sampled_from([0, 0, 0, 1]))
    leading = draw(st.sampled_from([(), (), (3,), (1,)]))
    if leading:
        return Shape(*leading, rows, inner), Shape(
            *draw(st.sampled_from([leading, (1,), (3,)])), other, columns, axes="CWH"
        )
    if draw(st.booleans()):
        return Shape(rows, inner, axes="CL"), Shape(other, columns, axes="LC")
    pair = (Shape(rows, inner), Shape(other, columns, axes="CL"))
    vectors = Shape(inner), Shape(other)
    return draw(st.sampled_from([pair, pair, (pair[0], vectors[1]), (vectors[0], pair[1]), vectors]))


def of(inputs: st.SearchStrategy[tuple[Shape, ...]]) -> Any:
    """The same inputs whatever the settings."""

    def drawn(settings: NodeType) -> st.SearchStrategy[tuple[Shape, ...]]:
        return inputs

    return drawn


INPUTS: dict[str, Any] = {
    **dict.fromkeys(("multiply", "maximum", "minimum", "average"), merged),
    **dict.fromkeys(("subtract", "divide"), of(pairs())),
    "stack": of(stacked()),
    "matmul": of(matrices()),
}
