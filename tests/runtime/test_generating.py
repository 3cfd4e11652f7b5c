"""Autoencoders train, and what generative networks make from chance looks like their data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from runtime.adversarial import distance
from runtime.checkpoint import LoadedRun, load_run
from runtime.engine import reply_to
from runtime.faults import RefusalError
from runtime.generating import as_raw, generated
from runtime.protocol import Answer, Refused, encode
from runtime.questions.sequences import MakeSamples
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn import DRAWINGS
from tests.runtime.networks import digits_run


def trained(folder: Path, name: str, **recipe: Any) -> tuple[Path, Any]:
    network = DRAWINGS[name]()
    run = create_run(folder, replace(network, recipe={**network.recipe, "device": "cpu", **recipe}))
    return run, train(run)


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("vae"), "vae", epochs=12, learning_rate=0.005)[0]


def digits(loaded: LoadedRun, part: str) -> torch.Tensor:
    return loaded.dataset.columns["image"][loaded.dataset.part(part)] / 16


def test_an_autoencoder_draws_digits_better_than_their_mean(tmp_path: Path) -> None:
    run, summary = trained(tmp_path, "autoencoder", epochs=7, learning_rate=0.005)
    loaded = load_run(run)
    mean = digits(loaded, "train").mean(0)
    by_mean = (digits(loaded, "test") - mean).square().mean().item()
    assert by_mean == pytest.approx(0.07, abs=0.005)
    assert summary.test_loss < 0.8 * by_mean


def test_a_variational_autoencoder_draws_digits_better_than_their_mean(vae: Path) -> None:
    loaded = load_run(vae)
    wanted = digits(loaded, "test")
    with torch.inference_mode():
        drawn = loaded.module(wanted)
    by_mean = (wanted - digits(loaded, "train").mean(0)).square().mean()
    assert (wanted - drawn).square().mean() < 0.8 * by_mean


def test_codes_by_chance_become_new_digits(vae: Path) -> None:
    """Nearer to the digits than their mean picture, over and over, is to them."""
    loaded = load_run(vae)
    real = digits(loaded, "train")
    made = generated(loaded, len(real))
    assert made.shape == real.shape
    assert made.equal(generated(loaded, len(real)))
    assert not made.equal(generated(loaded, len(real), seed=1))
    mean = real.mean(0, keepdim=True).expand_as(real)
    assert distance(real, made) < 0.8 * distance(real, mean)


def test_the_engine_draws_a_sheet(vae: Path, tmp_path: Path) -> None:
    reply = reply_to(encode(MakeSamples(1, str(vae), str(tmp_path / "made.png"), 9)))
    assert isinstance(reply, Answer)
    assert reply.result == {"shape": [1, 8, 8], "path": str(tmp_path / "made.png")}
    with Image.open(tmp_path / "made.png") as sheet:
        assert sheet.size == (3 * 34 - 2, 3 * 34 - 2)
    refused = reply_to(encode(MakeSamples(2, str(vae))))
    assert isinstance(refused, Refused)
    assert refused.remedy == "Name a .png file for them."


def test_the_command_draws_a_sheet(vae: Path, tmp_path: Path) -> None:
    from runtime.commands import run as command

    assert command(["sample", str(vae), "--out", str(tmp_path / "made.png"), "--count", "4"]) == 0
    assert (tmp_path / "made.png").is_file()


def test_made_points_come_back_in_the_numbers_of_the_data(tmp_path: Path) -> None:
    run = trained(tmp_path, "gan_ring", max_steps=2)[0]
    loaded = load_run(run)
    affine = loaded.dataset.affine("point")
    assert affine is not None
    made = generated(loaded, 5)
    assert torch.allclose(affine(as_raw(loaded.dataset, made)), made, atol=1e-5)
    reply = reply_to(encode(MakeSamples(1, str(run), count=5)))
    assert isinstance(reply, Answer)
    assert len(reply.result["values"]) == 5


def test_a_classifier_makes_nothing(tmp_path: Path) -> None:
    run = digits_run(tmp_path, max_steps=1)
    train(run)
    with pytest.raises(RefusalError, match="makes nothing from chance"):
        generated(load_run(run), 3)
