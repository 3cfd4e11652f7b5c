"""Targets that losses take as probabilities: left as they are, and refused where they are none."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nodes.activation import Sigmoid
from nodes.boundary import Input
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, Loss, MSELoss
from nodes.loss_numbers import KLDivLoss
from nodes.loss_pairs import BCELoss, BCEWithLogitsLoss, SigmoidFocalLoss
from runtime.checkpoint import load_run
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.data.suited import require_ranges, suited
from runtime.exchange.subject import open_subject
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(200, 4)).astype(np.float32)
TAGS = (X[:, :3] > 0).astype(np.float32)  # several can be right


def scored(loss: Loss, outputs: int = 3) -> Graph:
    return Sketch(x=Input("vector", (4,))).then(Linear(outputs)).judged("out", loss).drawn()


def data(path: Path, y: np.ndarray[Any, Any], **rest: object) -> DataSet:
    np.savez(path / "d.npz", x=X, y=y)
    return open_data(DataChoice.read({"source": str(path / "d.npz"), **rest}))


def targets(dataset: DataSet, name: str = "y") -> torch.Tensor:
    (values,) = Loader(dataset, [name], torch.device("cpu")).batch(torch.arange(len(X)))
    return values


@pytest.mark.parametrize("normalise", ["standardise", "scale", "mean channel", "ZCA whitening"])
@pytest.mark.parametrize("kind", [np.float32, np.uint8])
@pytest.mark.parametrize(
    "loss", [BCEWithLogitsLoss(), BCELoss(), SigmoidFocalLoss(), CrossEntropyLoss(), KLDivLoss()]
)
def test_zeros_and_ones_reach_a_loss_of_probabilities_as_they_are(
    tmp_path: Path, normalise: str, kind: type, loss: Loss
) -> None:
    found = suited(scored(loss), data(tmp_path, TAGS.astype(kind), normalise=normalise))
    require_ranges(scored(loss), found)
    assert targets(found).tolist() == TAGS.tolist()
    assert any("y is left as it is, and not normalised: loss compares with probabilities" in n for n in found.notes)
    assert not any("What is to be told is normalised" in note for note in found.notes)


def test_another_loss_still_takes_them_normalised_and_bytes_say_so(tmp_path: Path) -> None:
    read = data(tmp_path, TAGS.astype(np.uint8))
    found = suited(scored(MSELoss()), read)
    assert found is read
    assert targets(found).std() == pytest.approx(1, abs=0.01)
    assert any("What is to be told is normalised" in note for note in found.notes)


def test_fingerprints_stay_so_that_runs_can_be_resumed(tmp_path: Path) -> None:
    read = data(tmp_path, TAGS)
    assert suited(scored(BCELoss()), read).fingerprint == read.fingerprint


def test_black_and_white_bytes_become_shares(tmp_path: Path) -> None:
    found = suited(scored(BCELoss()), data(tmp_path, (255 * TAGS).astype(np.uint8)))
    assert targets(found).numpy() == pytest.approx(TAGS)
    assert any("y is divided by 255" in note for note in found.notes)


@pytest.mark.parametrize("loss", [BCEWithLogitsLoss(), CrossEntropyLoss()])
def test_numbers_that_are_no_probabilities_are_refused(tmp_path: Path, loss: Loss) -> None:
    graph, read = scored(loss), data(tmp_path, 3 * TAGS - 1)
    with pytest.raises(
        DataError, match=r"loss compares with numbers from 0 to 1, but y has them from -1 to 2\. Scale"
    ):
        require_ranges(graph, suited(graph, read))


def test_logarithms_stay_and_are_0_or_less(tmp_path: Path) -> None:
    graph, shares = scored(KLDivLoss(log_target=True)), np.full_like(TAGS, 1 / 3)
    found = suited(graph, data(tmp_path, np.log(shares)))
    require_ranges(graph, found)
    assert targets(found).numpy() == pytest.approx(np.log(shares))
    with pytest.raises(DataError, match="numbers of 0 or less"):
        require_ranges(graph, suited(graph, data(tmp_path, TAGS)))


@pytest.mark.parametrize(("normalise", "is_refused"), [("scale", False), ("standardise", True)])
def test_an_autoencoder_of_yes_and_no_wants_its_input_from_0_to_1(
    tmp_path: Path, normalise: str, is_refused: bool
) -> None:
    sketch = Sketch(x=Input("vector", (4,))).then(Linear(4), Sigmoid())
    graph = sketch.judged("out", BCELoss()).link("x", "loss", "target").drawn()
    found = data(tmp_path, TAGS, normalise=normalise)
    refusal = pytest.raises(DataError, match=r"but x has them from .* Set normalise of the data to scale")
    with refusal if is_refused else nullcontext():
        require_ranges(graph, found)


def run_of(root: Path, graph: Graph, **choice: object) -> Path:
    recipe = {"optimizer": "Adam", "learning_rate": 0.05, "epochs": 6, "batch_size": 32, "device": "cpu"}
    return create_run(root, Network(graph, data=choice, recipe=recipe))


def test_a_column_of_0_and_1_told_as_numbers_is_learned(tmp_path: Path) -> None:
    lines = [",".join(f"{n:g}" for n in (*row, tag)) for row, tag in zip(X, TAGS[:, 0], strict=True)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c,d,yes", *lines]))
    run = run_of(
        tmp_path, scored(BCEWithLogitsLoss(), 1), source=str(tmp_path / "t.csv"), target_as="numbers", test=0.2
    )
    summary = train(run)
    assert summary.test_loss is not None
    assert 0 < summary.test_loss < 0.45  # ln 2 = 0.69 before the first step


def test_an_export_of_probabilities_says_nothing_of_a_mean_to_bring_back(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=X, y=TAGS)
    run = run_of(tmp_path, scored(BCEWithLogitsLoss()), source=str(tmp_path / "d.npz"))
    train(run)
    assert load_run(run).dataset.field("y").factor == 1
    told = open_subject(run).metadata()
    assert "target_mean" not in told
    assert "mean" in told
