"""PCA and whitening against NumPy and scikit-learn, and pictures brought to size by their shorter side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.decomposition import PCA
from torch import Tensor
from torchvision import transforms

from nodes.spec.settings import SettingError
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.data.pixels import Fit

MIXING = np.array([[2.0, 0.0, 0.0], [1.0, 0.5, 0.0], [-1.0, 0.2, 0.1]])


def vectors(root: Path, **rest: object) -> DataSet:
    """200 vectors of three numbers that go together."""
    drawn = np.random.RandomState(0).randn(200, 3) @ MIXING.T + [3.0, -1.0, 7.0]
    np.savez(root / "x.npz", x=drawn.astype(np.float32), y=np.arange(200) % 2)
    return open_data(DataChoice.read({"source": str(root / "x.npz"), "validation": 0.0, "test": 0.0, **rest}))


def loaded(data: DataSet) -> Tensor:
    return Loader(data, [data.fields[0].name], torch.device("cpu")).batch(data.train)[0]


def standardised(data: DataSet) -> np.ndarray:
    raw = data.columns["x"].double().numpy()
    return (raw - raw.mean(0)) / raw.std(0)


@pytest.mark.parametrize("kind", ["PCA whitening", "ZCA whitening"])
def test_whitened_numbers_have_the_identity_for_covariance(kind: str, tmp_path: Path) -> None:
    given = loaded(vectors(tmp_path, normalise=kind, whitening_epsilon=0.0)).double().numpy()
    assert np.allclose(given.mean(0), 0, atol=1e-4)
    assert np.allclose(np.cov(given.T), np.eye(3), atol=1e-3)


@pytest.mark.parametrize("whitens", [False, True])
def test_pca_is_that_of_scikit_learn(whitens: bool, tmp_path: Path) -> None:
    data = vectors(tmp_path, normalise="PCA whitening" if whitens else "PCA", whitening_epsilon=0.0)
    fitted = PCA(whiten=whitens).fit(standardised(data))
    signs = np.sign(fitted.components_[range(3), np.abs(fitted.components_).argmax(1)])
    assert np.allclose(loaded(data).numpy(), fitted.transform(standardised(data)) * signs, atol=1e-3)


def test_zca_leaves_numbers_as_near_to_where_they_were_as_whitening_can(tmp_path: Path) -> None:
    """W = U (S + ε)^−½ Uᵀ."""
    data = vectors(tmp_path, normalise="ZCA whitening", whitening_epsilon=0.25)
    given = standardised(data)
    u, s, _ = np.linalg.svd(np.cov(given.T))
    expected = given @ (u @ np.diag(1 / np.sqrt(s + 0.25)) @ u.T)
    assert np.allclose(loaded(data).numpy(), expected, atol=1e-4)


def test_pictures_are_whitened_as_bytes_come_and_keep_their_shape() -> None:
    data = open_data(DataChoice.read({"normalise": "ZCA whitening", "whitening_epsilon": 0.01}))
    images = loaded(data)
    assert images.shape[1:] == (1, 8, 8)
    raw = data.columns["image"][data.train].double().flatten(1).numpy() / 16
    u, s, _ = np.linalg.svd(np.cov(raw.T))
    expected = (raw - raw.mean(0)) @ (u @ np.diag(1 / np.sqrt(s + 0.01)) @ u.T)
    assert np.allclose(images.flatten(1).numpy(), expected, atol=1e-4)


def test_one_hot_columns_are_left_out_of_whitening(tmp_path: Path) -> None:
    rows = [f"{n % 7},{n * n % 11},{'abc'[n % 3]},{n}" for n in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["u,v,kind,y", *rows]))
    data = open_data(DataChoice.read({"source": str(tmp_path / "t.csv"), "normalise": "PCA whitening"}))
    given = loaded(data)
    assert set(given[:, 2:].flatten().tolist()) == {0.0, 1.0}
    assert np.allclose(np.cov(given[:, :2].double().numpy().T), np.eye(2), atol=0.01)


def test_large_pictures_are_refused_with_a_way_out(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((4, 3, 40, 40), np.uint8), y=np.arange(4) % 2)
    data = open_data(DataChoice.read({"source": str(tmp_path / "x.npz"), "normalise": "PCA"}))
    with pytest.raises(DataError, match=r"takes a matrix of 4,800 × 4,800 numbers; 3,072 .* Set picture_size to 32"):
        Loader(data, ["x"], torch.device("cpu"))


@pytest.mark.parametrize("size", [(60, 40), (33, 70)])
def test_the_shorter_side_comes_first_and_then_the_middle(size: tuple[int, int]) -> None:
    ramp = np.add.outer(np.arange(size[1]), 2 * np.arange(size[0])).astype(np.uint8)
    picture = Image.fromarray(ramp)
    expected = transforms.Compose([transforms.Resize(32), transforms.CenterCrop(24)])(picture)
    found = Fit(24, 24, True, shorter_side=32)(picture, Image.Resampling.BILINEAR)
    assert np.abs(np.asarray(found, float) - np.asarray(expected, float)).max() <= 2  # half a pixel of the ramp


def test_a_shorter_side_that_is_too_short() -> None:
    with pytest.raises(SettingError, match=r"shorter_side is 200, but 224 × 224 pixels are cut out\. Set it to 224"):
        DataChoice(picture_size=(224, 224), shorter_side=200)
