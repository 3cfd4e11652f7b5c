"""Training memory of networks small enough to add up by hand. What is measured stands in tests/runtime."""

import pytest

from nodes.activation import ReLU, ReLU6, Sigmoid
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.infer import infer
from nodes.graph.memory import StepMemory, state_copies, step_memory
from nodes.graph.model import Graph, Link, Node
from nodes.graph.program import UnknownSizeError
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from nodes.normalization import BatchNorm1d, LayerNorm
from nodes.recurrent import LSTM
from nodes.spec.training import NodeTraining
from tests.nodes.drawing import chain

SGD = {"optimizer": "SGD", "momentum": 0}


def network(frozen: bool = False, **layers) -> Graph:
    """100 numbers -> layers -> a result, judged."""
    graph = chain(x=Input(kind="vector", size=(100,)), **layers)
    last, output = list(layers)[-1], list(layers.values())[-1].outputs()[0]
    graph = graph.with_node("y", Node(Output())).with_node("loss", Node(MSELoss()))
    for link in (Link(last, output, "y", "x"), Link(last, output, "loss", "prediction")):
        graph = graph.with_link(link)
    return graph.with_training("fc1", NodeTraining(frozen=frozen))


def memory(graph: Graph, recipe=SGD, **options) -> StepMemory:
    return step_memory(infer(graph), recipe, **options)


@pytest.mark.parametrize(
    ("recipe", "copies"),
    [(SGD, 0), ({"optimizer": "SGD", "momentum": 0.9}, 1), ({}, 1), ({"optimizer": "Adam"}, 2)],
)
def test_an_optimizer_remembers_so_many_numbers_for_each_weight(recipe, copies):
    assert state_copies(recipe) == copies
    assert memory(network(fc1=Linear(10)), recipe).optimizer_state == copies * 4 * 1010


def test_frozen_weights_have_neither_gradients_nor_a_state():
    graph = network(frozen=True, fc1=Linear(50), fc2=Linear(10))
    taken = memory(graph, {"optimizer": "Adam"}).at(1)
    assert taken.weights == 4 * (5050 + 510)
    assert taken.optimizer_state == 2 * 4 * 510
    assert taken.gradients <= 4 * 510


def test_buffers_are_two_averages_and_a_counter():
    assert memory(network(fc1=Linear(10), bn=BatchNorm1d())).buffers == 2 * 4 * 10 + 8


def test_inputs_are_counted_once_for_each_sample():
    assert memory(network(fc1=Linear(10))).at(8).inputs == 8 * 100 * 4


def test_a_value_that_two_sides_keep_is_held_once():
    """The sigmoid keeps its output, and the layer behind it its input: the same 1,000 numbers."""
    deep = memory(network(fc1=Linear(1000), s=Sigmoid(), fc2=Linear(1)))
    assert max(moment.kept for moment in deep.moments) < 2 * 4 * 1000


def test_an_activation_in_place_needs_no_value_of_its_own():
    layers = {"fc1": Linear(1000), "fc2": Linear(1000), "fc3": Linear(1)}
    beside, over = (
        memory(
            network(fc1=layers["fc1"], r=ReLU(inplace=flag), fc2=layers["fc2"], q=ReLU(inplace=flag), fc3=Linear(1))
        )
        for flag in (False, True)
    )
    assert over.at(1000).total <= beside.at(1000).total


@pytest.mark.parametrize(("settings", "copies"), [(ReLU(inplace=True), 0), (ReLU6(inplace=True), 1), (ReLU6(), 0)])
def test_an_input_that_is_overwritten_although_the_gradient_needs_it_is_copied(settings, copies):
    """PyTorch works the gradient of ReLU out from its result, that of ReLU6 from its input."""
    plain = memory(network(fc1=Linear(1000), fc2=Linear(1)))
    more = memory(network(fc1=Linear(1000), r=settings, fc2=Linear(1)))
    values = copies + (0 if settings.inplace else 1)  # beside what fc2 keeps anyway
    assert max(m.kept for m in more.moments) - max(m.kept for m in plain.moments) == values * 4 * 1000


def test_every_repetition_of_a_block_keeps_its_values():
    body = chain(a=Input(kind="vector", size=(100,)), fc=Linear(100), s=Sigmoid(), b=Output())
    kept = [
        max(m.kept for m in memory(network(fc1=Linear(100), block=Block("Step", body, repeat=n))).moments)
        for n in (1, 5)
    ]
    assert kept[1] - kept[0] == 4 * 4 * 100


def test_nothing_is_kept_of_what_comes_before_the_first_trained_weight():
    body = network(frozen=True, fc1=Linear(1000), s=Sigmoid(), fc2=Linear(10))
    assert max(moment.kept for moment in memory(body).moments) < 4 * 1000 + 4 * 100


def test_the_largest_batch_fits_and_the_next_does_not():
    step = memory(network(fc1=Linear(300), r=ReLU(), fc2=Linear(10)))
    room = 3_000_000
    largest = step.largest_batch(room)
    assert step.at(largest).total <= room < step.at(largest + 1).total


def test_where_not_even_the_weights_fit_there_is_no_batch():
    assert memory(network(fc1=Linear(300))).largest_batch(1000) == 0


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_values_of_half_the_width_take_half_and_a_copy_of_the_weights(precision: str):
    """Beside the 2,000 numbers that layers keep there is a narrow copy of the input."""
    graph = network(fc1=Linear(1000), s=Sigmoid(), fc2=Linear(1000), t=Sigmoid(), fc3=Linear(1))
    whole, half = memory(graph), memory(graph, {"precision": precision})
    assert half.weights == whole.weights * 3 // 2
    assert most_kept(whole) == 4 * (1000 + 1000)
    assert most_kept(half) == 2 * (100 + 1000 + 1000)


def test_mixed_precision_leaves_normalizations_and_what_they_read_as_they_are():
    body = chain(x=Input(kind="sequence", size=(10, 64)), n=LayerNorm(), fc=Linear(8), y=Output())
    whole, half = memory(body), memory(body, {"precision": "bf16"})
    assert half.weights - whole.weights == 2 * (64 * 8 + 8)  # of the linear layer alone
    assert half.at(1).kept > whole.at(1).kept // 2


@pytest.mark.parametrize("layers", [1, 4])
def test_a_stack_of_recurrent_layers_has_the_room_of_one(layers):
    graph = chain(x=Input(kind="sequence", size=(50, 64)), r=LSTM(64, num_layers=layers), y=Output())
    copies = 4 * 4 * 64 * (64 + 64)
    assert max(moment.room for moment in memory(graph).moments) == copies


def test_a_cross_entropy_needs_the_gradient_of_logarithms_beside_that_of_the_scores():
    graph = chain(x=Input(kind="sequence", size=(50, 64)), fc=Linear(10), loss=CrossEntropyLoss())
    assert max(moment.workspace for moment in memory(graph).moments) == 4 * 50 * 10


def most_kept(step: StepMemory) -> int:
    return max(moment.kept for moment in step.moments)


def test_unknown_sizes_are_asked_for_by_name():
    graph = chain(x=Input(kind="sequence", size=("L", 8)), fc1=Linear(4), y=Output())
    with pytest.raises(UnknownSizeError, match="The memory depends on L"):
        memory(graph)
    taken = [memory(graph, sizes={"L": n}).at(1).inputs for n in (10, 20)]
    assert taken == [320, 640]


def test_a_network_without_a_loss_is_taken_back_from_its_outputs():
    graph = chain(x=Input(kind="vector", size=(100,)), fc1=Linear(10), y=Output())
    assert memory(graph).at(1).gradients == 4 * 1010
