"""The example networks against published figures."""

import re
from itertools import combinations

import pytest

from nodes.block import Block
from nodes.graph.check import problems
from nodes.graph.files import read
from nodes.graph.infer import Inference, infer
from nodes.graph.layout import NODE_WIDTH, node_height
from nodes.spec.sizes import as_size
from runtime.data.choice import DataChoice
from runtime.recipe import Recipe
from tests.networks.drawings import FOLDER, index
from tests.networks.drawn import DRAWINGS
from tests.networks.drawn.basics import digits, mlp
from tests.networks.drawn.recurrent import char_lstm

each_drawing = pytest.mark.parametrize("name", DRAWINGS)


def inferred(name: str) -> Inference:
    return infer(DRAWINGS[name]().graph)


@each_drawing
def test_the_file_holds_the_drawing(name: str) -> None:
    """Run ``python -m tests.networks.drawings`` after changing one."""
    opened = read((FOLDER / f"{name}.netw").read_bytes())
    assert not opened.faults
    assert opened.network == DRAWINGS[name]()


def test_there_is_a_drawing_for_every_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.netw")} == set(DRAWINGS)


def test_the_index_lists_every_drawing() -> None:
    assert (FOLDER / "index.json").read_bytes() == index()


@each_drawing
def test_the_network_is_without_problems(name: str) -> None:
    assert [p for p in problems(DRAWINGS[name]().graph, inferred(name)) if p.severity != "remark"] == []


REMAINDERS = {"highway": {"pool3"}, "squeezenet1_0": {"conv1"}, "squeezenet1_1": {"conv1"}}
"""Where the published sizes leave a row and a column that no filter reaches: 7 by 2, 224 by 2."""


@each_drawing
def test_nothing_is_remarked_but_published_remainders(name: str) -> None:
    remarked = {p.node for p in problems(DRAWINGS[name]().graph, inferred(name))}
    assert remarked == REMAINDERS.get(name, set())


@each_drawing
def test_data_and_recipe_are_understood(name: str) -> None:
    network = DRAWINGS[name]()
    assert Recipe.read(network.recipe).written().items() >= dict(network.recipe).items()
    assert DataChoice.read(network.data).written().items() >= dict(network.data).items()


WEIGHTS = {
    "lenet5": 61_706,
    "alexnet": 60_965_224,
    "alexnet_one_tower": 61_100_840,
    "zfnet": 107_627_624,  # worked out for the maps of table 2: the paper gives no number
    "nin": 966_986,
    "vgg11": 132_863_336,
    "vgg11_lrn": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16_c": 133_638_952,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "googlenet": 13_004_888,
    "inception_v3": 27_161_264,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "wide_resnet50_2": 68_883_240,
    "resnext50_32x4d": 25_028_904,
    "senet50": 28_088_024,
    "resnet20": 269_722,
    "resnet56": 853_018,
    "resnet110": 1_727_962,
    "preact_resnet164": 1_703_258,
    "wide_resnet28_10": 36_479_194,
    "stochastic_resnet110": 1_727_962,
    "highway": 151_178,
    "plain34": 21_623_848,
    "fcn8s": 134_489_759,  # the paper: 134 M
    "densenet121": 7_978_856,
    "densenet201": 20_013_928,
    "squeezenet1_0": 1_248_424,
    "squeezenet1_1": 1_235_496,
    "mobilenet_v2": 3_504_872,
    "fcn_resnet50": 35_322_218,
}
PUBLISHED_MULTIPLY_ADDS = {  # in 10⁹; the papers count only part of them or round, so within 10 %
    "resnet18": 1.8,
    "resnet34": 3.6,
    "plain34": 3.6,
    "resnet50": 3.8,
    "resnet101": 7.6,
    "resnet152": 11.3,
    "resnext50_32x4d": 4.2,
    "senet50": 3.87,
    "inception_v3": 5.7,
    "mobilenet_v2": 0.3,
    "alexnet_one_tower": 0.71,
    "vgg16": 15.5,
    "vgg19": 19.6,
    "googlenet": 1.5,
}


@pytest.mark.parametrize(("name", "weights"), WEIGHTS.items())
def test_as_many_weights_as_published(name: str, weights: int) -> None:
    assert inferred(name).totals.weights == weights


@pytest.mark.parametrize(("name", "billions"), PUBLISHED_MULTIPLY_ADDS.items())
def test_as_many_multiply_adds_as_published(name: str, billions: float) -> None:
    assert inferred(name).totals.multiply_adds == pytest.approx(billions * 1e9, rel=0.1)


def test_a_plain_network_lacks_only_the_projections_of_the_residual_one() -> None:
    """1 × 1 with batch normalisation: (64·128 + 256) + (128·256 + 512) + (256·512 + 1024)."""
    lacking = inferred("resnet34").totals.weights - inferred("plain34").totals.weights
    assert lacking == 8_448 + 33_280 + 132_096


def test_vgg16_by_layer_as_in_the_lectures() -> None:
    """Weights without biases."""
    facts = inferred("vgg16").facts
    kernels = [f.weights["weight"].known_numel for f in facts.values() if f.weights]
    assert kernels == [
        *(1_728, 36_864, 73_728, 147_456, 294_912, 589_824, 589_824, 1_179_648, 2_359_296, 2_359_296),
        *(2_359_296, 2_359_296, 2_359_296, 102_760_448, 16_777_216, 4_096_000),
    ]


def test_vgg16_holds_15_million_numbers_for_a_picture() -> None:
    """What the lectures list layer by layer; their sum of 24 M (93 MB) is larger than their list."""
    facts = inferred("vgg16").facts
    kinds = ("image", "conv", "pool", "fc")
    numbers = [f.outputs["output"].known_numel for name, f in facts.items() if name.startswith(kinds)]
    assert sum(numbers) == 15_237_608


def test_alexnet_begins_as_the_paper_says() -> None:
    """55 × 55 × 96 from 227 × 227, and 6 × 6 × 256 before the first fully connected layer."""
    facts = inferred("alexnet").facts
    assert facts["conv1"].outputs["output"] == (96, 55, 55)
    assert facts["conv1"].weight_count == 34_944
    assert facts["pool5"].outputs["output"] == (256, 6, 6)


def test_half_of_the_deepest_blocks_are_skipped() -> None:
    stages = [inferred("stochastic_resnet110").graph.nodes[f"stage{n}"].settings for n in (1, 2, 3)]
    chances = [n.settings.p for stage in stages for name, n in stage.body.nodes.items() if name.startswith("skip")]
    assert len(chances) == 54
    assert chances == sorted(chances)
    assert (chances[0], chances[-1]) == (0.0093, 0.5)


YEAR = re.compile(r"\b(19[5-9]\d|20[0-2]\d)\b")
FIGURE = re.compile(r"\d (%|M|k|weights|nats|errors|· 10⁹)|= [−\d]")


@each_drawing
def test_the_notes_name_their_source_and_a_figure_in_a_paragraph(name: str) -> None:
    """Who and when, and how large it is, how well it does or, of a computational graph, what comes out."""
    notes = DRAWINGS[name]().notes
    assert len(notes) > 150
    assert notes.endswith(".")
    assert YEAR.search(notes)
    assert FIGURE.search(notes)


@each_drawing
def test_the_notes_tell_the_weights_that_are_drawn(name: str) -> None:
    """Where they say “Here: 61 706 weights”."""
    for count in re.findall(r"Here: ([\d ]+) weights", DRAWINGS[name]().notes):
        assert int(count.replace(" ", "")) == inferred(name).totals.weights


@each_drawing
def test_nothing_overlaps_on_the_canvas(name: str) -> None:
    """The network's own drawing and the body of each of its blocks."""
    waiting = [DRAWINGS[name]().graph]
    while waiting:
        graph = waiting.pop()
        places = [(node.x, node.y, node_height(graph, one)) for one, node in graph.nodes.items()]
        for (ax, ay, height), (bx, by, other) in combinations(places, 2):
            assert abs(ax - bx) >= NODE_WIDTH or by >= ay + height or ay >= by + other
        waiting += [n.settings.body for n in graph.nodes.values() if isinstance(n.settings, Block)]


def test_resnet50_has_the_multiply_adds_of_torchvision() -> None:
    totals = inferred("resnet50").totals
    assert totals.multiply_adds == 4_089_184_256


def test_resnet50_ends_in_2048_maps_of_7x7() -> None:
    facts = inferred("resnet50").facts
    assert facts["rest4"].outputs["result"] == (2048, 7, 7)


def test_digits_counts() -> None:
    weights = {name: facts.weight_count for name, facts in infer(digits().graph).facts.items() if facts.weights}
    assert weights == {"conv1": 144, "bn1": 32, "conv2": 4_608, "bn2": 64, "fc1": 5_130}


def test_a_character_model_works_for_any_length() -> None:
    facts = infer(char_lstm().graph).facts
    assert facts["next_char"].outputs["output"] == (as_size("L"), 65)
    assert facts["lstm"].weight_count == 4 * 256 * (64 + 256 + 2)


def test_the_perceptron_has_2_410_weights() -> None:
    assert infer(mlp().graph).totals.weights == 65 * 32 + 33 * 10
