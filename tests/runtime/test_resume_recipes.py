"""Whatever the recipe asks for, a killed training goes on bit for bit."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d
from nodes.reshape import Flatten
from nodes.spec.shapes import Shape
from runtime import team as team_module
from runtime import train as train_module
from runtime.checkpoint import load_weights
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet, Field
from runtime.data.open import open_data
from runtime.recipe import Recipe
from runtime.recipe_parts.words import OPTIMIZERS
from runtime.runs import (
    Entry,
    Failed,
    Finished,
    Noted,
    Progress,
    Started,
    TrainingError,
    Validated,
    create_run,
    read_entries,
)
from runtime.schedules import SCHEDULES
from runtime.train import train
from tests.runtime.networks import chained
from tests.runtime.random_recipes import random_recipe

BASE: dict[str, Any] = {"epochs": 3, "batch_size": 128, "device": "cpu"}
KILLS = (3, 11, 12, 25)  # steps; an epoch has 10, and one is killed at its end
FAST: dict[str, dict[str, Any]] = {"LBFGS": {"batch_size": 640, "max_iter": 4, "weight_decay": 0.001, "l1": 1e-4}}
SETTINGS: dict[str, dict[str, Any]] = {
    **{f"optimizer-{name}": {"optimizer": name, **FAST.get(name, {})} for name in OPTIMIZERS},
    "optimizer-amsgrad": {"optimizer": "Adam", "amsgrad": True},
    "optimizer-centered": {"optimizer": "RMSprop", "centered": True, "momentum": 0.5, "learning_rate": 0.001},
    **{f"schedule-{name}": {"schedule": name, "learning_rate": 0.02, "warmup_epochs": 0.5} for name in SCHEDULES},
    "plateau-impatient": {"schedule": "plateau", "patience": 0, "threshold": 0.5, "validate_every": 4,
                          "validate_unit": "steps"},
    "spared": {"optimizer": "AdamW", "l1": 1e-3, "decay_biases": False},
    "regularised": {"l1": 1e-3, "weight_decay": 1e-3, "max_norm": 1.0},
    "clipped": {"clip_grad_norm": 0.5, "clip_grad_value": 0.1},
    "accumulated": {"accumulation_steps": 3},
    "bf16": {"precision": "bf16"},
    "fp16": {"precision": "fp16", "optimizer": "Adam"},
    "channels-last": {"channels_last": True, "optimizer": "Adam"},
    "deterministic": {"deterministic": True},
    "EMA": {"averaging": "EMA", "ema_decay": 0.9},
    "Polyak": {"averaging": "Polyak", "swa_start": 1},
    "cycles": {"schedule": "warm_restarts", "T_0": 1, "keep_cycles": True},
    "SWA": {"averaging": "SWA", "swa_start": 0},
    "head-first": {"head_epochs": 1, "trunk_factor": 0.1, "averaging": "SWA", "swa_start": 0},
    "unfreezing": {"unfreeze": "1: bn; 2: conv", "optimizer": "Adam", "max_norm": 1.0, "decay_biases": False},
    "steps": {"max_steps": 17, "schedule": "cosine"},
    "validated-by-steps": {"validate_every": 3, "validate_unit": "steps", "best_by": "f1"},
    "early": {"epochs": 30, "early_stopping": True, "stop_patience": 2, "stop_min_delta": 0.2},
    "target": {"epochs": 30, "monitor": "accuracy", "target": 0.8},
    "kept": {"keep": "last", "keep_every": 2},
    "augmented": {"horizontal_flip": 0.5, "shift": 0.2, "rotation": 20.0, "brightness": 0.3, "pixel_noise": 0.1},
    "mixed": {"mixup": 0.4, "cutmix": 1.0, "accumulation_steps": 2, "erasing": 0.5, "averaging": "EMA"},
    "augmented-search": {"optimizer": "LBFGS", "batch_size": 640, "max_iter": 4, "zoom": 0.2, "cutout": 3},
    "sampled": {"balancing": "sampling", "crop_padding": 1},
    "weighed": {"balancing": "class weights", "test_crops": "ten crops"},
    "goes-back": {"learning_rate": 5.0, "explosion_factor": 2.0, "when_exploding": "go back"},
}  # fmt: skip


class KilledError(BaseException):
    """As SIGKILL would: nothing is caught, nothing is saved."""


@pytest.fixture(scope="module")
def data() -> DataSet:
    return open_data(DataChoice())


@pytest.fixture(autouse=True)
def _checkpoints_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team_module, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(train_module, "CHECKPOINT_SECONDS", 0.01)
    monkeypatch.setattr(train_module, "CHECKPOINT_SHARE", 1.0)


AUGMENTATIONS: dict[str, dict[str, Any]] = {
    "horizontal_flip": {"horizontal_flip": 0.5},
    "vertical_flip": {"vertical_flip": 0.5},
    "shift": {"shift": 0.2},
    "crop_padding": {"crop_padding": 2},
    "resized_crop": {"resized_crop": 0.3},
    "zoom": {"zoom": 0.3, "border": "mirror"},
    "rotation": {"rotation": 30.0},
    "brightness": {"brightness": 0.4},
    "contrast": {"contrast": 0.4},
    "saturation": {"saturation": 0.7},
    "hue": {"hue": 0.3},
    "pca_noise": {"pca_noise": 0.2},
    "pixel_noise": {"pixel_noise": 0.1},
    "erasing": {"erasing": 0.6},
    "cutout": {"cutout": 3},
}
"""Each by itself; mixing needs classes, and is among the recipes above."""


def coloured() -> DataSet:
    """Pictures with masks."""
    torch.manual_seed(0)
    mask = torch.randint(0, 2, (80, 8, 8))
    pictures = (60 * mask[:, None] + torch.randint(0, 190, (80, 3, 8, 8))).to(torch.uint8)
    fields = (
        Field("image", Shape(3, 8, 8), high=255.0),
        Field("mask", Shape(8, 8, axes="HW", values="index"), ("ground", "thing"), is_target=True),
    )
    rows = torch.arange(80)
    return DataSet(DataChoice(), fields, {"image": pictures, "mask": mask}, rows[:60], rows[60:70], rows[70:])


def segmenting(root: Path, settings: dict[str, Any]) -> Path:
    graph = chained(Input(size=(3, 8, 8)), ("conv", Conv2d(2, (3, 3), padding=(1, 1))))
    return create_run(root, Network(graph, "things", recipe=BASE | {"batch_size": 6} | settings))


def run_of(root: Path, settings: dict[str, Any]) -> Path:
    graph = chained(
        Input(size=(1, 8, 8)),
        ("conv", Conv2d(out_channels=4, kernel_size=(3, 3))),
        ("bn", BatchNorm2d()),
        ("relu", ReLU()),
        ("flatten", Flatten()),
        ("dropout", Dropout(p=0.2)),
        ("fc", Linear(out_features=10)),
    )
    return create_run(root, Network(graph, "digits", recipe=BASE | settings))


def killed_at(run: Path, step: int, data: DataSet, *, resume: bool) -> None:
    def listen(entry: Entry) -> None:
        if isinstance(entry, Progress) and entry.first_step >= step:
            raise KilledError

    try:
        train(run, resume=resume, on_entry=listen, prepared=data)
    except KilledError:
        return


def told(run: Path) -> list[Any]:
    """What the journal says, without times."""
    found: list[Any] = []
    for entry in read_entries(run)[0]:
        if isinstance(entry, Progress):
            found += [(step, loss) for step, loss in enumerate(entry.loss, entry.first_step)]
        elif isinstance(entry, Validated | Noted | Failed):
            found.append(entry)
        elif isinstance(entry, Finished):
            found.append((entry.step, entry.reason, entry.sentence))
    return found


def compared(
    root: Path,
    settings: dict[str, Any],
    kills: Sequence[int],
    data: DataSet,
    made: Callable[[Path, dict[str, Any]], Path] = run_of,
) -> Path:
    """Trains twice, once killed and resumed; nothing may differ. Gives the killed run."""
    whole, killed = made(root / "whole", settings), made(root / "killed", settings)
    with suppress(TrainingError):  # a loss that explodes does so in both
        train(whole, prepared=data)
    with suppress(TrainingError):
        for number, step in enumerate(kills):
            killed_at(killed, step, data, resume=number > 0)
        train(killed, resume=True, prepared=data)
    assert told(killed) == told(whole)
    for file in ("best", "last"):
        path = f"checkpoints/{file}.safetensors"
        assert (killed / path).is_file() == (whole / path).is_file()
        if (whole / path).is_file():
            expected = load_weights(whole, file)
            assert all(value.equal(expected[name]) for name, value in load_weights(killed, file).items())
    return killed


@pytest.mark.parametrize("name", SETTINGS)
def test_killed_again_and_again_it_tells_the_same(name: str, tmp_path: Path, data: DataSet) -> None:
    killed = compared(tmp_path, SETTINGS[name], KILLS, data)
    entries = read_entries(killed)[0]
    assert max(entry.resumed_at for entry in entries if isinstance(entry, Started)) > 0
    assert isinstance(entries[-1], Finished)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_pictures_and_masks_are_varied_as_if_it_had_never_stopped(name: str, tmp_path: Path) -> None:
    killed = compared(tmp_path, AUGMENTATIONS[name], KILLS, coloured(), segmenting)
    plain = segmenting(tmp_path / "plain", {})
    train(plain, prepared=coloured())
    assert told(plain) != told(killed)  # it does something


@pytest.mark.parametrize("seed", range(12))
def test_so_does_any_recipe(seed: int, tmp_path: Path, data: DataSet) -> None:
    compared(tmp_path, random_recipe(seed), sorted(random.Random(seed).sample(range(1, 25), 3)), data)
    assert not list(tmp_path.glob("*/*/error.txt"))  # no fault of ours


def test_each_of_them_is_what_it_is_named(tmp_path: Path, data: DataSet) -> None:
    """So that the test above sees rates that fall, ends that come early and runs that go back."""
    reasons = {}
    for name in ("early", "target", "goes-back", "plateau-impatient", "steps"):
        run = run_of(tmp_path / name, SETTINGS[name])
        train(run, prepared=data)
        entries = read_entries(run)[0]
        notes = sum(isinstance(entry, Noted) for entry in entries)
        starts = sum(isinstance(entry, Started) for entry in entries)
        reasons[name] = (entries[-1].reason, notes > 0, starts > 1)  # type: ignore[union-attr]
    assert reasons == {
        "early": ("early", False, False),
        "target": ("target", False, False),
        "goes-back": ("done", True, True),
        "plateau-impatient": ("done", True, False),
        "steps": ("done", False, False),
    }


def test_recipes_here_are_valid() -> None:
    for settings in SETTINGS.values():
        recipe = Recipe.read(BASE | settings)
        assert {name: getattr(recipe, name) for name in settings} == settings
