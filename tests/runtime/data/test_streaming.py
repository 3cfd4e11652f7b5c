"""Pictures that stay on disk: the same training as in memory, exact resumption, broken and changed files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.reshape import Flatten
from runtime.data import dataset, survey
from runtime.data.ahead import ReadAhead
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader, epoch_order
from runtime.data.on_disk import OnDisk
from runtime.data.open import open_data
from runtime.data.record import remember_data
from runtime.runs import Entry, Failed, Noted, Started, Stop, TrainingError, create_run, read_entries, send
from runtime.train import train
from tests.runtime.journals import losses
from tests.runtime.networks import chained

CPU = torch.device("cpu")
ON_DISK = {"memory": 0.0, "workers": 2}


def picture_folder(root: Path, each: int = 20) -> Path:
    """Two classes of grey-blue and grey-red noise, 9 × 8 pixels."""
    values = np.random.default_rng(0)
    for label, name in enumerate(("cats", "dogs")):
        (root / name).mkdir(parents=True)
        for number in range(each):
            pixels = values.integers(0, 200, (8, 9, 3), dtype=np.uint8)
            pixels[..., 2 * label] += 40
            Image.fromarray(pixels).save(root / name / f"{number:02d}.png")
    return root


def mask_folder(root: Path, colours: bool = False) -> Path:
    values = np.random.default_rng(1)
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True)
    for number in range(24):
        Image.fromarray(values.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(root / "images" / f"{number}.png")
        mask = values.integers(0, 3, (8, 8), dtype=np.uint8)
        palette = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255)], dtype=np.uint8)
        Image.fromarray(palette[mask] if colours else mask).save(root / "masks" / f"{number}.png")
    return root


def opened(root: Path, **rest: Any) -> DataSet:
    return open_data(DataChoice.read({"source": str(root), **rest}))


def graph() -> Graph:
    return chained(
        Input(size=(3, 8, 9)), ("flatten", Flatten()), ("drop", Dropout(p=0.3)), ("fc", Linear(out_features=2))
    )


def run_of(root: Path, folder: Path, drawing: Graph | None = None, **data: Any) -> Path:
    recipe = {"epochs": 3, "batch_size": 5, "device": "cpu", "validate_every": 1, "horizontal_flip": 0.5}
    network = Network(drawing or graph(), data={"source": str(folder), **data}, recipe=recipe)
    return create_run(root, network)


def trained(run: Path, **how: Any) -> list[Entry]:
    train(run, **how)
    return read_entries(run)[0]


def test_pictures_stay_on_disk_where_they_take_more_memory_than_they_may(tmp_path: Path) -> None:
    picture_folder(tmp_path)
    assert not isinstance(opened(tmp_path).columns["image"], OnDisk)
    data = opened(tmp_path, **ON_DISK)
    assert isinstance(data.columns["image"], OnDisk)
    assert data.notes[0].startswith("The 40 pictures stay on disk and 2 processes decode them while training")


def test_a_column_on_disk_gives_the_rows_that_are_asked_for(tmp_path: Path) -> None:
    picture_folder(tmp_path)
    here, there = opened(tmp_path).columns["image"], opened(tmp_path, **ON_DISK).columns["image"]
    rows = torch.tensor([39, 0, 7])
    assert (there.shape, there.dtype, len(there)) == (here.shape, here.dtype, 40)
    assert there[rows].equal(here[rows])
    assert there.index_select(0, rows).equal(here[rows])
    assert there[3].equal(here[3])
    with pytest.raises(NotImplementedError, match="would read all pictures"):
        there.float()


def test_what_is_measured_is_that_of_the_resident_set(tmp_path: Path) -> None:
    picture_folder(tmp_path)
    for normalise in ("standardise", "mean picture", "ZCA whitening"):
        here, there = opened(tmp_path, normalise=normalise), opened(tmp_path, normalise=normalise, **ON_DISK)
        assert there.moments == here.moments
        names, rows = ["image", "label"], here.train[:6]
        mine, theirs = (Loader(data, names, CPU).batch(rows) for data in (there, here))
        assert all(one.equal(other) for one, other in zip(mine, theirs, strict=True))


def test_large_sets_are_measured_on_evenly_spaced_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "MEASURED", 10)
    data = opened(picture_folder(tmp_path), **ON_DISK)
    pixels = data.columns["image"][data.train[::3]].double() / 255
    assert data.mean == pytest.approx(pixels.mean((0, 2, 3)).tolist(), rel=1e-9)
    assert data.notes[-1] == "Mean and deviation are measured on 10 of 28 training pictures, evenly spaced."


def test_training_has_the_losses_of_the_resident_set(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    here = trained(run_of(tmp_path / "here", folder))
    there = trained(run_of(tmp_path / "there", folder, **ON_DISK))
    assert len(losses(here)) == 18
    assert losses(there) == losses(here)
    assert [e.loss for e in there if e.__class__.__name__ == "Validated"] == [
        e.loss for e in here if e.__class__.__name__ == "Validated"
    ]


@pytest.mark.parametrize("colours", [False, True])
def test_masks_on_disk_train_as_those_in_memory(tmp_path: Path, colours: bool) -> None:
    folder = mask_folder(tmp_path / "pictures", colours)
    drawing = chained(Input(size=(3, 8, 8)), ("conv", Conv2d(3, (3, 3), padding=(1, 1))), loss=CrossEntropyLoss())
    here = trained(run_of(tmp_path / "here", folder, drawing))
    there = trained(run_of(tmp_path / "there", folder, drawing, **ON_DISK))
    assert losses(there) == losses(here)
    assert opened(folder, **ON_DISK).fields == opened(folder).fields


def test_a_stopped_run_resumes_with_the_same_losses(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    whole = losses(trained(run_of(tmp_path / "whole", folder, **ON_DISK)))
    run = run_of(tmp_path / "stopped", folder, **ON_DISK)

    def stop(entry: Entry) -> None:
        if isinstance(entry, Started):
            send(run, Stop())

    train(run, on_entry=stop)
    assert 0 < len(losses(read_entries(run)[0])) < 18
    assert losses(trained(run, resume=True)) == whole


def test_batches_come_in_order_from_any_place_of_it(tmp_path: Path) -> None:
    files = opened(picture_folder(tmp_path), **ON_DISK).columns["image"].files
    column = OnDisk(files)
    ahead = ReadAhead([files], 2, is_pinned=False)
    order = epoch_order(torch.arange(40), 0, 0)
    ahead.follow(order)
    for start in (12, 18, 24, 0, 6, 36):
        rows = order[start : start + 6]
        assert ahead.batch(rows).values[0].equal(column[rows])
    parts = [order[start : start + 10].tensor_split(2)[1] for start in range(0, 40, 10)]  # a team's second process
    for rows in parts:
        assert ahead.batch(rows).values[0].equal(column[rows])
    ahead.close()


def test_a_broken_picture_is_passed_over_counted_and_listed(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    torn = folder / "dogs" / "03.png"
    torn.write_bytes(torn.read_bytes()[:150])
    data = opened(folder, test=0.0, validation=0.0, **ON_DISK)
    assert len(data.train) == 40  # its first bytes are sound
    entries = trained(run_of(tmp_path / "run", folder, test=0.0, validation=0.0, **ON_DISK))
    (note,) = [entry.sentence for entry in entries if isinstance(entry, Noted)]
    assert note.startswith("1 picture cannot be read, and others of the batch stand in: dogs")
    assert "03.png (" in note
    assert len(losses(entries)) == 24


def test_a_broken_picture_leaves_its_place_to_the_next_one_with_its_label(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path)
    (folder / "cats" / "19.png").write_bytes((folder / "cats" / "19.png").read_bytes()[:150])
    loader = Loader(opened(folder, **ON_DISK), ["image", "label"], CPU)
    images, labels = loader.batch(torch.tensor([18, 19, 20]))
    assert labels.tolist() == [0, 1, 1]
    assert images[1].equal(images[2])
    assert list(loader.broken) == [str(Path("cats", "19.png"))]


def test_files_that_are_no_pictures_are_left_out_beforehand(tmp_path: Path) -> None:
    (picture_folder(tmp_path) / "cats" / "05.png").write_bytes(b"no picture")
    data = opened(tmp_path, **ON_DISK)
    assert len(data.columns["image"]) == 39
    assert "05.png (it is no picture)" in data.notes[1]
    assert data.class_counts("train")[1] + data.class_counts("test")[1] + data.class_counts("validation")[1] == 20


def test_pictures_of_different_sizes_are_told_from_their_first_bytes(tmp_path: Path) -> None:
    picture_folder(tmp_path)
    Image.new("RGB", (7, 4)).save(tmp_path / "dogs" / "03.png")
    with pytest.raises(DataError, match=r"most are 9 × 8 pixels, dogs.03\.png is 7 × 4\. Set picture_size"):
        opened(tmp_path, **ON_DISK)
    assert opened(tmp_path, picture_size=[4, 5], **ON_DISK).columns["image"].shape == (40, 3, 4, 5)


def test_a_size_that_was_not_looked_at_is_a_broken_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture_folder(tmp_path)
    Image.new("RGB", (7, 4)).save(tmp_path / "dogs" / "03.png")
    monkeypatch.setattr(survey, "LOOKED_INTO", 20)  # each second one
    loader = Loader(opened(tmp_path, **ON_DISK), ["image"], CPU)
    loader.batch(torch.tensor([22, 23]))
    assert list(loader.broken.values()) == ["it has 7 × 4 pixels, not 9 × 8"]


@pytest.mark.parametrize(
    ("change", "words"),
    [(lambda path: path.unlink(), "is gone"), (lambda path: path.write_bytes(b"other"), "has changed")],
)
def test_a_source_that_changes_under_a_run_ends_it(tmp_path: Path, change: Any, words: str) -> None:
    folder = picture_folder(tmp_path / "pictures")
    run = run_of(tmp_path / "run", folder, workers=1, memory=0.0)
    data = opened(folder, workers=1, memory=0.0)
    for path in (folder / "cats").iterdir():
        change(path)
    with pytest.raises(TrainingError, match=words):
        train(run, prepared=data)
    failed = read_entries(run)[0][-1]
    assert isinstance(failed, Failed)
    assert failed.fact.startswith("cats")
    assert failed.fact.endswith(f"{words} since the data were listed.")
    assert failed.remedy.startswith("Bring it back as it was and resume the run")


def test_the_fingerprint_follows_names_sizes_and_times(tmp_path: Path) -> None:
    before = opened(picture_folder(tmp_path), **ON_DISK).fingerprint
    assert opened(tmp_path, **ON_DISK).fingerprint == before
    os.utime(tmp_path / "cats" / "00.png", ns=(1, 1))
    touched = opened(tmp_path, **ON_DISK).fingerprint
    (tmp_path / "cats" / "00.png").rename(tmp_path / "cats" / "0.png")
    assert len({before, touched, opened(tmp_path, **ON_DISK).fingerprint}) == 3


def test_a_run_goes_on_with_the_same_pictures_in_memory(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    run = run_of(tmp_path / "run", folder, **ON_DISK)
    assert remember_data(run, opened(folder, **ON_DISK)) == []
    assert remember_data(run, opened(folder)) == []
    (folder / "cats" / "00.png").unlink()
    (sentence,) = remember_data(run, opened(folder))
    assert "have changed since this run began (40 samples then, 39 now)" in sentence


def test_a_decoder_that_is_killed_is_said(tmp_path: Path) -> None:
    files = opened(picture_folder(tmp_path), **ON_DISK).columns["image"].files
    ahead = ReadAhead([files], 1, is_pinned=False)
    order = torch.arange(40)
    ahead.follow(order)
    ahead.batch(order[:2])
    (worker,) = ahead._loader._iterator._workers  # type: ignore[union-attr]
    worker.kill()
    worker.join()
    with pytest.raises(
        DataError, match=r"A process that decodes pictures has ended \(.*Set workers of the data lower"
    ):
        [ahead.batch(rows) for rows in order[2:].split(2)]
