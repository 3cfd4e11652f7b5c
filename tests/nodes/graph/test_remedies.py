import re
from pathlib import Path

import pytest

import nodes
import resources
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.catalogue import catalogue
from nodes.conv import Conv2d
from nodes.graph.check import problems
from nodes.graph.files import load
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.graph.problem import REASONS
from nodes.graph.remedies import remedies
from nodes.linear import Linear
from nodes.merge import Add
from nodes.pooling import MaxPool2d
from nodes.spec.shapes import Shape
from tests.nodes.drawing import chain
from tests.nodes.graph.faulty import FAULTY, UNSHOWN, branched, made, sound, unpooled

BLOCKS = Path(resources.__file__).parent / "blocks"
CASES = [pytest.param(kind, make, id=f"{kind}-{n}") for kind, makes in FAULTY.items() for n, make in enumerate(makes)]


def found(faulty, graph=None):
    graph = faulty.graph if graph is None else graph
    return problems(graph, infer(graph), faulty.data, faulty.batch)


def of_kind(faulty, kind):
    return [p for p in found(faulty) if p.kind == kind and (not faulty.node or p.node == faulty.node)]


@pytest.mark.parametrize(("kind", "make"), CASES)
def test_the_network_shows_its_problem_with_a_reason(kind, make):
    shown = of_kind(make(), kind)
    assert shown
    assert {problem.reason for problem in shown} == {REASONS[kind]}
    assert all(problem.fact and (problem.remedy or problem.severity == "remark") for problem in shown)


@pytest.mark.parametrize(("kind", "make"), CASES)
def test_each_remedy_removes_the_problem(kind, make):
    faulty = make()
    problem = of_kind(faulty, kind)[0]
    offered = remedies(faulty.graph, infer(faulty.graph), problem, faulty.data, faulty.batch)
    assert 1 <= len(offered) <= 3
    assert len({remedy.text for remedy in offered}) == len(offered)
    for remedy in offered:
        left = found(faulty, remedy.graph)
        assert not [p for p in left if (p.kind, p.node) == (kind, problem.node)], remedy.text
        assert not [p for p in left if p.severity == "error" and p.node == problem.node], remedy.text


def test_every_kind_of_problem_is_shown_or_left_out_for_a_reason():
    assert FAULTY.keys() | UNSHOWN.keys() == REASONS.keys()
    assert not FAULTY.keys() & UNSHOWN.keys()


def test_every_kind_that_the_sources_name_has_a_reason():
    sources = [path.read_text("utf-8") for path in Path(nodes.__file__).parent.rglob("*.py")]
    named = {kind for text in sources for kind in re.findall(r'\bkind="([a-z0-9-]+)"', text)}
    told = r'told\(\s*"(?:error|warning|remark)",\s*[^,]+,\s*"([a-z-]+)"'
    named |= {kind for text in sources for kind in re.findall(told, text)}
    assert len(named) > 25
    assert named <= REASONS.keys()


def offered(kind, number=0):
    faulty = FAULTY[kind][number]()
    problem = of_kind(faulty, kind)[0]
    return remedies(faulty.graph, infer(faulty.graph), problem, faulty.data, faulty.batch)


def test_a_flatten_or_a_global_average_before_a_linear_with_their_prices():
    flatten, average = offered("rank")[:2]
    assert (flatten.text, flatten.price) == ("Insert Flatten before fc1", "+0 weights")
    assert average.text == "Insert GlobalAvgPool before fc1"
    assert average.price == "−64 k weights"  # (16·20·20 − 16) · 10 = 63 840 fewer than behind the Flatten


def test_a_projection_on_the_shortcut():
    first = offered("sizes")[0]
    assert first.text == "Put a 1×1 convolution with stride 2 on the shortcut"
    assert first.price == "+128 weights"  # 8 · 16, without bias
    assert first.graph.nodes["conv1"].settings.stride == (2, 2)


def test_a_projection_inside_a_block_has_the_price_of_its_weights():
    block = load(BLOCKS / "basic.netw").network.graph.nodes["basic1"].settings
    wide = {"conv1": {"out_channels": 128, "stride": (2, 2)}, "conv2": {"out_channels": 128}}
    body = block.body
    for name, changes in wide.items():
        body = body.with_settings(name, body.nodes[name].settings.replaced(**changes))
    graph = sound(image=Input(size=(64, 16, 16)), basic1=Block("Basic", body))
    first = remedies(graph, infer(graph), problems(graph, infer(graph))[0])[0]
    assert first.text == "Inside basic1: Put a 1×1 convolution with stride 2 on the shortcut"
    assert first.price == "+8.2 k weights"  # 64 · 128, without bias


def test_an_edit_inside_a_repeated_block_costs_as_often_as_it_is_repeated():
    body = chain(a=Input(size=(4, 8, 8)), conv=Conv2d(6, (1, 1), bias=False), last=Conv2d(6, (1, 1)), b=Output())
    graph = sound(image=Input(size=(4, 8, 8)), part=Block(body=body, repeat=3))
    (problem,) = (p for p in problems(graph, infer(graph)) if p.kind == "repeat")
    prices = {remedy.text: remedy.price for remedy in remedies(graph, infer(graph), problem)}
    assert prices["Inside part: Set out_channels of last to 4"] == "−42 weights"  # 3 · (6 + 1) · 2


def test_a_layer_that_was_known_before_has_the_price_of_its_change():
    graph = branched(Add(), Linear(6), x=Input("vector", (4,)), fc=Linear(4))
    problem = next(p for p in problems(graph, infer(graph)) if p.kind == "sizes")
    prices = {remedy.text: remedy.price for remedy in remedies(graph, infer(graph), problem)}
    assert prices["Set out_features of one to 4"] == "−10 weights"  # 4 · 4 + 4 in place of 4 · 6 + 6


def test_a_padding_further_up_the_branch_lets_the_branches_meet():
    branch = {"conv1": Conv2d(4, (5, 5)), "act": ReLU(), "conv2": Conv2d(4, (1, 1))}
    graph = chain(image=Input(size=(4, 8, 8)), **branch, add=Add(), y=Output())
    graph = graph.with_link(Link("image", "output", "add", "x2"))
    texts = [remedy.text for remedy in remedies(graph, infer(graph), problems(graph, infer(graph))[0])]
    assert "Set padding of conv1 to 2" in texts


def test_settings_are_set_in_words():
    assert offered("kernel")[0].text == "Set padding of conv to 1"
    assert offered("overwritten")[0].text == "Turn off inplace of one"


def test_a_bias_that_is_not_needed_saves_its_weights():
    assert offered("bias-before-norm")[0].price == "−4 weights"


def test_a_remedy_inside_a_block_edits_its_body():
    first = offered("overwritten", 1)[0]
    assert first.text == "Inside one: Turn off inplace of act"
    assert first.graph.nodes["one"].settings.body.nodes["act"].settings.inplace is False


@pytest.mark.parametrize(
    ("kind", "number", "texts"),
    [
        ("softmax-before-loss", 2, ["Connect loss to fc", "Replace loss by BCELoss"]),
        ("softmax-before-loss", 4, ["Remove act"]),
        ("softmax-before-loss", 5, ["Inside part: Remove act"]),
        ("log-softmax-missing", 2, ["Replace act by LogSoftmax", "Insert Log before loss"]),
        ("log-softmax-missing", 4, ["Inside part: Replace act by LogSoftmax", "Insert Log before loss"]),
        ("target", 0, ["Replace loss by CrossEntropyLoss"]),
        ("target", 1, ["Replace loss by CrossEntropyLoss"]),
        ("target", 2, ["Connect image to the target of loss"]),
        ("target", 3, ["Replace loss by CrossEntropyLoss and set out_features of fc to 10"]),
        ("target", 6, ["Set out_features of fc to 5"]),
        ("target", 7, ["Insert Upsample before loss"]),
        ("sigmoid-missing", 0, ["Replace loss by BCEWithLogitsLoss", "Insert Sigmoid before loss"]),
    ],
)
def test_a_loss_gets_the_numbers_it_expects(kind, number, texts):
    found = [remedy.text for remedy in offered(kind, number)]
    assert [text for text in texts if text not in found] == []


def test_what_a_softmax_before_a_loss_is_called_tells_where_it_lies():
    faulty = FAULTY["softmax-before-loss"][5]()
    (problem,) = of_kind(faulty, "softmax-before-loss")
    assert problem.fact == "CrossEntropyLoss takes scores as they come, but part.act is a Softmax."
    assert problem.remedy == "Remove part.act."


def test_a_problem_that_is_gone_has_no_remedies():
    faulty = FAULTY["kernel"][0]()
    problem = of_kind(faulty, "kernel")[0]
    mended = offered("kernel")[0].graph
    assert remedies(mended, infer(mended), problem) == ()


def test_a_layer_for_pictures_goes_over_the_steps_of_a_sequence_of_them():
    graph = sound(film=Input("images", (4, 3, 16, 16)), conv=Conv2d(8))
    first = remedies(graph, infer(graph), problems(graph, infer(graph))[0])[0]
    assert (first.text, first.price) == ("Put conv into a block that goes over time", "+0 weights")
    assert infer(first.graph).facts["eachstep1"].outputs["result"] == Shape(4, 8, 14, 14, axes="LCHW")


INPUTS = (
    Input("image", (3, 16, 16)),
    Input("vector", (12,)),
    Input("sequence", (9, 4)),
    Input("indices", (9,)),
    Input("signal", (6, 20)),
    Input("images", (4, 3, 16, 16)),
    Input("volume", (2, 8, 8, 8)),
    Input("map", (16, 16)),
    Input("index", ()),
    Input("number", ()),
)


WITHOUT_REMEDY = {
    ("ctc_loss", "map"),  # steps of what?
    *(("python_code", one.kind) for one in INPUTS),  # a button asks for its shape
    *(("block", one.kind) for one in INPUTS),  # there is nothing inside yet
}


def fed(settings, given):
    """A node with an Input at its first port and an Output behind it, unless it is a loss."""
    graph = Graph({"x": Node(given), "layer": Node(settings, 252)})
    ports, outputs = graph.input_ports("layer", spare=True), settings.outputs()
    if ports:
        graph = graph.with_link(Link("x", "output", "layer", ports[0].name))
    if outputs and not settings.is_loss:
        graph = graph.with_node("y", Node(Output(), 504)).with_link(Link("layer", outputs[0], "y", "x"))
    return graph


@pytest.mark.parametrize("declared", catalogue(), ids=lambda t: t.type_id)
def test_each_value_that_does_not_suit_a_layer_has_a_remedy(declared):
    for given in (one for one in INPUTS if (declared.type_id, one.kind) not in WITHOUT_REMEDY):
        graph = fed(declared(), given)
        inference = infer(graph)
        error = inference.facts["layer"].error
        found = [p for p in problems(graph, inference) if p.node == "layer" and error and p.fact.endswith(error.fact)]
        assert [p for p in found if not remedies(graph, inference, p)] == []


@pytest.mark.parametrize("declared", catalogue(), ids=lambda t: t.type_id)
def test_what_is_offered_for_a_value_that_does_not_suit_a_layer_does_mend_it(declared):
    for given in INPUTS:
        graph = fed(declared(), given)
        for problem in problems(graph, infer(graph)):
            for remedy in remedies(graph, infer(graph), problem):
                left = problems(remedy.graph, infer(remedy.graph))
                assert remedy.price
                assert len(alike(left, problem)) < len(alike(problems(graph, infer(graph)), problem)), remedy.text
                if problem.kind not in ("unwired", "boxes"):  # of several inputs without a link one is mended
                    assert not [p for p in left if p.severity == "error" and p.node == problem.node], remedy.text


@pytest.mark.parametrize(
    ("settings", "given", "text"),
    [
        (Conv2d(8), Input("sequence", (9, 4)), "Insert Permute before layer and replace layer by Conv1d"),
        (Conv2d(8), Input("vector", (12,)), "Replace layer by Linear"),
        (Conv2d(8), Input("indices", (9,)), "Insert Embedding and Permute before layer and replace layer by Conv1d"),
        (made("conv1d"), Input("images", (4, 3, 16, 16)), "Replace layer by Conv2d in a block that goes over time"),
        (made("embedding"), Input("image", (3, 16, 16)), "Remove layer"),
        (made("reshape", size=(16, 5, -1)), Input("image", (3, 16, 16)), "Set size of layer to 16 × 1 × −1"),
        (made("squeeze"), Input("image", (3, 16, 16)), "Replace layer by Mean"),
        (made("crop"), Input("image", (3, 16, 16)), "Set size of layer to 16"),
        (made("giou_loss"), Input("image", (3, 16, 16)), "Insert Flatten and Linear before layer"),
    ],
    ids=lambda value: getattr(value, "type_id", getattr(value, "kind", None)),
)
def test_the_mend_that_the_sentence_names_is_offered(settings, given, text):
    graph = fed(settings, given)
    inference = infer(graph)
    problem = next(p for p in problems(graph, inference) if p.node == "layer")
    assert text in [remedy.text for remedy in remedies(graph, inference, problem)]


def test_unpooling_without_indices_takes_those_of_its_pooling():
    graph = unpooled().without_links([Link("pool", "indices", "unpool", "indices")])
    graph = graph.with_settings("pool", MaxPool2d())
    inference = infer(graph)
    problem = next(p for p in problems(graph, inference) if p.kind == "unwired")
    first = remedies(graph, inference, problem)[0]
    assert first.text == "Take the indices of pool"
    assert first.graph.nodes["pool"].settings.return_indices


def test_a_first_state_that_does_not_fit_can_be_left_open():
    graph = chain(words=Input("sequence", (9, 4)), lstm=made("lstm", hidden_size=8, num_layers=2), out=Output())
    graph = graph.with_node("state", Node(Input("sequence", (2, 5))))
    for port in ("initial", "initial_cell"):
        graph = graph.with_link(Link("state", "output", "lstm", port))
    inference = infer(graph)
    problem = next(p for p in problems(graph, inference) if p.node == "lstm")
    assert "Leave initial and initial_cell of lstm open" in [r.text for r in remedies(graph, inference, problem)]


def alike(found, problem):
    return [p for p in found if (p.kind, p.node, p.within) == (problem.kind, problem.node, problem.within)]


def test_a_layer_with_nothing_before_it_is_connected_through_what_makes_the_value_suit():
    graph = chain(image=Input(size=(1, 6, 6)), pool1=MaxPool2d(2)).with_node("fc1", Node(Linear(10)))
    inference = infer(graph)
    (problem,) = (p for p in problems(graph, inference) if p.kind == "unwired")
    first = remedies(graph, inference, problem)[0]
    assert first.text == "Connect pool1 to fc1 through Flatten"
    assert infer(first.graph).facts["fc1"].inputs == {"x": (9,)}


def test_what_is_inserted_gets_room_between_its_neighbours():
    graph = chain(image=Input(size=(1, 6, 6)), pool1=MaxPool2d(2), fc1=Linear(10), relu1=ReLU())
    graph = graph.moved({name: (252.0 * place, 0.0) for place, name in enumerate(graph.nodes)})
    inference = infer(graph)
    (problem,) = (p for p in problems(graph, inference) if p.node == "fc1")
    mended = remedies(graph, inference, problem)[0].graph
    places = {name: (node.x / 252, node.y) for name, node in mended.nodes.items()}
    assert places == {"image": (0, 0), "pool1": (1, 0), "flatten1": (2, 0), "fc1": (3, 0), "relu1": (4, 0)}


def test_a_block_that_lacks_one_of_its_values_is_mended_from_outside():
    body = chain(a=Input(size=(4, 6, 6)), sum=Add(), out=Output()).with_node("b", Node(Input(size=(4, 6, 6))))
    block = Block(body=body.with_link(Link("b", "output", "sum", "x2")))
    graph = chain(image=Input(size=(4, 6, 6)), block1=block)
    inference = infer(graph)
    (problem,) = (p for p in problems(graph, inference) if p.kind == "unwired")
    assert remedies(graph, inference, problem)[0].text == "Connect image to block1"


def test_a_port_of_a_block_is_renamed_with_its_links():
    """Two inputs of a body whose names are alike, mended from outside."""
    body = Graph().with_node("a", Node(Input("vector", (4,)))).with_node("A", Node(Input("vector", (4,))))
    body = body.with_node("sum", Node(Add())).with_node("out", Node(Output()))
    for source, port in (("a", "x1"), ("A", "x2")):
        body = body.with_link(Link(source, "output", "sum", port))
    body = body.with_link(Link("sum", "output", "out", "x"))
    graph = Graph().with_node("x", Node(Input("vector", (4,)))).with_node("part", Node(Block("Part", body)))
    for port in ("a", "A"):
        graph = graph.with_link(Link("x", "output", "part", port))
    graph = graph.with_node("y", Node(Output())).with_link(Link("part", "out", "y", "x"))
    inference = infer(graph)
    (problem,) = (p for p in problems(graph, inference) if p.kind == "alike-names")
    found = remedies(graph, inference, problem)
    assert found
    assert len(found[0].graph.links) == len(graph.links)
