"""Tables, time series and NumPy files: what columns become, parts, and bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import torch
from pyarrow import parquet
from sklearn.datasets import load_iris

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss import MSELoss
from nodes.recurrent import LSTM
from nodes.reshape_parts import SelectLast
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.exchange.subject import Subject
from runtime.runs import create_run
from runtime.summary import Summary
from runtime.train import train
from tests.networks.drawn import DRAWINGS
from tests.networks.drawn.sketch import Sketch

TEMPERATURES = Path("../shared/data/timeseries/daily-min-temperatures.csv")
PETS = "size,kind,age,name\n1,cat,3,a\n2,dog,4,b\n3,cat,5,c\n4,dog,6,d\n5,cat,7,e\n6,dog,8,f\n"


def opened(source: Path, text: str | None = None, **rest: object) -> DataSet:
    if text is not None:
        source.write_text(text)
    return open_data(DataChoice.read({"source": str(source), **rest}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def trained(network: Network, root: Path, **data: object) -> Summary:
    recipe = {"optimizer": "Adam", "learning_rate": 0.02, "epochs": 8, "batch_size": 32, "device": "cpu"}
    return train(create_run(root, Network(network.graph, data=data, recipe=recipe)))


def test_numbers_come_first_and_categories_one_hot(path: Path) -> None:
    data = opened(path, PETS, inputs="size, kind", targets="age", validation=0, test=0, normalise="none")
    (features,) = Loader(data, ["features"], torch.device("cpu")).batch(torch.arange(3))
    assert features.tolist() == [[1, 1, 0], [2, 0, 1], [3, 1, 0]]
    assert data.target is not None
    assert (data.target.name, data.target.shape) == ("target", (1,))


def test_numbers_are_standardised_on_the_training_part_and_categories_are_not(path: Path) -> None:
    data = opened(path, PETS, inputs="size,kind", targets="age", validation=0, test=1 / 3)
    features, target = Loader(data, ["features", "target"], torch.device("cpu")).batch(data.train)
    sizes = data.columns["features"][data.train, 0].numpy()
    assert features[:, 0].numpy() == pytest.approx((sizes - sizes.mean()) / sizes.std(), abs=1e-5)
    assert set(features[:, 1:].flatten().tolist()) == {0.0, 1.0}
    assert target.mean().item() == pytest.approx(0, abs=1e-6)
    ages = data.columns["target"][data.train].numpy()
    assert data.notes[-1].endswith(f"0 is {ages.mean():.4g} and 1 more is {ages.std():.4g}.")


def test_scaled_numbers_go_from_0_to_1_in_training(path: Path) -> None:
    data = opened(path, PETS, inputs="size", targets="kind", normalise="scale", test=0.5)
    (features,) = Loader(data, ["features"], torch.device("cpu")).batch(data.train)
    assert (features.min().item(), features.max().item()) == (0, 1)


def test_categories_as_indices_are_fields_of_their_own(path: Path) -> None:
    data = opened(path, PETS, inputs="size,kind", targets="age", categories="indices")
    assert [(f.name, f.shape.values) for f in data.fields] == [
        ("features", "real"),
        ("kind", "index"),
        ("target", "real"),
    ]
    assert data.field("kind").classes == ("cat", "dog")
    assert data.columns["kind"].tolist() == [0, 1, 0, 1, 0, 1]


def test_texts_and_few_whole_numbers_are_classes_unless_said_otherwise(path: Path) -> None:
    text = "x,y\n" + "".join(f"{n},{n % 2}\n" for n in range(20))
    assert opened(path, text).fields[1].classes == ("0", "1")
    assert opened(path, text, target_as="numbers").fields[1].shape == (1,)


def test_rows_with_a_missing_value_are_left_out_and_counted(path: Path) -> None:
    data = opened(path, "x,y\n1,a\n,b\n3,a\nNA,b\n5,b\n", test=0, validation=0)
    assert data.columns["features"].flatten().tolist() == [1, 3, 5]
    assert data.notes == ("2 rows with a missing value were left out.",)


def test_a_column_of_names_is_left_out_and_said(path: Path) -> None:
    text = "x,name,y\n" + "".join(f"{n},name{n},{'ab'[n % 2]}\n" for n in range(120))
    data = opened(path, text)
    assert data.fields[0].shape == (1,)
    assert data.notes == ("Column name was left out: it holds 120 different texts.",)
    with pytest.raises(DataError, match="Column name holds 120 different texts; 100 categories can be told apart"):
        opened(path, inputs="name")


def test_a_folder_with_a_table_for_each_part(tmp_path: Path) -> None:
    for part, count in (("train", 10), ("test", 4)):
        (tmp_path / f"{part}.csv").write_text("x;y\n" + "".join(f"{n};{'ab'[n % 2]}\n" for n in range(count)))
    data = opened(tmp_path, validation=0.2)
    assert (len(data.train), len(data.validation), data.test.tolist()) == (8, 2, [10, 11, 12, 13])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "two columns without a name|has no rows"),
        ("x,y\n", r"has no rows\. Give it a line with the names"),
        ("1,2\n3,4\n", r"The first line of .* holds numbers \(1, 2\), not the names of columns\. Put a line"),
        ("x,x\n3,4\n", "has two columns x. Give each its own name"),
        ("x,y\n3,4\n5\n", r"line 3: 1 values, but there are 2 columns"),
        ("x,y\n,a\n", r"No row of table\.csv is whole"),
    ],
)
def test_bad_tables(path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        opened(path, text)


def test_a_column_that_is_not_there(path: Path) -> None:
    with pytest.raises(DataError, match=r"has no column sise\. Set inputs to some of size, kind, age, name"):
        opened(path, PETS, inputs="sise")


def test_parquet_gives_what_the_same_csv_gives(tmp_path: Path) -> None:
    columns = {"size": [1.0, 2.0, 3.0, 4.0], "kind": ["cat", "dog", None, "dog"], "age": [3, 4, 5, 6]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    text = "size,kind,age\n1,cat,3\n2,dog,4\n3,,5\n4,dog,6\n"
    rest = {"targets": "age", "target_as": "numbers", "validation": 0.0, "test": 0.0}
    written, same = opened(tmp_path / "t.parquet", **rest), opened(tmp_path / "t.csv", text, **rest)
    assert written.fields == same.fields
    assert all(column.equal(same.columns[name]) for name, column in written.columns.items())
    assert written.columns["target"].flatten().tolist() == [3, 4, 6]
    assert written.notes[0] == "1 row with a missing value was left out."


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"size,kind")
    with pytest.raises(DataError, match=r"t\.parquet cannot be read as Parquet: .* Write it anew"):
        opened(tmp_path / "t.parquet")


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.data.table_file.find_spec", lambda name: None)
    (tmp_path / "t.parquet").touch()
    with pytest.raises(DataError, match=r"Reading t\.parquet takes pyarrow, which is missing\. pip install pyarrow"):
        opened(tmp_path / "t.parquet")


def test_the_irises_are_told_apart(path: Path, tmp_path: Path) -> None:
    iris = load_iris()
    rows = [",".join(map(str, x)) + f",{iris.target_names[y]}" for x, y in zip(iris.data, iris.target, strict=True)]
    path.write_text("\n".join([",".join([*iris.feature_names, "species"]), *rows]))
    sketch = Sketch(features=Input("vector", (4,))).then(Linear(16), ReLU(), Linear(3)).judged("species")
    summary = trained(Network(sketch.drawn()), tmp_path / "runs", source=str(path))
    assert summary.test_accuracy is not None
    assert summary.test_accuracy > 0.85


# ---- time series


def test_a_window_of_rows_and_what_comes_after_it(path: Path) -> None:
    text = "day,a,b\n" + "".join(f"d{n},{n},{10 * n}\n" for n in range(20))
    data = opened(path, text, form="series", seq_length=3, horizon=2, targets="b", test=0.25, validation=0)
    assert [f.shape.axes for f in data.fields] == ["LC", "C"]
    assert data.columns["series"][4].tolist() == [[4, 40], [5, 50], [6, 60]]
    assert data.columns["next"][4].tolist() == [80]
    assert data.train.tolist() == list(range(15 - 4))
    assert data.columns["series"][data.test].min() == 15
    assert data.test.tolist() == [15]


def test_a_missing_measurement_is_as_the_one_before(path: Path) -> None:
    data = opened(path, 't\n1\n2\n""\n4\n5\n6\n', form="series", seq_length=2, test=0, validation=0)
    assert data.columns["series"][1].flatten().tolist() == [2, 2]
    assert data.notes[0] == "1 missing in column t: each is taken to be as the one before."


def test_a_measurement_that_is_no_number(path: Path) -> None:
    with pytest.raises(DataError, match="Column t holds “cold” in row 2, which is no number"):
        opened(path, "t,u\n1,1\ncold,2\n3,3\n", form="series", inputs="t")


@pytest.mark.skipif(not TEMPERATURES.is_file(), reason="the temperatures are not beside the project")
def test_an_lstm_beats_the_same_as_yesterday(tmp_path: Path) -> None:
    choice = {"source": str(TEMPERATURES), "form": "series", "seq_length": 14, "seq_step": 1}
    data = open_data(DataChoice.read(choice))
    series, following = Loader(data, ["series", "next"], torch.device("cpu")).batch(data.test)
    yesterday = (series[:, -1] - following).square().mean().item()
    sketch = Sketch(days=Input("sequence", ("L", 1))).then(lstm=LSTM(12), last=SelectLast(), fc=Linear(1))
    sketch.put("tomorrow", Output(), "fc").put("loss", MSELoss(), "fc")
    summary = trained(Network(sketch.drawn()), tmp_path, **choice)
    assert summary.test_metrics["mse"] < 0.85 * yesterday
    assert summary.test_metrics["r2"] > 0.5


# ---- NumPy files


def test_arrays_for_each_part_as_keras_has_them(tmp_path: Path) -> None:
    values = np.random.default_rng(0)
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=values.integers(0, 256, (20, 5, 4), np.uint8), y_train=np.arange(20) % 3,
             x_test=values.integers(0, 256, (6, 5, 4), np.uint8), y_test=np.arange(6) % 3)  # fmt: skip
    data = opened(path, validation=0.1)
    assert [(f.name, f.shape, f.is_target) for f in data.fields] == [("x", (1, 5, 4), False), ("y", (), True)]
    assert (len(data.train), len(data.validation), data.test.tolist()) == (18, 2, list(range(20, 26)))
    assert data.columns["x"].dtype == torch.uint8


def test_what_an_array_is_follows_from_its_axes_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, image=np.zeros((9, 6, 5, 3), np.float32), words=np.zeros((9, 7), np.int64),
             numbers=np.zeros((9, 4)), target=np.arange(9.0))  # fmt: skip
    shapes = {f.name: (tuple(f.shape), f.shape.axes, f.shape.values) for f in opened(path).fields}
    assert shapes == {
        "image": ((3, 6, 5), "CHW", "real"),
        "words": ((7,), "L", "index"),
        "numbers": ((4,), "C", "real"),
        "target": ((1,), "C", "real"),
    }


def test_one_array_without_a_target(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(10, 3)))
    data = opened(tmp_path / "a.npy")
    assert data.target is None
    assert data.fields[0].shape == (3,)


def test_bad_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.array([{}], dtype=object))
    with pytest.raises(DataError, match="holds Python objects, which could run code when they are read"):
        opened(path)
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DataError, match=r"cannot be read as a NumPy file.*Save it anew"):
        opened(path)
    np.savez(path, x=np.zeros((4, 2)), y=np.zeros(3))
    with pytest.raises(DataError, match=r"differ in how many samples they have \(train: x 4, y 3\)"):
        opened(path)


@pytest.mark.parametrize("kind", ["U", "S"])
def test_labels_may_be_words(tmp_path: Path, kind: str) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 2)), y=np.array(["dog", "cat", "dog", "hen"], dtype=kind))
    data = opened(tmp_path / "a.npz", validation=0, test=0)
    assert data.field("y").classes == ("cat", "dog", "hen")
    assert data.columns["y"].tolist() == [1, 0, 1, 2]


def test_samples_that_are_not_finite_are_left_out_and_named(tmp_path: Path) -> None:
    x, y = np.arange(12.0).reshape(6, 2), np.arange(6) % 2
    x[1, 0], x[4, 1], x[5, 0] = np.inf, np.nan, 1e300
    np.savez(tmp_path / "a.npz", x_train=x[:4], y_train=y[:4], x_test=x[2:], y_test=y[2:])
    data = opened(tmp_path / "a.npz", validation=0)
    assert data.columns["x"].tolist() == [[0, 1], [4, 5], [6, 7], [4, 5], [6, 7]]
    assert (data.train.tolist(), data.test.tolist()) == ([0, 1, 2], [3, 4])
    assert data.notes[0] == "3 samples with a number that is not finite were left out: 1 (x), 6 (x), 7 (x)."


# ---- what an export tells of them


def test_an_export_tells_how_to_bring_numbers_back(path: Path) -> None:
    path.write_text("x,y\n" + "".join(f"{n},{3 * n + 0.5}\n" for n in range(20)))
    sketch = Sketch(features=Input("vector", (1,))).then(fc=Linear(1))
    sketch.put("y", Output(), "fc").put("loss", MSELoss(), "fc")
    subject = Subject(Network(sketch.drawn(), data={"source": str(path), "test": 0}), path.parent)
    data, told = subject.dataset, subject.metadata()
    assert data is not None
    for name, prefix in (("features", ""), ("target", "target_")):
        values = data.columns[name][data.train].numpy()
        assert told[f"{prefix}mean"] == pytest.approx([values.mean()], rel=1e-5)
        assert told[f"{prefix}std"] == pytest.approx([values.std()], rel=1e-5)


def test_an_export_tells_the_characters(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("hello" * 40)
    network = DRAWINGS["char_rnn"]()
    subject = Subject(replace(network, data={**network.data, "source": "t.txt"}), tmp_path)
    assert subject.metadata()["vocabulary"] == ["e", "h", "l", "o"]
