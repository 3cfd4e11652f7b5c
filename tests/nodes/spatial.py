"""Inputs for node types of images: convolution, pooling, normalization and their like."""

from typing import Any

import hypothesis
from hypothesis import strategies as st

from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from tests.nodes.drawn import alone, anything, images, sequences, signals, vectors, volumes

BY_RANK = {"1d": signals, "2d": images, "3d": volumes}


def unpooled(settings: Any) -> st.SearchStrategy[tuple[Shape | None, ...]]:
    """Values, mostly as many places, and now and then a value whose size is near what comes back."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape | None, ...]:
        x = draw(BY_RANK[settings.type_id[-2:]])
        places = Shape(*x, axes=x.axes, values="index")
        wrong = Shape(x[0] + 1, *x[1:], axes=x.axes, values="index")
        steps = settings.stride or settings.kernel_size
        windows = list(zip(x[1:], settings.kernel_size, steps, settings.padding, strict=True))
        hypothesis.assume(all((n - 1) * step - 2 * pad + kernel > 0 for n, kernel, step, pad in windows))
        near = [
            max(1, (side - 1) * step - 2 * pad + kernel + draw(st.integers(-2, 2)))
            for side, kernel, step, pad in windows
        ]
        size_like = draw(st.none() | st.just(x.resized(x[0], *near)))
        return x, draw(st.sampled_from([places, places, places, wrong])), size_like

    return drawn()


def enlarged(settings: Any) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Values of which something is left: PyTorch lets an output of no positions pass."""
    along_axes = list(
        zip(
            settings.kernel_size,
            settings.stride,
            settings.padding,
            settings.dilation,
            settings.output_padding,
            strict=True,
        )
    )

    def is_left(x: Shape) -> bool:
        return all(
            (side - 1) * stride - 2 * padding + dilation * (kernel - 1) + more + 1 != 0
            for side, (kernel, stride, padding, dilation, more) in zip(x[1:], along_axes, strict=True)
        )

    return st.tuples(BY_RANK[settings.type_id[-2:]].filter(is_left))


def boxed(settings: NodeType) -> st.SearchStrategy[tuple[Shape, ...]]:
    boxes = st.builds(Shape, st.integers(1, 4), st.sampled_from([4, 4, 4, 5, 3]))
    return st.tuples(images, boxes)


def multiplied(settings: NodeType) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Two vectors, or two sequences of mostly the same length."""
    lengths = st.tuples(st.integers(1, 2), st.integers(1, 2))
    two = st.tuples(st.integers(1, 4), st.integers(1, 4))
    both = st.builds(lambda n, c: (Shape(n[0], c[0]), Shape(n[1], c[1])), lengths, two)
    return st.tuples(vectors, vectors) | both


def pieced(settings: Any) -> st.SearchStrategy[tuple[Shape, ...]]:
    return st.tuples(vectors | sequences if settings.over == "features" else anything)


def sloped(settings: Any) -> st.SearchStrategy[tuple[Shape, ...]]:
    return st.tuples(anything if settings.num_parameters == "1" else vectors | signals | images | volumes)


def joined(settings: NodeType) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Branches that are alike; or not, and then such that nothing can be repeated to fit."""
    unlike = st.just((Shape(2, 4, 4), Shape(3, 4, 4)))
    alike = st.builds(lambda shape, count: (shape,) * count, anything, st.integers(1, 4))
    return alike | alike | unlike


INPUTS: dict[str, Any] = {
    f"{family}{rank}": alone(shapes)
    for rank, shapes in BY_RANK.items()
    for family in (
        "conv",
        "max_pool",
        "avg_pool",
        "lp_pool",
        "adaptive_max_pool",
        "dropout",
        "instance_norm",
    )
}
INPUTS |= {  # an open axis of 1 makes a plain mean of it
    f"adaptive_avg_pool{rank}": alone(shapes.filter(lambda x: 1 not in x[1:])) for rank, shapes in BY_RANK.items()
}
INPUTS |= {f"conv_transpose{rank}": enlarged for rank in BY_RANK}
INPUTS |= {f"max_unpool{rank}": unpooled for rank in BY_RANK}
INPUTS |= {"roi_pool": boxed, "roi_align": boxed}
INPUTS |= {name: alone(signals | images | volumes) for name in ("global_avg_pool", "global_max_pool")}
INPUTS |= {"batch_norm3d": alone(volumes), "bilinear": multiplied, "maxout": pieced, "prelu": sloped}
INPUTS |= {"drop_path": joined}

ELSEWHERE: dict[str, tuple[str, ...]] = {
    "prelu": ("num_parameters",),
    "maxout": ("over", "pieces", "out_features"),
    "layer_norm": ("normalized_axes",),
    "rms_norm": ("normalized_axes",),
}
"""Settings that the layer keeps in another form, or that reach the call instead."""
