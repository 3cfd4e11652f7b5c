"""Random settings, drawn from the kinds they are declared with, and random inputs that suit a node type."""

from typing import Any

from hypothesis import strategies as st

from nodes.spec.node_type import Choice, Flag, Integer, NodeType, Numbers, Real, Sizes, setting_kinds
from nodes.spec.settings import Dims, Kind, SettingError, Text
from nodes.spec.shapes import Shape

SPREAD = 7  # how far above its lowest value a setting is drawn: layers stay small


def whole(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(max(low, -SPREAD), min(high, max(low, 0) + SPREAD))


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """What a setting of that kind may hold."""
    match kind:
        case Integer():
            drawn: st.SearchStrategy[Any] = whole(kind.low, kind.high)
        case Real():
            drawn = st.floats(kind.low, min(kind.high, 4.0))
        case Choice():
            drawn = st.sampled_from(kind.options)
        case Flag():
            drawn = st.booleans()
        case Numbers():
            number = st.floats(kind.low, min(kind.high, 4.0))
            drawn = st.lists(number, min_size=kind.fewest, max_size=kind.most or 3).map(tuple)
        case Sizes():
            drawn = sizes(kind)
        case Text():  # letters of axes
            drawn = st.lists(st.sampled_from("CLDHW"), unique=True, max_size=3).map("".join)
        case Dims():
            drawn = dims(kind)
        case _:
            raise NotImplementedError(f"no strategy for {type(kind).__name__}")
    return st.none() | drawn if kind.optional else drawn


def sizes(kind: Sizes) -> st.SearchStrategy[Any]:
    """One number for each axis, two where it takes sides, or one of its words."""
    part: st.SearchStrategy[Any] = st.integers(kind.low, min(kind.high, kind.low + 3))
    if kind.part_optional:
        part = part | st.none()
    drawn = st.tuples(*(part for _ in kind.axes))
    if kind.sides:
        drawn = drawn | st.tuples(*(part for _ in 2 * kind.axes))
    return drawn | st.sampled_from(kind.words) if kind.words else drawn


def dims(kind: Dims) -> st.SearchStrategy[Any]:
    """Some small sizes, one of them −1 where that stands for what is left."""
    drawn: st.SearchStrategy[Any] = st.lists(st.integers(1, 4), max_size=min(kind.longest, 4)).map(tuple)
    return drawn | drawn.map(lambda sizes: (*sizes[1:], -1)) if kind.rest else drawn


@st.composite
def settings_of(draw: st.DrawFn, declared: type[NodeType]) -> NodeType:
    """Settings with some of their values drawn and the others left as they are."""
    default = declared()
    drawn: dict[str, Any] = {}
    for name, kind in setting_kinds(declared).items():
        is_large = isinstance(kind, Integer) and (getattr(default, name) or 0) > 16
        if is_large or draw(st.booleans()):
            drawn[name] = draw(values(kind))
    try:
        return declared(**drawn)
    except SettingError as error:
        raise AssertionError(f"{declared.type_id} refuses what its kinds allow: {error}") from error


channels = st.integers(1, 6)
sides = st.integers(1, 14)
vectors = st.builds(Shape, channels)
sequences = st.builds(Shape, st.integers(1, 5), channels)
signals = st.builds(lambda c, length: Shape(c, length, axes="CL"), channels, sides)
images = st.builds(Shape, channels, sides, sides)
volumes = st.builds(Shape, channels, st.integers(1, 3), st.integers(1, 4), st.integers(1, 4))
anything = st.one_of(vectors, sequences, signals, images, volumes)
indices = st.one_of(
    st.just(Shape(values="index")), st.builds(lambda n: Shape(n, axes="L", values="index"), st.integers(1, 5))
)


def alone(shapes: st.SearchStrategy[Shape]) -> Any:
    return lambda settings: st.tuples(shapes)


def merged(settings: NodeType) -> st.SearchStrategy[tuple[Shape, ...]]:
    """One to three shapes that differ in at most one axis."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape, ...]:
        first = draw(anything)
        axis = draw(st.integers(0, len(first) - 1))
        others = draw(st.lists(st.one_of(st.just(first[axis]), st.integers(1, 4)), max_size=2))
        return first, *(first.resized(*first[:axis], size, *first[axis + 1 :]) for size in others)

    return drawn()


def with_states(settings: Any) -> st.SearchStrategy[tuple[Shape | None, ...]]:
    """A sequence, and first states that mostly fit."""
    rows = settings.num_layers * (2 if settings.bidirectional else 1)

    def state(size: int) -> st.SearchStrategy[Shape | None]:
        fitting = Shape(rows, size)
        return st.one_of(st.none(), st.just(fitting), st.just(fitting), st.just(Shape(rows, size + 1)))

    ports = [state(getattr(settings, "proj_size", 0) or settings.hidden_size)]
    if "initial_cell" in {port.name for port in settings.inputs()}:
        ports.append(state(settings.hidden_size))
    return st.tuples(sequences, *ports)


def judged(settings: NodeType) -> st.SearchStrategy[tuple[Shape | None, ...]]:
    """A prediction and a target: right classes, as many numbers, or something near."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape | None, ...]:
        kinds = [vectors, sequences]
        if settings.type_id != "multi_margin_loss":
            kinds += [images, volumes]
        prediction = draw(st.one_of(kinds))
        at = prediction.axes.index("C")
        classes = Shape(
            *prediction[:at], *prediction[at + 1 :], axes=prediction.axes.replace("C", ""), values="index"
        )
        longer = prediction.resized(*prediction[:-1], prediction[-1] + 1)
        if settings.type_id == "mse_loss":
            return prediction, draw(st.sampled_from([prediction, prediction, longer]))
        targets = [classes, classes, classes.resized(*(size + 1 for size in classes))]
        if settings.type_id == "cross_entropy_loss":
            targets += [prediction, longer]
        return prediction, draw(st.sampled_from(targets))

    return drawn()


INPUTS = {
    "linear": alone(vectors | sequences),
    "batch_norm1d": alone(vectors | signals),
    "batch_norm2d": alone(images),
    "group_norm": alone(vectors | signals | images | volumes),
    "local_response_norm": alone(vectors | signals | images | volumes),
    "rnn": with_states,
    "lstm": with_states,
    "gru": with_states,
    "embedding": alone(indices),
    "add": merged,
    "concat": merged,
    "flatten": alone(anything | indices),
    "select_last": alone(sequences),
    "cross_entropy_loss": judged,
    "multi_margin_loss": judged,
    "mse_loss": judged,
}
