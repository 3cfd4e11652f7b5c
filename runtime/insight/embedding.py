"""Samples as points: what a layer makes of them, brought to two numbers by PCA or t-SNE."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from runtime.faults import RefusalError
from runtime.insight.seen import look
from runtime.insight.trained import BATCH, Trained

METHODS = ("pca", "t-sne")
PERPLEXITY = 30.0


@torch.no_grad()
def embedding(trained: Trained, path: str, method: str, count: int, part: str = "test") -> dict[str, Any]:
    """Two numbers for each of up to ``count`` samples, with their class and row.

    Source: van der Maaten & Hinton 2008, JMLR 9; scikit-learn.
    """
    path = path or last_features(trained)
    rows = trained.some_rows(count, part)
    values = torch.cat(
        [look(trained, trained.inputs(some), [path])[path].flatten(1) for some in torch.split(rows, BATCH)]
    )
    if len(values) < 3:
        raise RefusalError("There are fewer than three samples.", "Choose a part with more.")
    points = _projected(values.numpy(), method)
    target = trained.data.target
    has_classes = bool(target and target.classes and not target.shape)
    labels = trained.data.columns[target.name][rows].long().tolist() if target and has_classes else []
    return {
        "layer": path,
        "points": points,
        "labels": labels,
        "rows": rows.tolist(),
        "classes": list(trained.classes),
    }


def last_features(trained: Trained) -> str:
    """What the last linear layer sees: the node before it."""
    linear = [name for name, layer in trained.module.named_modules() if isinstance(layer, nn.Linear)]
    if not linear:
        raise RefusalError("This network has no linear layer.", "Choose a layer.")
    link = trained.network.graph.incoming(linear[-1].partition(".")[0]).get("x")
    return link.source if link is not None else linear[-1]


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
