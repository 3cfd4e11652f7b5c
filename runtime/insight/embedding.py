"""Samples as points: what a layer makes of them, brought to two numbers by PCA or t-SNE."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nodes.graph.analysis import layers
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.graph.muting import without_muted
from runtime.faults import RefusalError
from runtime.insight.seen import look
from runtime.insight.trained import BATCH, Trained
from runtime.insight.weights import CONVOLUTIONS
from runtime.source import needed_nodes

METHODS = ("pca", "t-sne")
PERPLEXITY = 30.0


@torch.no_grad()
def embedding(trained: Trained, path: str, method: str, count: int, part: str = "test") -> dict[str, Any]:
    """Two numbers for each of up to ``count`` samples, with their class and row.

    Of what a layer gives, number by number; without a ``path`` of what the head sees, on the mean over its places.
    Source: van der Maaten & Hinton 2008, JMLR 9; scikit-learn.
    """
    rows = trained.some_rows(count, part)
    if len(rows) < 3:
        raise RefusalError("There are fewer than three samples.", "Choose a part with more.")
    head = path or head_of(trained)
    if not head:
        raise RefusalError("This network has no layer that judges features.", "Choose a layer.")
    parts = [trained.inputs(some) for some in torch.split(rows, BATCH)]
    if path:
        values = torch.cat([look(trained, inputs, [path])[path].flatten(1) for inputs in parts])
    else:
        values = torch.cat([_given_to(trained, head, inputs) for inputs in parts])
    points = _projected(values.numpy(), method)
    target = trained.data.target
    has_classes = bool(target and target.classes and not target.shape)
    labels = trained.data.columns[target.name][rows].long().tolist() if target and has_classes else []
    return {
        "layer": path or _before(trained, head),
        "points": points,
        "labels": labels,
        "rows": rows.tolist(),
        "classes": list(trained.classes),
    }


def head_of(trained: Trained) -> str:
    """The path of the last layer that judges features, in the order of calculation; empty where there is none.

    It is the last Linear; of what tells classes also the last convolution.
    """
    graph = without_muted(trained.network.graph)
    kinds: tuple[type[nn.Module], ...] = (nn.Linear, *(CONVOLUTIONS if _tells_classes(trained) else ()))
    ways, known = _towards_scores(trained, graph), dict(trained.module.named_modules())
    rows = [row.path for row in layers(infer(graph), expanded=True) if row.node in ways]
    return next((path for path in reversed(rows) if isinstance(known.get(path), kinds)), "")


def _tells_classes(trained: Trained) -> bool:
    return trained.task is not None and bool(trained.task.classes)


def _towards_scores(trained: Trained, graph: Graph) -> set[str]:
    """The nodes that the judged scores rest on; all that an output rests on where none are judged."""
    link = graph.incoming(trained.task.loss).get("prediction") if trained.task else None
    if link is None:
        return set(needed_nodes(graph))
    found, waiting = {link.source}, [link.source]
    while waiting:
        for before in graph.incoming(waiting.pop()).values():
            if before.source not in found:
                found.add(before.source)
                waiting.append(before.source)
    return found


def _before(trained: Trained, head: str) -> str:
    """Which node gives what the head sees; the head itself where it stands within a block."""
    graph = without_muted(trained.network.graph)
    link = graph.incoming(head).get("x") if head in graph.nodes else None
    return head if link is None else link.source


def _given_to(trained: Trained, head: str, inputs: list[Tensor]) -> Tensor:
    """What a layer is given: N × C, the mean over its places or steps."""
    found: list[Tensor] = []

    def keep(_layer: nn.Module, given: tuple[Tensor, ...]) -> None:
        found.append(given[0].detach().clone())

    layer = dict(trained.module.named_modules())[head]
    handle = layer.register_forward_pre_hook(keep)
    try:
        trained.module(*inputs)
    finally:
        handle.remove()
    value = found[-1].float()
    if isinstance(layer, nn.Linear):
        return value if value.dim() == 2 else value.flatten(1, -2).mean(1)
    return value.flatten(2).mean(2)


def _projected(values: Any, method: str) -> list[list[float]]:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if method == "pca":
        return PCA(2, random_state=0).fit_transform(values).tolist()  # type: ignore[no-any-return]
    if method != "t-sne":
        raise RefusalError(f"There is no way called {method}.", f"Choose {' or '.join(METHODS)}.")
    if values.shape[1] > 50:
        values = PCA(min(50, len(values)), random_state=0).fit_transform(values)
    perplexity = min(PERPLEXITY, (len(values) - 1) / 3)
    made = TSNE(2, perplexity=perplexity, init="pca", random_state=0, learning_rate="auto")
    return made.fit_transform(values).tolist()  # type: ignore[no-any-return]
