"""Inputs for node types of images: convolution, pooling, normalization and their like."""

from typing import Any

from hypothesis import strategies as st

from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from tests.nodes.drawn import alone, images, signals, volumes

BY_RANK = {"1d": signals, "2d": images, "3d": volumes}


def unpooled(settings: Any) -> st.SearchStrategy[tuple[Shape | None, ...]]:
    """Values, mostly as many places, and now and then a value whose size is near what comes back."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape | None, ...]:
        x = draw(BY_RANK[settings.type_id[-2:]])
        places = Shape(*x, axes=x.axes, values="index")
        wrong = Shape(x[0] + 1, *x[1:], axes=x.axes, values="index")
        steps = settings.stride or settings.kernel_size
        windows = zip(x[1:], settings.kernel_size, steps, settings.padding, strict=True)
        near = [
            max(1, (side - 1) * step - 2 * pad + kernel + draw(st.integers(-2, 2)))
            for side, kernel, step, pad in windows
        ]
        size_like = draw(st.none() | st.just(x.resized(x[0], *near)))
        return x, draw(st.sampled_from([places, places, places, wrong])), size_like

    return drawn()


def boxed(settings: NodeType) -> st.SearchStrategy[tuple[Shape, ...]]:
    boxes = st.builds(Shape, st.integers(1, 4), st.sampled_from([4, 4, 4, 5, 3]))
    return st.tuples(images, boxes)


INPUTS: dict[str, Any] = {
    f"{family}{rank}": alone(shapes)
    for rank, shapes in BY_RANK.items()
    for family in (
        "conv",
        "conv_transpose",
        "max_pool",
        "avg_pool",
        "lp_pool",
        "adaptive_avg_pool",
        "adaptive_max_pool",
    )
}
INPUTS |= {f"max_unpool{rank}": unpooled for rank in BY_RANK}
INPUTS |= {"roi_pool": boxed, "roi_align": boxed}
INPUTS |= {name: alone(signals | images | volumes) for name in ("global_avg_pool", "global_max_pool")}
