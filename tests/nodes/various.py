"""Inputs for merging, reshaping, arithmetic and losses."""

import math
from typing import Any

from hypothesis import strategies as st

from nodes.reshape_sizes import SIDES
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from tests.nodes.drawn import anything, images, merged, sequences, signals, vectors, volumes

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


def of_axes(letters: str, sizes: st.SearchStrategy[int]) -> st.SearchStrategy[Shape]:
    """A value with those axes, in the order in which values have them."""
    axes = "".join(axis for axis in "LCDHW" if axis in letters)
    return st.tuples(*(sizes for _ in axes)).map(lambda drawn: Shape(*drawn, axes=axes))


def permutable(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    return st.tuples(of_axes(settings.order, st.integers(1, 5)) | anything)


def squeezable(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    fitting = of_axes(f"C{settings.dim}", st.just(1))
    return st.tuples(fitting | of_axes(f"LC{settings.dim}", st.integers(1, 2)) | anything)


def unsqueezable(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    return st.tuples(of_axes(settings.axes[1:], st.integers(1, 4)) | anything | st.just(Shape()))


def reshapable(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    """As many numbers as the sizes take, or nearly."""
    count = math.prod(part for part in settings.size if part > 0)
    fitting = st.builds(
        lambda times, more: Shape(times * count + more), st.integers(1, 3), st.sampled_from([0, 0, 1])
    )
    return st.tuples(fitting | st.just(Shape(count)) | st.builds(lambda n: Shape(n, count), st.integers(1, 3)))


def splittable(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    """Values whose axis the sizes fill, or nearly."""

    def along(shape: Shape, size: int) -> Shape:
        if settings.dim not in shape.axes:
            return shape
        at = shape.axes.index(settings.dim)
        return shape.resized(*shape[:at], max(size, 1), *shape[at + 1 :])

    total = sum(settings.sizes)
    return st.tuples(st.builds(along, anything, st.sampled_from([total, total, total + 1])))


@st.composite
def with_a_smaller(draw: st.DrawFn) -> tuple[Shape | None, ...]:
    """An image, and perhaps another that is mostly smaller."""
    image = draw(images)
    return image, draw(st.none() | images | images.map(lambda other: other.resized(other[0], *image[1:])))


def reducible(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    return st.tuples(of_axes(f"C{settings.dim}", st.integers(1, 4)) | anything | st.just(Shape()))


def paddable(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    """Values with the sides that are set, or any."""
    letters = "".join("W" if letter == "LW" else letter for name, letter in SIDES.items() if getattr(settings, name))
    if set(letters) <= set("CW"):
        return st.tuples(signals | sequences | images | vectors)
    return st.tuples(of_axes(f"C{letters}", st.integers(1, 8)) | anything)


def positioned(settings: Any) -> st.SearchStrategy[tuple[Shape | None, ...]]:
    """Values with as many axes as ``size`` has numbers, if it has; perhaps with another to be like."""
    kinds = [signals, images, volumes]
    given = settings.size or (settings.scale_factor if len(settings.scale_factor) > 1 else ())
    fitting = kinds[len(given) - 1] if given else st.one_of(kinds)
    return st.one_of(
        st.tuples(fitting, st.none()), *(st.tuples(kind, kind) for kind in kinds), st.tuples(sequences, st.none())
    )


def in_groups(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    """Channels that the factor divides, or nearly."""
    square = settings.upscale_factor**2
    counts = st.sampled_from([square, 2 * square, square + 1])
    return st.tuples(st.builds(Shape, counts, st.integers(1, 3), st.integers(1, 3)))


def in_squares(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    """Sides that the factor divides, or nearly."""
    factor = settings.downscale_factor
    lengths = st.sampled_from([factor, 2 * factor, 3 * factor, factor + 1])
    return st.tuples(st.builds(Shape, st.integers(1, 3), lengths, lengths))


def grouped(settings: Any) -> st.SearchStrategy[tuple[Shape]]:
    counts = st.sampled_from([settings.groups, 2 * settings.groups, settings.groups + 1])
    shapes = signals | images | volumes
    return st.tuples(st.builds(lambda count, x: x.resized(count, *x[1:]), counts, shapes))


def repeatable(settings: Any) -> st.SearchStrategy[tuple[Shape | None, ...]]:
    values = st.one_of(vectors, images, maps, st.just(Shape()), st.just(Shape(values="index")), sequences)
    return st.tuples(values, st.one_of(st.none(), sequences, signals, images))


@st.composite
def twins(draw: st.DrawFn, kinds: st.SearchStrategy[Shape]) -> tuple[Shape, Shape]:
    """Two shapes that are mostly equal; otherwise none can be repeated to the other."""
    first = draw(kinds.map(lambda x: x.resized(*(size + 1 for size in x))))
    return first, draw(st.sampled_from([first, first, first.resized(*(size + 1 for size in first))]))


def judged_classes(*kinds: st.SearchStrategy[Shape]) -> Any:
    """Scores of two classes or more, and a class at each position, or something near. Targets may stay open."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape | None, ...]:
        scores = draw(st.one_of(kinds))
        at = scores.axes.index("C")
        right = Shape(*scores[:at], *scores[at + 1 :], axes=scores.axes.replace("C", ""), values="index")
        more = Shape(*right, 3, axes=f"{right.axes}C", values="index")
        return scores, draw(st.sampled_from([right, right, right, more]))

    return of(drawn())


@st.composite
def yes_or_no(draw: st.DrawFn) -> tuple[Shape, Shape]:
    """Scores and as many answers, real or indices, or one number more."""
    scores = draw(vectors | sequences | images)
    longer = scores.resized(*scores[:-1], scores[-1] + 1)
    one = scores.axes.index("C")
    single = Shape(*scores[:one], *scores[one + 1 :], axes=scores.axes.replace("C", ""), values="index")
    answers = Shape(*scores, axes=scores.axes, values="index")
    return scores, draw(st.sampled_from([scores, scores, answers, single, longer]))


@st.composite
def labelled(draw: st.DrawFn) -> tuple[Shape, Shape]:
    """Scores and as many indices, or one more."""
    scores = draw(vectors)
    return scores, Shape(scores[0] + draw(st.sampled_from([0, 0, 1])), axes="L", values="index")


@st.composite
def areas(draw: st.DrawFn) -> tuple[Shape, Shape]:
    """Scores with a class or a mask at every position, or one position more."""
    scores = draw((signals | images | volumes).map(lambda x: x.resized(*(min(size, 3) + 1 for size in x))))
    axes, longer = scores.axes[1:], (*scores[1:-1], scores[-1] + 1)
    right = Shape(*scores[1:], axes=axes, values="index")
    return scores, draw(st.sampled_from([right, scores, Shape(*longer, axes=axes, values="index")]))


def transcribed(settings: Any) -> st.SearchStrategy[tuple[Shape, Shape]]:
    """Scores at every step with the blank among the classes, or just not, and a row of labels."""
    classes = st.sampled_from([settings.blank + 1, settings.blank + 2, settings.blank + 4])
    labels = st.builds(lambda n: Shape(n, axes="L", values="index"), st.integers(1, 4))
    return st.tuples(st.builds(Shape, st.integers(4, 6), classes), labels)


@st.composite
def similar(draw: st.DrawFn) -> tuple[Shape, Shape, Shape]:
    return *draw(twins(vectors)), Shape()


@st.composite
def triplets(draw: st.DrawFn) -> tuple[Shape, Shape, Shape]:
    first, second = draw(twins(vectors))
    return first, second, draw(st.sampled_from([first, second]))


boxes = st.builds(lambda n, size: Shape(n, size), st.integers(1, 3), st.sampled_from([4, 4, 5])) | st.just(Shape(4))


@st.composite
def twins_of_boxes(draw: st.DrawFn) -> tuple[Shape, Shape]:
    """As many boxes twice, or one number too many for each."""
    first = draw(boxes)
    return first, first


INPUTS: dict[str, Any] = {
    **dict.fromkeys(("l1_loss", "smooth_l1_loss", "huber_loss", "kl_div_loss"), of(twins(vectors | images))),
    "gaussian_kl_loss": of(twins(vectors | images)),
    **dict.fromkeys(("nll_loss", "focal_loss"), judged_classes(vectors, sequences, images, volumes)),
    **dict.fromkeys(("bce_with_logits_loss", "bce_loss", "sigmoid_focal_loss"), of(yes_or_no())),
    "multi_label_margin_loss": of(labelled()),
    "dice_loss": of(areas()),
    "ctc_loss": transcribed,
    "cosine_embedding_loss": of(similar()),
    "triplet_margin_loss": of(triplets()),
    "giou_loss": of(twins_of_boxes()),
    **dict.fromkeys(("constant", "parameter"), of(st.just(()))),
    "dot": of(twins(vectors)),
    "gaussian_sample": of(twins(vectors | images)),
    **dict.fromkeys(("mean", "sum", "max", "min"), reducible),
    "pad": paddable,
    "upsample": positioned,
    "pixel_shuffle": in_groups,
    "pixel_unshuffle": in_squares,
    "channel_shuffle": grouped,
    "repeat_along_time": repeatable,
    "permute": permutable,
    "squeeze": squeezable,
    "unsqueeze": unsqueezable,
    "reshape": reshapable,
    "split": splittable,
    "select_step": of(st.tuples(sequences | signals)),
    "crop": of(with_a_smaller()),
    **dict.fromkeys(("multiply", "maximum", "minimum", "average"), merged),
    **dict.fromkeys(("subtract", "divide"), of(pairs())),
    "stack": of(stacked()),
    "matmul": of(matrices()),
}
