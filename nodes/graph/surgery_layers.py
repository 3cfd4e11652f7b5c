"""Layers that come and go without the rest of a trained network being lost: deepened, deleted, folded, replaced."""

from __future__ import annotations

from typing import Any

from nodes.activation import PReLU, ReLU, ReLU6
from nodes.conv import Convolution, TransposedConvolution
from nodes.graph.infer import Inference
from nodes.graph.mends import insert_mend, removed, replace_mend
from nodes.graph.model import Graph, GraphError
from nodes.graph.rewire import healed
from nodes.graph.surgery_paths import (
    BatchNorm,
    Cut,
    Weighted,
    is_elementwise,
    known_sizes,
    only_follower,
    only_source,
)
from nodes.graph.surgery_weights import Constant, FoldedBias, FoldedWeight, IdentityKernel, Made
from nodes.normalization import ChannelNorm
from nodes.spec.shapes import Shape

CONVOLUTIONS = {"CL": "conv1d", "CHW": "conv2d", "CDHW": "conv3d"}
NORMS = {"C": "batch_norm1d", "CL": "batch_norm1d", "CHW": "batch_norm2d", "CDHW": "batch_norm3d"}
NEVER_BELOW_ZERO = ("relu", "relu6", "sigmoid", "hardsigmoid", "softplus")  # a ReLU after them changes nothing
MOST_GROUPS = 32  # of a group normalisation, as Wu & He 2018 choose


def deepened(inference: Inference, name: str) -> Cut:
    """One more layer behind a layer and its activation that gives what it takes. Raises GraphError.

    A ReLU follows it where the value was through one: ReLU(1 · ReLU(x)) = ReLU(x).
    Source: Chen, Goodfellow & Shlens 2016, arXiv:1511.05641 (Net2DeeperNet).
    """
    graph = inference.graph
    settings = graph.nodes[name].settings
    if not isinstance(settings, Weighted):
        raise GraphError(f"{name} is no convolution and no Linear. Choose one to put a layer of its kind behind it.")
    place = _behind_activation(graph, name)
    value = inference.facts[place].outputs[graph.nodes[place].settings.outputs()[0]]
    chain, weight = _identity_layer(value, settings, place)
    is_clipped = graph.nodes[place].settings.type_id in NEVER_BELOW_ZERO
    if is_clipped:
        chain.append(("relu", {}))
    deeper, names = _inserted(graph, place, chain)
    weights: dict[str, Made] = {
        f"{names[0]}.weight": IdentityKernel(weight),
        f"{names[0]}.bias": Constant(weight[:1], 0.0),
    }
    return Cut(deeper, weights, True, f"Deepen behind {place} by {names[0]}")


def normalised(inference: Inference, name: str) -> Cut:
    """A batch normalisation behind a layer that lets everything through as it is. Raises GraphError."""
    graph = inference.graph
    if not isinstance(graph.nodes[name].settings, Weighted):
        raise GraphError(f"{name} is no convolution and no Linear. Choose one to normalise what it gives.")
    value = inference.facts[name].outputs["output"]
    follower = only_follower(graph, name)
    if follower and isinstance(graph.nodes[follower.target].settings, ChannelNorm):
        raise GraphError(f"{follower.target} normalises what {name} gives already.")
    if value.axes not in NORMS:
        raise GraphError(f"{name} gives {value.described()}, which no batch normalisation takes.")
    grown, [norm] = _inserted(graph, name, [(NORMS[value.axes], {})])
    eps = grown.nodes[norm].settings.eps  # type: ignore[attr-defined]
    channels = known_sizes(value, name)[:1]
    numbers = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0 - eps}
    weights: dict[str, Made] = {f"{norm}.{key}": Constant(channels, number) for key, number in numbers.items()}
    return Cut(grown, weights, True, f"Insert {norm} behind {name}")


def deleted(inference: Inference, name: str) -> Cut:
    """Without a node; what it fed reads what it read. Raises GraphError."""
    graph = inference.graph
    settings = graph.nodes[name].settings
    if settings.is_loss or settings.family == "boundary":
        raise GraphError(f"{name} is where the network begins or ends. Delete it in the drawing.")
    left = healed(graph, inference, [name])
    open_ends = [link.target for link in graph.outgoing(name) if link.input not in left.incoming(link.target)]
    if open_ends:
        raise GraphError(f"Without {name}, {open_ends[0]} would get nothing that fits it.")
    return Cut(left, {}, is_elementwise(settings) and settings.family == "dropout", f"Delete {name}")


def folded(graph: Graph, name: str) -> Cut:
    """A batch normalisation in the weights of the layer before it: exact in evaluation. Raises GraphError.

    ``name`` is either of both. Source: Jacob et al. 2018, arXiv:1712.05877, equation 14.
    """
    layer, norm = _pair(graph, name)
    settings, norm_settings = graph.nodes[layer].settings, graph.nodes[norm].settings
    assert isinstance(settings, Weighted)
    assert isinstance(norm_settings, BatchNorm)
    axis = 1 if isinstance(settings, TransposedConvolution) else 0
    eps = norm_settings.eps
    weights: dict[str, Made] = {
        f"{layer}.weight": FoldedWeight(layer, norm, axis, eps),
        f"{layer}.bias": FoldedBias(layer, norm, eps),
    }
    return Cut(
        removed(graph.with_settings(layer, settings.replaced(bias=True)), norm),
        weights,
        True,
        f"Fold {norm} into {layer}",
    )


def is_foldable(graph: Graph, name: str) -> bool:
    """Can a batch normalisation be folded?"""
    try:
        _pair(graph, name)
    except GraphError:
        return False
    return True


def activated(inference: Inference, name: str, type_id: str) -> Cut:
    """Another activation in the place of one; a PReLU begins as the ReLU it replaces. Raises GraphError."""
    graph = inference.graph
    settings = graph.nodes[name].settings
    if settings.family != "activation":
        raise GraphError(f"{name} is no activation.")
    is_same = type_id == "prelu" and isinstance(settings, ReLU) and not isinstance(settings, ReLU6)
    mend = replace_mend(graph, name, type_id, {"init": 0.0} if is_same else {})
    if mend is None:
        raise GraphError(f"{name} is that already.")
    slopes = mend.graph.nodes[name].settings
    weights: dict[str, Made] = {}
    if isinstance(slopes, PReLU):
        weights[f"{name}.weight"] = Constant((1,), slopes.init)
    return Cut(mend.graph, weights, is_same, mend.text)


def renormalised(inference: Inference, name: str, kind: str) -> Cut:
    """Another normalisation in the place of one, with its scales and shifts: ``batch``, ``group`` or ``instance``.

    Raises GraphError.
    """
    graph = inference.graph
    settings = graph.nodes[name].settings
    if settings.family != "normalization":
        raise GraphError(f"{name} is no normalisation.")
    [value] = inference.facts[name].inputs.values()
    if not value.axes.startswith("C") or (kind == "instance" and value.axes == "C"):
        raise GraphError(f"{name} gets {value.described()}, which is not normalised by its channels.")
    type_id = "group_norm" if kind == "group" else NORMS[value.axes].replace("batch", kind)
    given: dict[str, Any] = {"affine": True}
    if kind == "group":
        channels = known_sizes(value, name)[0]
        given["num_groups"] = max(n for n in range(1, min(MOST_GROUPS, channels) + 1) if channels % n == 0)
    else:
        given["track_running_stats"] = kind == "batch"
    mend = replace_mend(graph, name, type_id, given)
    if mend is None:
        raise GraphError(f"{name} is that already.")
    return Cut(mend.graph, {}, False, mend.text)


def _behind_activation(graph: Graph, name: str) -> str:
    """The last of a layer, its normalisation and its activation, as far as nothing else reads between them."""
    while True:
        link = only_follower(graph, name)
        if link is None:
            return name
        follower = graph.nodes[link.target].settings
        if isinstance(follower, ChannelNorm):
            name = link.target
        elif follower.family == "activation" and is_elementwise(follower):
            return link.target
        else:
            return name


def _identity_layer(
    value: Shape, like: Weighted, place: str
) -> tuple[list[tuple[str, dict[str, Any]]], tuple[int, ...]]:
    """A layer of the same kind that keeps the shape of a value, and the shape of its weight."""
    if value.axes in ("C", "LC"):
        size = value[-1]
        if isinstance(size, int):
            return [("linear", {"out_features": size})], (size, size)
    if value.axes in CONVOLUTIONS and isinstance(value[0], int):
        kernel = tuple(
            side if side % 2 else 3
            for side in (like.kernel_size if isinstance(like, Convolution) else (3,) * (len(value) - 1))
        )
        padding = tuple(side // 2 for side in kernel)
        given = {"out_channels": value[0], "kernel_size": kernel, "padding": padding}
        return [(CONVOLUTIONS[value.axes], given)], (value[0], value[0], *kernel)
    raise GraphError(f"{place} gives {value.described()}, which no layer takes and gives alike.")


def _inserted(graph: Graph, place: str, chain: list[tuple[str, dict[str, Any]]]) -> tuple[Graph, list[str]]:
    """A chain behind a node, read by all that read the node; and the names of its nodes."""
    links = graph.outgoing(place)
    mend = insert_mend(graph, links[0] if links else None, chain)
    if mend is None:
        raise GraphError(f"Nothing reads what {place} gives.")
    grown = mend.graph
    names = [name for name in grown.nodes if name not in graph.nodes]
    last = names[-1]
    for link in links[1:]:
        grown = grown.with_link(link._replace(source=last, output=grown.nodes[last].settings.outputs()[0]))
    return grown, names


def _pair(graph: Graph, name: str) -> tuple[str, str]:
    """A layer and the batch normalisation that alone reads it."""
    settings = graph.nodes[name].settings
    if isinstance(settings, BatchNorm):
        source = only_source(graph, name)
        layer, norm = (source.source if source else ""), name
    elif isinstance(settings, Weighted):
        follower = only_follower(graph, name)
        layer, norm = name, (follower.target if follower else "")
    else:
        raise GraphError(f"{name} is neither a batch normalisation nor a layer that one can be folded into.")
    if not norm or not isinstance(graph.nodes[norm].settings, BatchNorm):
        raise GraphError(f"No batch normalisation follows {name}.")
    if not layer or not isinstance(graph.nodes[layer].settings, Weighted):
        raise GraphError(f"No convolution or Linear stands right before {norm}.")
    if len(graph.outgoing(layer)) > 1:
        raise GraphError(f"What {layer} gives is also read elsewhere as it is, before {norm}.")
    settings = graph.nodes[layer].settings
    if not graph.nodes[norm].settings.track_running_stats:  # type: ignore[attr-defined]
        raise GraphError(f"{norm} keeps no running averages: it takes those of each batch, which no weights hold.")
    if isinstance(settings, TransposedConvolution) and settings.groups > 1:
        raise GraphError(f"{layer} works in groups, and its weights are not ordered by the channels that come out.")
    return layer, norm
