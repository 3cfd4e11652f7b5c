"""Fully connected layers as convolutions, and back: a Linear is a convolution whose filter is the whole input volume.

The network gives the same numbers. As convolutions its layers also slide over larger pictures, and give at every
place what the network gave for the piece of picture there.
Source: Long, Shelhamer & Darrell 2015, arXiv:1411.4038, section 3.1.
"""

from __future__ import annotations

from nodes.conv import Conv1d, Conv2d, Conv3d, Convolution
from nodes.dropout import Dropping
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph, GraphError, Link
from nodes.graph.surgery_paths import (
    Cut,
    is_elementwise,
    known_sizes,
    only_follower,
    only_source,
    with_kind,
)
from nodes.graph.surgery_weights import Made, Reshaped
from nodes.linear import Linear
from nodes.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, ChannelNorm
from nodes.pooling import GlobalAvgPool
from nodes.reshape import Flatten
from nodes.spec.settings import SettingError
from nodes.spec.shapes import Shape

BY_POSITIONS = {1: Conv1d, 2: Conv2d, 3: Conv3d}
NORMS = {1: BatchNorm1d, 2: BatchNorm2d, 3: BatchNorm3d}


def as_convolution(inference: Inference, name: str) -> Cut:
    """A Linear as a convolution; the Flatten or pooling before it comes behind it. Raises GraphError."""
    graph = inference.graph
    settings = graph.nodes[name].settings
    if not isinstance(settings, Linear):
        raise GraphError(f"{name} is no Linear.")
    chain = _back_to_positions(inference, name)
    [before] = inference.facts[chain[0]].inputs.values()
    sizes = known_sizes(before, chain[0])
    is_averaged = isinstance(graph.nodes[chain[0]].settings, GlobalAvgPool)
    kernel = (1,) * len(sizes[1:]) if is_averaged else sizes[1:]
    try:
        filters = BY_POSITIONS[len(kernel)](
            out_channels=settings.out_features, kernel_size=kernel, padding=(0,) * len(kernel), bias=settings.bias
        )
    except SettingError as error:
        raise GraphError(f"A convolution over all of {before.described()} cannot be: {error}") from None
    moved = _rotated(graph, [*chain, name])
    for between in chain[1:]:
        if isinstance(moved.nodes[between].settings, ChannelNorm):
            moved = with_kind(moved, between, _norm_like(moved.nodes[between].settings, len(kernel)))
    moved = with_kind(moved, name, filters)
    weight = Reshaped(f"{name}.weight", (settings.out_features, sizes[0], *kernel))
    return Cut(moved, {f"{name}.weight": weight}, True, f"Make {name} a convolution")


def as_linear(inference: Inference, name: str) -> Cut:
    """A convolution over its whole input as a Linear; the Flatten behind it comes before it. Raises GraphError."""
    graph = inference.graph
    settings = graph.nodes[name].settings
    if not isinstance(settings, Convolution):
        raise GraphError(f"{name} is no convolution.")
    [before] = inference.facts[name].inputs.values()
    sizes = known_sizes(before, name)
    last = _on_to_vector(graph, name)
    is_averaged = isinstance(graph.nodes[last[-1]].settings, GlobalAvgPool) and any(size > 1 for size in sizes[1:])
    wanted = (1,) * len(sizes[1:]) if is_averaged else sizes[1:]
    is_plain = settings.groups == 1 and all(dilation == 1 for dilation in settings.dilation)
    is_plain = is_plain and not _is_padded(settings)
    if settings.kernel_size != wanted or not is_plain or (is_averaged and set(settings.stride) != {1}):
        raise GraphError(
            f"The filters of {name} do not see the whole of {before.described()} at once: "
            "only such a convolution, without padding, is a Linear."
        )
    between = last[:-1]
    if is_averaged and not all(isinstance(graph.nodes[n].settings, Dropping) for n in between):
        raise GraphError(f"{between[0]} stands between {name} and {last[-1]}, which averages what comes out of it.")
    moved = _rotated_back(graph, [name, *last])
    for other in between:
        if isinstance(moved.nodes[other].settings, ChannelNorm):
            moved = with_kind(moved, other, _norm_like(moved.nodes[other].settings, 1))
    if not is_averaged:
        moved = with_kind(moved, last[-1], Flatten())
    moved = with_kind(moved, name, Linear(out_features=settings.out_channels, bias=settings.bias))
    inputs = sizes[0]
    for size in wanted:
        inputs *= size
    weight = Reshaped(f"{name}.weight", (settings.out_channels, inputs))
    return Cut(moved, {f"{name}.weight": weight}, True, f"Make {name} a Linear")


def all_convolutional(inference: Inference) -> Cut:
    """Every Linear of a body that can be one as a convolution; scores are averaged over all places where one Flatten
    is left, so that larger pictures fit. Raises GraphError where there is none."""
    weights: dict[str, Made] = {}
    refusals: list[str] = []
    for name in inference.graph.topology.order:
        if isinstance(inference.graph.nodes[name].settings, Linear):
            try:
                cut = as_convolution(inference, name)
            except GraphError as refusal:
                refusals.append(str(refusal))
                continue
            weights |= cut.weights
            inference = infer(cut.graph, inference, inference.given)
    if not weights:
        raise GraphError(refusals[0] if refusals else "There is no Linear to make a convolution of.")
    graph = inference.graph
    for name, node in inference.graph.nodes.items():
        given = inference.facts[name].inputs.get("x")
        if isinstance(node.settings, Flatten) and given is not None and set(given[1:]) == {1}:
            graph = with_kind(graph, name, GlobalAvgPool()).renamed(name, graph.fresh_name("pool"))
    return Cut(graph, weights, True, "Make all Linear layers convolutions")


def _back_to_positions(inference: Inference, name: str) -> list[str]:
    """The Flatten or global average pooling before a Linear, and what stands between, in their order."""
    graph, chain, at = inference.graph, list[str](), name
    while True:
        link = only_source(graph, at)
        if link is None or len(graph.outgoing(link.source)) != 1:
            raise GraphError(f"{name} takes a vector that was no image, or that others read too.")
        at = link.source
        chain.insert(0, at)
        settings = graph.nodes[at].settings
        if _is_flat(settings, inference.facts[at].inputs.get("x")) or isinstance(settings, GlobalAvgPool):
            break
        if not (is_elementwise(settings) or isinstance(settings, ChannelNorm)):
            raise GraphError(
                f"Between the image and {name} stands {at} ({settings.torch_name}). "
                "Make the layers before it convolutions first."
            )
    _require_movable(inference, name, chain)
    return chain


def _require_movable(inference: Inference, name: str, chain: list[str]) -> None:
    """Do the nodes between do the same before the values are laid in a row or averaged?"""
    graph, (first, *between) = inference.graph, chain
    sizes = inference.facts[first].inputs["x"][1:]
    for other in between:
        settings = graph.nodes[other].settings
        if isinstance(graph.nodes[first].settings, GlobalAvgPool) and not isinstance(settings, Dropping):
            raise GraphError(
                f"{other} works on averages: before them it would give something else than {name} takes."
            )
        if isinstance(settings, ChannelNorm) and set(sizes) != {1}:
            raise GraphError(f"{other} has numbers of its own for each place of the image.")


def _on_to_vector(graph: Graph, name: str) -> list[str]:
    """What follows a convolution up to the node that makes a vector of it."""
    found: list[str] = []
    at = name
    while True:
        link = only_follower(graph, at)
        if link is None:
            raise GraphError(f"What {name} gives is not laid in one row by a Flatten behind it.")
        at = link.target
        found.append(at)
        settings = graph.nodes[at].settings
        if isinstance(settings, (Flatten, GlobalAvgPool)):
            return found
        if not (is_elementwise(settings) or isinstance(settings, ChannelNorm)):
            raise GraphError(
                f"{at} ({settings.torch_name}) reads what {name} gives as an image. "
                "Make the layers behind it Linear first."
            )


def _is_flat(settings: object, given: Shape | None) -> bool:
    is_whole = isinstance(settings, Flatten) and (settings.start_dim, settings.end_dim) == (1, -1)
    return is_whole and given is not None and given.axes in ("CL", "CHW", "CDHW")


def _is_padded(settings: Convolution) -> bool:
    if isinstance(settings.padding, str):
        return settings.padding == "same" and set(settings.kernel_size) != {1}
    return any(settings.padding)


def _norm_like(settings: object, positions: int) -> ChannelNorm:
    assert isinstance(settings, ChannelNorm)
    return NORMS[positions](settings.eps, settings.momentum, settings.affine, settings.track_running_stats)


def _rotated(graph: Graph, chain: list[str]) -> Graph:
    """The first of a chain comes last; each stands where the one before it stood."""
    return _in_order(graph, chain, [*chain[1:], chain[0]])


def _rotated_back(graph: Graph, chain: list[str]) -> Graph:
    """The last of a chain comes first."""
    return _in_order(graph, chain, [chain[-1], *chain[:-1]])


def _in_order(graph: Graph, chain: list[str], order: list[str]) -> Graph:
    """Nodes that follow each other, each with one input, in another order."""
    source = only_source(graph, chain[0])
    assert source is not None
    readers = graph.outgoing(chain[-1])
    inner = [link for name in chain for link in graph.incoming(name).values()]
    places = [(graph.nodes[name].x, graph.nodes[name].y) for name in chain]
    moved = graph.without_links([*inner, *readers]).moved(dict(zip(order, places, strict=True)))
    giver, port = source.source, source.output
    for name in order:
        moved = moved.with_link(Link(giver, port, name, moved.nodes[name].settings.inputs()[0].name))
        giver, port = name, moved.nodes[name].settings.outputs()[0]
    for link in readers:
        moved = moved.with_link(link._replace(source=giver, output=port))
    return moved
