"""Data sources, good and bad, the split, and what is measured on the training part."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.idx import read_idx
from runtime.data.loader import Loader, epoch_order
from runtime.data.open import open_data, signature
from runtime.data.pixels import Fit

MNIST = Path("../shared/data/mnist")


def write_idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    data = header + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def idx_folder(root: Path, count: int = 20, labels: int | None = None, suffix: str = "") -> Path:
    root.mkdir(exist_ok=True)
    pictures = np.random.default_rng(0).integers(0, 256, (count, 6, 5))
    for part in ("train", "t10k"):
        write_idx(root / f"{part}-images-idx3-ubyte{suffix}", pictures)
        write_idx(root / f"{part}-labels-idx1-ubyte{suffix}", np.arange(labels or count) % 3)
    return root


def picture_folder(root: Path, size: tuple[int, int] = (6, 4), mode: str = "RGB") -> Path:
    values = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(10):
            pixels = values.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
            Image.fromarray(pixels).convert(mode).save(root / name / f"{number}.png")
    return root


def opened(source: Path | str, **rest: object) -> DataSet:
    return open_data(DataChoice.read({"source": str(source), **rest}))


def test_digits_are_those_of_scikit_learn() -> None:
    data, theirs = opened("digits"), load_digits()
    assert np.array_equal(data.columns["image"][:, 0].numpy(), theirs.images)
    assert np.array_equal(data.columns["label"].numpy(), theirs.target)


def test_digits_have_fields_with_shapes() -> None:
    image, label = opened("digits").fields
    assert image.shape == (1, 8, 8)
    assert (label.shape.values, label.is_target, label.classes) == ("index", True, tuple("0123456789"))


@pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST is not beside the project")
def test_mnist_has_its_own_test_part_and_the_known_mean() -> None:
    data = opened(MNIST)
    assert (len(data.train), len(data.validation), len(data.test)) == (54_000, 6_000, 10_000)
    assert data.test[0] == 60_000
    assert data.mean[0] == pytest.approx(0.1307, abs=3e-4)
    assert data.std[0] == pytest.approx(0.3081, abs=3e-4)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_files_plain_and_gzip(tmp_path: Path, suffix: str) -> None:
    data = opened(idx_folder(tmp_path, suffix=suffix))
    assert data.columns["image"].shape == (40, 1, 6, 5)
    assert data.columns["image"].dtype == torch.uint8
    assert data.test.tolist() == list(range(20, 40))


def test_idx_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    write_idx(path, np.zeros((20, 6, 5)))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"cut short: it promises 616 bytes, 500 are there\. Fetch the file again"):
        read_idx(path)


def test_gzip_idx_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    write_idx(path, np.random.default_rng(0).integers(0, 256, (20, 6, 5)))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match="cut short: its gzip stream has no end after 300 bytes"):
        read_idx(path)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"\0\0\x08\x03\0\0"])
def test_file_that_is_no_idx_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"no IDX file|cut short: its header"):
        read_idx(path)


def test_pictures_and_labels_of_different_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has 20 pictures, train-labels-idx1-ubyte 19 labels"):
        opened(idx_folder(tmp_path, labels=19))


def test_idx_folder_without_labels(tmp_path: Path) -> None:
    (idx_folder(tmp_path) / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="has no file train-labels-idx1-ubyte"):
        opened(tmp_path)


def test_folder_for_each_class(tmp_path: Path) -> None:
    data = opened(picture_folder(tmp_path))
    assert data.columns["image"].shape == (20, 3, 4, 6)
    assert data.fields[1].classes == ("cats", "dogs")
    assert data.columns["label"].tolist() == [0] * 10 + [1] * 10
    assert (len(data.train), len(data.validation), len(data.test)) == (14, 2, 4)


def test_grey_pictures_have_one_channel(tmp_path: Path) -> None:
    assert opened(picture_folder(tmp_path, mode="L")).columns["image"].shape == (20, 1, 4, 6)


def test_folders_train_and_test(tmp_path: Path) -> None:
    picture_folder(tmp_path / "train")
    picture_folder(tmp_path / "test")
    data = opened(tmp_path)
    assert data.test.tolist() == list(range(20, 40))
    assert len(data.train) + len(data.validation) == 20


def test_broken_picture_is_left_out_and_named(tmp_path: Path) -> None:
    (picture_folder(tmp_path) / "cats" / "3.png").write_bytes(b"no picture")
    data = opened(tmp_path)
    assert len(data.columns["image"]) == 19
    assert data.notes == ("1 picture could not be read and was left out: cats/3.png (it is no picture).",)


def test_an_empty_folder_is_a_class_that_is_told_of(tmp_path: Path) -> None:
    (picture_folder(tmp_path) / "birds").mkdir()
    data = opened(tmp_path)
    assert data.fields[1].classes == ("birds", "cats", "dogs")
    assert data.notes == (
        f"The folder birds of {tmp_path} has no picture that can be read: its class has no sample.",
    )


def test_pictures_of_different_sizes(tmp_path: Path) -> None:
    picture_folder(tmp_path)
    Image.new("RGB", (7, 4)).save(tmp_path / "dogs" / "3.png")
    with pytest.raises(
        DataError, match=r"most are 6 × 4 pixels, dogs.3\.png is 7 × 4\. Set picture_size, such as 4 × 6: all are"
    ):
        opened(tmp_path)


def test_folder_without_classes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no subfolders\. Give it one subfolder of pictures for each class"):
        opened(tmp_path)


def test_missing_folder_and_file_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no data folder"):
        opened(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is a file, not a folder"):
        opened(tmp_path / "file")


def test_split_is_fixed_by_the_seed() -> None:
    first, again, other = opened("digits"), opened("digits"), opened("digits", seed=1)
    assert first.test.equal(again.test)
    assert not first.test.equal(other.test)
    everything = torch.cat([first.train, first.validation, first.test]).sort().values
    assert everything.tolist() == list(range(1797))
    assert (len(first.train), len(first.validation), len(first.test)) == (1258, 180, 359)


def test_shares_that_leave_nothing_to_train_on() -> None:
    with pytest.raises(DataError, match=r"Of 1797 samples none is left to train on \(validation 0\.6, test 0\.5\)"):
        opened("digits", validation=0.6, test=0.5)


def test_mean_and_deviation_are_those_of_the_training_part(tmp_path: Path) -> None:
    data = opened(picture_folder(tmp_path))
    pixels = data.columns["image"][data.train].numpy() / 255
    assert data.mean == pytest.approx(pixels.mean(axis=(0, 2, 3)), rel=1e-9)
    assert data.std == pytest.approx(pixels.std(axis=(0, 2, 3)), rel=1e-9)


@pytest.mark.parametrize(("normalise", "low", "high"), [("scale", 0, 1), ("none", 0, 16)])
def test_loader_scales_as_chosen(normalise: str, low: float, high: float) -> None:
    data = opened("digits", normalise=normalise)
    (images,) = Loader(data, ["image"], torch.device("cpu")).batch(data.train)
    assert (images.min().item(), images.max().item()) == (low, high)


def test_loader_standardises_with_numpys_formula() -> None:
    data = opened("digits")
    images, labels = Loader(data, ["image", "label"], torch.device("cpu")).batch(data.train[:5])
    raw = data.columns["image"][data.train[:5]].numpy() / 16
    assert images.numpy() == pytest.approx((raw - data.mean[0]) / data.std[0], abs=1e-5)
    assert labels.equal(data.columns["label"][data.train[:5]])


def test_order_of_an_epoch_follows_from_seed_and_epoch() -> None:
    rows = torch.arange(100, 200)
    assert epoch_order(rows, 1, 2).equal(epoch_order(rows, 1, 2))
    assert not epoch_order(rows, 1, 2).equal(epoch_order(rows, 1, 3))
    assert epoch_order(rows, 1, 2).sort().values.equal(rows)


def test_signature_changes_with_the_files(tmp_path: Path) -> None:
    choice = DataChoice(source=str(idx_folder(tmp_path)))
    before = signature(choice)
    assert signature(choice) == before
    idx_folder(tmp_path, count=21)
    assert signature(choice) != before


@pytest.mark.parametrize(("fit", "columns"), [("crop", [1, 2]), ("stretch", [0.5, 2.5])])
def test_pictures_of_any_size_are_brought_to_one(tmp_path: Path, fit: str, columns: list[float]) -> None:
    """Of 4 × 2 pixels with columns 0, 60, 120, 180 the middle is 60, 120; stretched, each pair is mixed."""
    picture_folder(tmp_path)
    wide = np.repeat(np.array([[0, 60, 120, 180]], dtype=np.uint8), 2, axis=0)
    Image.fromarray(wide).save(tmp_path / "dogs" / "wide.png")
    data = opened(tmp_path, picture_size=[2, 2], fit=fit)
    assert data.columns["image"].shape == (21, 3, 2, 2)
    found = data.columns["image"][-1, 0, 0].tolist()
    assert found == pytest.approx([60 * column for column in columns], abs=15)


def test_a_picture_that_is_predicted_is_cropped_as_those_trained_on() -> None:
    assert Fit(2, 2, True)(Image.new("L", (40, 10)), Image.Resampling.BILINEAR).size == (2, 2)
