"""The lectures' table of VGG-16, and the other forms of the layer table."""

import pytest

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.analysis import layers, total
from nodes.graph.columns import COLUMNS, USUAL, as_csv, as_markdown, column, exact_table
from nodes.graph.figures import field, percent
from nodes.graph.infer import Receptive, infer
from nodes.graph.lecture import lecture, short
from nodes.linear import Linear
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.shapes import Shape
from nodes.spec.sums import every_weight_sum
from tests.nodes.drawing import chain


def vgg16():
    """Configuration D of Simonyan & Zisserman 2015, in place where the paper says nothing."""
    nodes = {"image": Input(size=(3, 224, 224))}
    for stage, (channels, depth) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), start=1):
        for number in range(1, depth + 1):
            nodes[f"conv{stage}_{number}"] = Conv2d(channels, padding=(1, 1))
            nodes[f"relu{stage}_{number}"] = ReLU(inplace=True)
        nodes[f"pool{stage}"] = MaxPool2d()
    nodes["flatten"] = Flatten()
    for number, features in ((6, 4096), (7, 4096), (8, 1000)):
        nodes[f"fc{number}"] = Linear(features)
    return chain(**nodes, label=Output())


@pytest.fixture(scope="module")
def table():
    return lecture(layers(infer(vgg16())))


LINES = [
    ("image", "INPUT", "[224×224×3]", "224*224*3 = 151K", "0"),
    ("conv1_1", "CONV3-64", "[224×224×64]", "224*224*64 = 3.2M", "(3*3*3)*64 = 1,728"),
    ("conv1_2", "CONV3-64", "[224×224×64]", "224*224*64 = 3.2M", "(3*3*64)*64 = 36,864"),
    ("pool1", "POOL2", "[112×112×64]", "112*112*64 = 803K", "0"),
    ("conv2_1", "CONV3-128", "[112×112×128]", "112*112*128 = 1.6M", "(3*3*64)*128 = 73,728"),
    ("conv2_2", "CONV3-128", "[112×112×128]", "112*112*128 = 1.6M", "(3*3*128)*128 = 147,456"),
    ("conv3_1", "CONV3-256", "[56×56×256]", "56*56*256 = 803K", "(3*3*128)*256 = 294,912"),
    ("conv3_3", "CONV3-256", "[56×56×256]", "56*56*256 = 803K", "(3*3*256)*256 = 589,824"),
    ("conv4_1", "CONV3-512", "[28×28×512]", "28*28*512 = 401K", "(3*3*256)*512 = 1,179,648"),
    ("conv5_3", "CONV3-512", "[14×14×512]", "14*14*512 = 100K", "(3*3*512)*512 = 2,359,296"),
    ("pool5", "POOL2", "[7×7×512]", "7*7*512 = 25K", "0"),
    ("fc6", "FC", "[1×1×4096]", "4096", "7*7*512*4096 = 102,760,448"),
    ("fc7", "FC", "[1×1×4096]", "4096", "4096*4096 = 16,777,216"),
    ("fc8", "FC", "[1×1×1000]", "1000", "4096*1000 = 4,096,000"),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_vgg16_by_layer_as_the_lectures_write_it(table, line):
    cells = {row.path: row.cells for row in table.rows}
    assert cells[line[0]] == line[1:]


def test_vgg16_has_22_lines(table):
    assert len(table.rows) == 1 + 13 + 5 + 3


def test_the_totals_are_the_sums_of_the_lines(table):
    memory, weights = table.totals
    assert memory == "15.2M * 4 bytes ≈ 58.1 MiB / sample (forward)"
    assert weights.replace("\u202f", "") == "138344128 weights and 13416 biases or scales = 138357544"


@pytest.mark.parametrize(
    ("count", "text"), [(3_211_264, "3.2M"), (802_816, "803K"), (4096, "4096"), (138_000_000, "138M")]
)
def test_large_counts_are_shortened(count, text):
    assert short(count) == text


def test_all_weights_of_a_layer_are_summed_up_shape_by_shape():
    assert every_weight_sum([Shape(64), Shape(64)]) == "64 + 64 = 128"
    assert every_weight_sum([Shape(1, 16, 768, axes="???")]) == "1·16·768 = 12\u202f288"
    assert every_weight_sum([Shape(1)]) == "1"
    assert every_weight_sum([Shape(2)] * 4) == "8"


def test_a_receptive_field_is_told_with_its_step_and_start():
    assert field(Receptive((99, 99), (8, 8), (-45.0, -45.0))) == "99 px · step 8 · start −45"
    assert field(Receptive((3, 5), (1, 1), (0.0, -1.0))) == "3×5 px · step 1 · start 0×−1"


@pytest.mark.parametrize(
    ("part", "text"), [(0.0, "0 %"), (0.0004, "< 0.1 %"), (0.004, "0.4 %"), (0.12, "12 %"), (1.0, "100 %")]
)
def test_shares_are_told_as_precisely_as_matters(part, text):
    assert percent(part) == text


def linear_rows():
    return layers(infer(chain(x=Input(kind="vector", size=(64,)), fc=Linear(10))))


def test_every_column_has_a_number_and_a_text_for_every_layer():
    rows = linear_rows()
    costs = total(rows)
    shown = {one.key: one.shown(rows[1], costs) for one in COLUMNS}
    assert shown["weights"] == "650"
    assert shown["flops"] == "1\u202f280"
    assert shown["weights_share"] == "100 %"
    assert shown["sees"] == "everything"


def test_csv_and_markdown_hold_plain_numbers_and_end_with_the_totals():
    rows = linear_rows()
    lines = exact_table([column(key) for key in USUAL], rows, total(rows))
    assert as_csv(lines).splitlines()[0] == "name,type,output,weights,multiply_adds,memory_bytes,sees"
    assert as_csv(lines).splitlines()[-1] == "total,,,650,640,296,"
    assert "| fc | Linear | 10 | 650 | 640 | 40 | everything |" in as_markdown(lines, [False] * 7)


def test_a_comma_in_a_cell_is_quoted():
    assert as_csv([["a, b", 'say "x"']]) == '"a, b","say ""x"""'
