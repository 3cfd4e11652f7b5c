import re
import subprocess
import sys

import pytest
import torch

from nodes.activation import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.check import problems
from nodes.graph.infer import infer
from nodes.graph.model import Node
from nodes.graph.muting import with_muting
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from nodes.merge import Add, Concat
from nodes.pooling import MaxPool2d
from nodes.recurrent import LSTM
from nodes.reshape import Flatten
from runtime.compile import build, compile_text
from runtime.source import SourceError, class_name, forward_inputs, write_source
from tests.nodes.drawing import chain, joined
from tests.nodes.graph.test_infer import double_block, lenet


def with_loss(graph, prediction, **settings):
    return joined(
        graph.with_node("loss", Node(CrossEntropyLoss(**settings))), {f"{prediction}.output": "loss.prediction"}
    )


def residual():
    graph = chain(image=Input(size=(4, 8, 8)), conv=Conv2d(4, padding=(1, 1)), relu=ReLU())
    return joined(
        graph.with_node("add", Node(Add())).with_node("out", Node(Output())),
        {"relu.output": "add.x1", "image.output": "add.x2", "add.output": "out.x"},
    )


def test_inputs_are_found_where_nodes_feed_each_other_in_a_circle():
    graph = residual().with_node("other", Node(Add()))
    circle = joined(graph, {"other.output": "add.x3", "add.output": "other.x1", "relu.output": "other.x2"})
    assert forward_inputs(circle) == ("image",)


def test_the_source_reads_as_one_would_write_it():
    source = write_source(lenet(), "LeNet-5")
    assert source.class_name == "LeNet5"
    assert "        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)\n" in source.text
    assert "        x = self.conv1(image)  # 6 × 28 × 28\n" in source.text
    assert "        x = self.fc3(x)  # 10\n        return x\n" in source.text
    assert "netwright" not in re.sub(r'""".*?"""', "", source.text).lower()


def test_the_source_imports_only_torch(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(write_source(lenet(), "LeNet-5").text)
    code = "import model, torch; print(tuple(model.LeNet5()(torch.zeros(2, 1, 28, 28)).shape))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.strip() == "(2, 10)"


def test_weights_are_named_as_nodes_are():
    names = dict(build(lenet()).named_parameters())
    assert set(names) == {f"{n}.{w}" for n in ("conv1", "conv2", "fc1", "fc2", "fc3") for w in ("weight", "bias")}


def test_a_branch_keeps_its_value_until_it_is_added():
    module = build(residual())
    image = torch.randn(2, 4, 8, 8)
    assert torch.equal(module(image), torch.relu(module.conv(image)) + image)


def test_values_are_let_go_at_their_last_use():
    graph = chain(image=Input(size=(4, 8, 8)), a=Conv2d(4, padding=(1, 1)), b=Conv2d(4, padding=(1, 1)))
    graph = joined(
        graph.with_node("add", Node(Add())).with_node("c", Node(ReLU())).with_node("out", Node(Output())),
        {"a.output": "add.x1", "b.output": "add.x2", "add.output": "c.x", "c.output": "out.x"},
    )
    text = write_source(graph).text
    assert "del " in text
    assert build(graph)(torch.zeros(1, 4, 8, 8)).shape == (1, 4, 8, 8)


def test_losses_stay_out_of_forward_and_judge_the_output():
    graph = with_loss(lenet(), "fc3")
    source = write_source(graph, losses=True)
    assert source.needs_target
    assert source.losses == ("loss",)
    module, images, target = build(graph), torch.randn(4, 1, 28, 28), torch.tensor([1, 2, 3, 4])
    total, by_node = module.losses(images, target)
    assert torch.equal(total, torch.nn.functional.cross_entropy(module(images), target))
    assert torch.equal(by_node["loss"][1], module(images))
    assert "losses" not in write_source(graph).text


def test_the_total_is_the_weighted_sum():
    graph = with_loss(lenet(), "fc3").with_node("aux", Node(CrossEntropyLoss(weight=0.5)))
    module = build(joined(graph, {"fc3.output": "aux.prediction"}))
    total, by_node = module.losses(torch.randn(4, 1, 28, 28), torch.tensor([1, 2, 3, 4]))
    assert total.item() == pytest.approx(by_node["loss"][0].item() * 1.5)


def test_an_auxiliary_head_judges_a_value_that_is_no_output():
    graph = with_loss(lenet(), "fc3").with_node("aux", Node(CrossEntropyLoss()))
    graph = joined(graph, {"fc2.output": "aux.prediction"})
    _, by_node = build(graph).losses(torch.randn(4, 1, 28, 28), torch.tensor([1, 2, 3, 4]))
    assert by_node["aux"][1].shape == (4, 84)


def test_the_input_wired_to_the_target_makes_an_autoencoder():
    graph = chain(image=Input(size=(1, 8, 8)), conv=Conv2d(1, padding=(1, 1)), out=Output())
    graph = joined(
        graph.with_node("loss", Node(MSELoss())), {"conv.output": "loss.prediction", "image.output": "loss.target"}
    )
    assert not write_source(graph, losses=True).needs_target
    module, image = build(graph), torch.randn(2, 1, 8, 8)
    assert torch.equal(module.losses(image)[0], torch.nn.functional.mse_loss(module(image), image))


def test_equal_blocks_share_one_class_and_repeat():
    graph = chain(image=Input(size=(6, 8, 8)), one=double_block(), two=double_block(3), out=Output())
    text = write_source(graph).text
    assert text.count("class Double(nn.Module)") == 1
    assert "self.two = nn.Sequential(*(Double() for _ in range(3)))" in text
    assert build(graph)(torch.zeros(1, 6, 8, 8)).shape == (1, 6, 8, 8)


def test_one_body_at_two_sizes_is_two_classes():
    body = chain(a=Input(), flatten_to=Conv2d(6), b=Output())
    block = type(double_block())("Step", body)
    text = write_source(chain(image=Input(size=(3, 9, 9)), one=block, two=block, out=Output())).text
    assert "class Step(nn.Module)" in text
    assert "class Step2(nn.Module)" in text


def test_a_repeated_block_with_two_ways_through_keeps_the_one_nobody_reads_outside():
    body = chain(a=Input(), conv=Conv2d(3, (1, 1)), first=Output())
    body = joined(
        body.with_node("b", Node(Input())).with_node("relu", Node(ReLU())).with_node("second", Node(Output())),
        {"b.output": "relu.x", "relu.output": "second.x"},
    )
    block = Block("Pair", body, 3)
    graph = chain(image=Input(size=(3, 4, 4)), pair=block, out=Output())
    graph = joined(graph, {"image.output": "pair.b"})
    module, image = build(graph), torch.randn(2, 3, 4, 4)
    expected = image
    for layer in module.pair:
        expected = layer.conv(expected)
    assert torch.equal(module(image), expected)


def test_several_outputs_of_a_node_are_unpacked():
    graph = chain(words=Input(kind="sequence", size=("L", 8)), lstm=LSTM(16), out=Output())
    graph = joined(graph.with_node("state", Node(Output())), {"lstm.cell": "state.x"})
    sequence, state = build(graph)(torch.randn(2, 5, 8))
    assert sequence.shape == (2, 5, 16)
    assert state.shape[0] == 2


def test_several_pictures_meet_in_the_order_of_their_ports():
    graph = chain(image=Input(size=(2, 4, 4)), pool=MaxPool2d((1, 1)))
    graph = joined(
        graph.with_node("cat", Node(Concat()))
        .with_node("conv", Node(Conv2d(3, (1, 1))))
        .with_node("out", Node(Output())),
        {"pool.output": "conv.x", "conv.output": "cat.x1", "image.output": "cat.x2", "cat.output": "out.x"},
    )
    image = torch.randn(1, 2, 4, 4)
    assert torch.equal(build(graph)(image)[:, 3:], image)


def test_a_graph_with_a_mistake_has_no_source():
    with pytest.raises(SourceError, match="fc1 has nothing at its input x") as caught:
        write_source(lenet().without_links([lenet().incoming("fc1")["x"]]))
    assert caught.value.node == "fc1"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("LeNet-5 on digits", "LeNet5OnDigits"),
        ("3 layers", "Layers"),
        ("", "Network"),
        ('"""); evil()', "Evil"),
        ("class", "Class"),
    ],
)
def test_titles_become_class_names(title, name):
    assert class_name(title) == name
    source = write_source(lenet(), title)
    assert compile_text(source.text, source.class_name)


def test_lines_lead_from_a_node_to_its_source():
    source = write_source(lenet())
    lines = source.text.split("\n")
    assert all("conv2" in lines[number - 1] for number in source.lines["conv2"])
    assert len(source.lines["conv2"]) == 2


@pytest.mark.parametrize("name", ["Tensor", "dict", "range", "super", "tuple"])
def test_a_block_may_be_named_like_what_the_source_calls(name):
    body = chain(a=Input(kind="vector", size=(4,)), fc=Linear(4), o=Output())
    graph = chain(u=Input(kind="vector", size=(4,)), block=Block(name=name, body=body, repeat=2), y=Output())
    assert build(graph)(torch.ones(2, 4)).shape == (2, 4)
    assert f"class {name}2(nn.Module):" in write_source(graph).text


def test_a_loss_may_be_named_like_a_variable_of_the_source():
    graph = chain(series=Input(kind="sequence", size=(5, 4)), lstm=LSTM(hidden_size=4), y=Output())
    graph = graph.with_node("lstm_output", Node(MSELoss())).with_node("second", Node(MSELoss()))
    links = {
        "lstm.output": "lstm_output.prediction",
        "series.output": "lstm_output.target",
        "lstm.hidden": "second.prediction",
        "lstm.cell": "second.target",
    }
    _, parts = build(joined(graph, links)).losses(torch.ones(2, 5, 4))
    assert parts["lstm_output"][1].shape == (2, 5, 4)


@pytest.mark.parametrize("after", [ReLU, LeakyReLU, ELU, Dropout])
@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("before", [ReLU, LeakyReLU, ELU, Dropout, Sigmoid, Tanh, Softmax, LSTM, Linear, Flatten])
def test_what_works_in_place_trains_or_is_refused(before, inplace, after):
    first = before(inplace=True) if inplace and hasattr(before, "inplace") else before()
    graph = chain(
        series=Input(kind="sequence", size=(3, 4)),
        fc=Linear(4),
        first=first,
        second=after(inplace=True),
        loss=MSELoss(),
    )
    graph = graph.with_node("out", Node(Output())).with_node("more", Node(Linear(4)))
    graph = joined(graph, {"series.output": "more.x", "more.output": "out.x"})
    graph = joined(joined(graph, {"second.output": "loss.target"}), {"second.output": "loss.prediction"})
    refusals = [p.fact for p in problems(graph, infer(graph)) if p.severity == "error"]
    if refusals:
        assert "works in place" in refusals[0]
    else:
        build(graph).losses(torch.randn(2, 3, 4))[0].backward()


def test_a_muted_node_is_left_out_and_the_outputs_are_those_without_it():
    graph = chain(image=Input(size=(2, 8, 8)), conv=Conv2d(3), relu=ReLU(), pool=MaxPool2d(), scores=Output())
    without = chain(image=Input(size=(2, 8, 8)), conv=Conv2d(3), pool=MaxPool2d(), scores=Output())
    source = write_source(with_muting(graph, ["relu"]))
    assert source.text == write_source(without).text
    torch.manual_seed(1)
    muted = compile_text(source.text, source.class_name)()
    torch.manual_seed(1)
    plain = compile_text(write_source(without).text, "Network")()
    x = torch.randn(2, 2, 8, 8)
    assert torch.equal(muted(x), plain(x))
    assert muted(x).min() < 0
