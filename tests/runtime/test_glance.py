import gzip
import struct
import subprocess
import sys

import pytest

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.graph.files import save
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.reshape import Flatten
from nodes.spec.shapes import Shape
from runtime.commands import run
from runtime.data.choice import DataChoice
from runtime.data.forms import TOY, TOYS
from runtime.data.glance import glance
from runtime.data.open import open_data
from tests.nodes.drawing import chain


def write_idx(folder, compressed):
    images = struct.pack(">4B3I", 0, 0, 8, 3, 2, 3, 4) + bytes(24)
    labels = struct.pack(">4B1I", 0, 0, 8, 1, 2) + bytes([0, 6])
    for name, content in (("images-idx3", images), ("labels-idx1", labels)):
        if compressed:
            (folder / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(content))
        else:
            (folder / f"train-{name}-ubyte").write_bytes(content)


def test_a_glance_at_the_digits_sees_what_opening_them_sees():
    seen, opened = glance({"source": "digits"}, None), open_data(DataChoice())
    assert seen.fields == {field.name: field.shape for field in opened.fields}
    assert seen.classes == len(opened.target.classes)
    assert seen.target == opened.target.name


@pytest.mark.parametrize("compressed", [True, False])
def test_a_glance_at_idx_files_reads_their_headers(tmp_path, compressed):
    write_idx(tmp_path, compressed)
    seen = glance({"source": tmp_path.name}, tmp_path.parent)
    assert seen.fields["image"] == Shape(1, 3, 4)
    assert seen.classes == 7


@pytest.mark.parametrize("source", ["", "nowhere", 5, None, "a\0b", "~nobody-of-that-name/x"])
def test_what_cannot_be_seen_is_not_known(tmp_path, source):
    assert glance({"source": source}, tmp_path) is None


def test_a_damaged_file_is_not_known(tmp_path):
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8bno")
    assert glance({"source": str(tmp_path)}, tmp_path) is None


def test_a_glance_needs_no_torch():
    code = "import runtime.data.glance, sys; print('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
    )


def test_check_compares_with_the_data(tmp_path, capsys):
    graph = chain(image=Input(size=(1, 8, 8)), flat=Flatten(), fc=Linear(5), act=ReLU(), loss=CrossEntropyLoss())
    path = tmp_path / "net.netw"
    joined = chain(image=Input(size=(1, 8, 8)), flat=Flatten(), fc=Linear(5), result=Output())
    for name in ("act", "loss"):
        joined = joined.with_node(name, graph.nodes[name])
    for link in graph.links[2:]:
        joined = joined.with_link(link)
    save(Network(joined, data={"source": "digits"}), path)
    assert run(["check", str(path)]) == 1
    assert "The network gives 5 scores (fc) but the data has 10 classes." in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("above", [".", "train"])
def test_a_glance_at_a_folder_for_each_class_counts_the_classes(tmp_path, above):
    for name in ("cat", "dog", ".hidden"):
        (tmp_path / above / name).mkdir(parents=True)
    assert glance({"source": str(tmp_path)}, tmp_path).classes == 2


def test_the_digits_that_nobody_chose_are_told_from_those_that_were():
    assert glance({}, None).is_chosen is False
    assert glance({"source": "digits"}, None).is_chosen is True


@pytest.mark.parametrize("name", TOYS)
def test_a_glance_at_a_toy_sees_what_making_it_gives(name):
    seen, made = glance({"source": TOY + name}, None), open_data(DataChoice(source=TOY + name))
    assert seen.fields == {field.name: field.shape for field in made.fields}
    assert seen.classes == len(made.target.classes)


def test_a_glance_sees_the_noise_that_comes_with_the_samples():
    choice = {"source": "toy:ring", "noise": 5}
    made = open_data(DataChoice.read(choice))
    assert glance(choice, None).fields == {field.name: field.shape for field in made.fields}


def test_a_glance_at_a_ready_set_fetches_nothing():
    seen = glance({"source": "torchvision:CIFAR100"}, None)
    assert (seen.fields["image"], seen.classes) == (Shape(3, 32, 32), 100)
    assert glance({"source": "torchvision:Mnist"}, None) is None
    assert glance({"source": "toy:moon"}, None) is None


def test_a_glance_at_a_text_counts_the_characters_of_its_training_part(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abc" * 30 + "xyz" * 10)
    assert glance({"source": "text.txt"}, tmp_path).classes == 3
    assert glance({"source": "text.txt", "test": 0, "validation": 0}, tmp_path).classes == 6
    path.write_bytes(b"\xff\xfe")
    assert glance({"source": "text.txt"}, tmp_path) is None
