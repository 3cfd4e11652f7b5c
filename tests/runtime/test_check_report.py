"""What check and nodes print: for people, for programs, and quickly."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

import resources
from nodes.boundary import Input, Output
from nodes.catalogue import catalogue
from nodes.graph.files import load
from nodes.graph.model import Network, Node
from nodes.linear import Linear
from nodes.reshape import Flatten
from runtime import catalogue_pages, check_report
from runtime.faults import RefusalError
from runtime.machine import available_in, free_memory
from tests.nodes.drawing import chain
from tests.nodes.graph.faulty import FAULTY
from tests.runtime.networks import digits_graph

NETWORKS = Path(resources.__file__).parent / "networks"


def report(network: Network) -> check_report.Check:
    return check_report.checked(network)


def printed(check: check_report.Check, width: int = 200, *, every: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width)
    check_report.print_check(console, check, every=every)
    return console.file.getvalue()


@pytest.fixture
def digits() -> check_report.Check:
    return report(Network(digits_graph(), recipe={"batch_size": 32, "optimizer": "Adam"}))


def test_vgg16_is_printed_as_the_lectures_write_it():
    lines = printed(report(load(NETWORKS / "vgg16.netw").network)).splitlines()
    convolutions = [line.split()[1] for line in lines if "CONV3-" in line]
    assert convolutions == [f"CONV3-{n}" for n in (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)]
    assert any("7*7*512*4096 = 102,760,448" in line for line in lines)
    assert sum(line.split()[1] == "FC" for line in lines if len(line.split()) > 1) == 3


def test_both_sums_of_vgg16_are_explained():
    """The lectures write 24 M numbers and 93 MB; the lines, there as here, add up to 15.2 M."""
    text = " ".join(printed(report(load(NETWORKS / "vgg16.netw").network), 80).split())
    assert "Memory: 15.2M * 4 bytes ≈ 58.1 MiB" in text
    assert "write 24 M numbers, 93 MB, below their table of this network, but the lines of that table add up" in text
    assert "to 15.2 M numbers of 4 bytes, which is 61 MB or 58 MiB" in text
    assert 4 * 15_237_608 == pytest.approx(61e6, rel=0.01) == pytest.approx(58 * 2**20, rel=0.01)


def test_notes_are_wrapped_and_cannot_steer_the_terminal():
    network = Network(digits_graph(), notes="Two\nlines \x1b[2J[bold]and more[/bold]. " + 30 * "word ")
    lines = printed(report(network), 80).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("Notes:"))
    assert lines[first].startswith("Notes:    Two lines [2J[bold]and more[/bold]. word")
    assert lines[first + 1].startswith("          word")
    assert max(map(len, lines[first:])) <= 80
    assert "Notes:" not in printed(report(network), every=True)
    assert "Notes:" not in printed(report(Network(digits_graph())))


def test_training_memory_is_told_for_the_precision_of_the_recipe():
    told = {}
    for precision in ("fp32", "bf16"):
        check = report(Network(digits_graph(), recipe={"batch_size": 512, "precision": precision}))
        told[precision] = check_report.as_json(check)["training"]
        assert ("at batch 512 in bf16 (" in printed(check)) is (precision == "bf16")
    assert told["bf16"]["weights_bytes"] == told["fp32"]["weights_bytes"] * 3 // 2
    assert told["bf16"]["largest_batch_size"] > told["fp32"]["largest_batch_size"]


def test_a_narrow_terminal_gets_fewer_columns(digits):
    assert "Sees" in printed(digits, 200).splitlines()[0]
    assert "Sees" not in printed(digits, 60).splitlines()[0]


def test_every_layer_and_the_totals_are_listed(digits):
    lines = printed(digits, every=True).splitlines()
    names = [line.split()[0] for line in lines[1 : 2 + len(digits.rows)]]
    assert names == ["image", "conv", "relu", "flatten", "dropout", "fc", *names[6:8], "Total"]


def test_training_memory_and_the_largest_batch_are_told(digits):
    line = next(line for line in printed(digits).splitlines() if line.startswith("Training:"))
    assert " at batch 32 (weights 5.8 KiB" in line
    assert "at most batch" in line


def test_the_json_names_units_and_holds_every_layer(digits):
    told = json.loads(json.dumps(check_report.as_json(digits)))
    training = told["training"]
    parts = ("weights", "gradients", "optimizer_state", "buffers", "inputs", "kept", "passing", "workspace")
    assert training["total_bytes"] == sum(training[f"{part}_bytes"] for part in parts)
    assert training["optimizer_state_bytes"] == 2 * 4 * 1490
    assert training["largest_batch_size"] > 32
    assert told["multiply_adds"] == 36 * 36 + 1440
    assert told["flops"] == sum(told["flops_by_kind"].values())
    assert all(layer["flops"] == sum(layer["flops_by_kind"].values()) for layer in told["layers"])
    assert [layer["name"] for layer in told["layers"]] == [row.path for row in digits.rows]


def test_problems_have_their_place_their_reason_and_remedies_with_prices():
    check = report(Network(FAULTY["bias-before-norm"][1]().graph))
    told = json.loads(json.dumps(check_report.as_json(check)))["problems"]
    (problem,) = (one for one in told if one["kind"] == "bias-before-norm")
    assert (problem["node"], problem["within"]) == ("part", ["conv"])
    assert problem["reason"].startswith("The normalization subtracts the mean")
    assert problem["remedies"] == [{"text": "Inside part: Turn off bias of conv", "price": "−4 weights"}]
    lines = printed(check).splitlines()
    place = lines.index(f"remark: {problem['fact']} {problem['remedy']}")
    assert lines[place + 1] == "  → Inside part: Turn off bias of conv: −4 weights"


def test_sizes_that_are_not_known_are_named():
    graph = chain(x=Input(kind="sequence", size=("L", 8)), fc1=Linear(4), y=Output())
    check = report(Network(graph))
    assert "The memory depends on L. Give the Input numbers to see it." in printed(check)
    assert check_report.as_json(check)["training"]["unknown_sizes"] == ["L"]


def test_csv_and_markdown(digits):
    csv = check_report.as_text(digits, "csv", every=False).splitlines()
    assert csv[0].startswith("name,type,output,weights,trainable_weights,frozen_weights,multiply_adds,flops,")
    assert len(csv) == 1 + len(digits.rows) + 1
    assert "| fc | Linear | 10 | 1450 | 1440 | 40 | everything |" in check_report.as_text(
        digits, "markdown", every=False
    )


def test_a_large_table_is_printed_whole():
    file = io.StringIO()
    rows = [("Name", "Weights")] + [(f"stage1.{n}.conv", str(n)) for n in range(20_000)]
    check_report.print_table(Console(file=file, width=200), rows)
    assert len(file.getvalue().splitlines()) == 20_001


def test_free_memory_is_read_from_linux_in_its_unit():
    assert available_in("MemTotal:  100 kB\nMemAvailable:     42 kB\n") == 42 * 1024
    assert available_in("MemTotal: 100 kB\n") is None
    found = free_memory()
    assert found is not None
    assert found > 2**20


@pytest.mark.parametrize("declared", catalogue(), ids=lambda declared: declared.type_id)
def test_every_node_type_has_a_page(declared):
    console = Console(file=io.StringIO(), width=200)
    catalogue_pages.print_page(console, declared)
    assert declared.headline() in console.file.getvalue()
    told = json.loads(json.dumps(catalogue_pages.as_json(declared)))
    assert all(setting["doc"] for setting in told["settings"].values())


def test_a_page_shows_settings_ranges_weights_and_source():
    console = Console(file=io.StringIO(), width=200)
    catalogue_pages.print_page(console, catalogue_pages.find("Conv2d"))
    page = console.file.getvalue()
    for part in ("1 … 1023 px", "zeros, reflect", "(3·3·3 + 1) · 32 = 896", "nn.Conv2d(3, 32, 3)", "3 × 32 × 32 -> "):
        assert part in page


def test_an_unknown_node_type_is_refused_with_those_that_come_close():
    with pytest.raises(RefusalError, match=r"There is no node type conv\. Close to it: .*conv2d"):
        catalogue_pages.find("conv")


def test_no_training_is_reckoned_for_what_cannot_be_trained() -> None:
    unwired = chain(image=Input(size=(1, 8, 8)), flat=Flatten()).with_node("fc", Node(Linear(10)))
    nothing = chain(image=Input(size=(1, 8, 8)), flat=Flatten(), out=Output())
    for graph in (unwired, nothing):
        assert "Training:" not in printed(report(Network(graph)))
    assert "0 FLOPs / sample" in printed(report(Network(nothing)))


@pytest.mark.parametrize(
    ("type_id", "line"),
    [
        ("matmul", "x1 @ x2"),
        ("select_step", "x[:, 0]"),
        ("cross_entropy_loss", "F.cross_entropy(prediction, target)"),
        ("conv2d", "nn.Conv2d(3, 32, 3)"),
    ],
)
def test_a_page_shows_how_the_source_uses_the_node(type_id: str, line: str) -> None:
    declared = next(t for t in catalogue() if t.type_id == type_id)
    assert catalogue_pages.as_json(declared)["example"]["source"] == line
