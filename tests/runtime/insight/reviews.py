"""The example Sentiment, trained on reviews whose words say it all."""

from __future__ import annotations

import random
from pathlib import Path

from nodes.graph.files import load
from runtime.recipe import override
from runtime.runs import create_run
from runtime.train import train
from tests.runtime.insight.conftest import NETWORKS

GOOD, BAD = ("lovely", "great", "splendid"), ("awful", "dull", "terrible")
PLAIN = ("the", "film", "was", "and", "plot", "a", "it", "with", "music")


def sentiment_run(folder: Path) -> Path:
    drawn, lines = random.Random(0), ["review,sentiment"]
    for number in range(240):
        kind = (BAD, GOOD)[number % 2]
        words = [drawn.choice(PLAIN) for _ in range(6)]
        words[drawn.randrange(6)] = drawn.choice(kind)
        lines.append(f"{' '.join(words)},{('bad', 'good')[number % 2]}")
    (folder / "reviews.csv").write_text("\n".join(lines), encoding="utf-8")
    network = load(NETWORKS / "sentiment.netw").network
    for setting in (
        f"data.source={folder / 'reviews.csv'}",
        "data.seq_length=12",
        "data.vocabulary=40",
        "recipe.learning_rate=0.01",
        "recipe.epochs=5",
        "recipe.device=cpu",
    ):
        network = override(network, setting)
    run = create_run(folder / "runs", network)
    train(run)
    return run
