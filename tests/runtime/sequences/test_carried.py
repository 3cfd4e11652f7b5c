"""States that are carried from piece to piece: the order of the pieces, the loss, what refuses them, resumption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nodes.graph.files import load
from nodes.recurrent import GRU, LSTM, RNN
from nodes.spec.node_type import NodeType
from runtime.compile import build
from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from runtime.runs import Entry, Noted, Progress, Stop, TrainingError, Validated, read_entries, revise_run, send
from runtime.sequences.carried import CarriedStates, consecutive
from runtime.train import train
from tests.runtime.networks import digits_run
from tests.runtime.sequences.networks import text_of, text_run


def test_every_row_follows_the_one_at_its_place_in_the_batch_before() -> None:
    assert consecutive(torch.arange(12), 3).view(4, 3).tolist() == [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7, 11]]


def test_what_does_not_come_out_even_makes_a_shorter_last_batch() -> None:
    assert consecutive(torch.arange(11), 3).tolist() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7]
    assert consecutive(torch.arange(2), 3).tolist() == [0, 1]


@pytest.mark.parametrize("layer", [RNN(8), GRU(8, num_layers=2), LSTM(8)], ids=lambda one: one.torch_name)
def test_a_text_read_in_pieces_gives_what_it_gives_as_a_whole(layer: NodeType, tmp_path: Path) -> None:
    network = load(text_run(tmp_path, text_of(60), layer=layer) / "network.netw").network
    module = build(network.graph)
    text = torch.randint(8, (2, 12))
    states = CarriedStates(module)
    with torch.no_grad(), states.carried():
        pieces = [module(text[:, start : start + 4]) for start in (0, 4, 8)]
    whole = module(text)
    assert torch.allclose(torch.cat(pieces, 1), whole, atol=1e-6)
    assert not torch.allclose(module(text[:, 8:]), whole[:, 8:], atol=1e-3)  # no longer carried


def losses(entries: list[Entry]) -> list[float]:
    return [loss for entry in entries if isinstance(entry, Progress) for loss in entry.loss]


def by_hand(run: Path, steps: int) -> list[float]:
    """Truncated backpropagation through time, written out for one GRU, with plain SGD."""
    network = load(run / "network.netw").network
    data = open_data(DataChoice.read(network.data))
    torch.manual_seed(0)
    module: Any = build(network.graph)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    order = consecutive(data.train, 4)
    state: Tensor | None = None
    found = []
    for step in range(steps):
        rows = order[4 * step : 4 * step + 4]
        output, last = module.rnn(module.embed(data.columns["text"][rows].long()), state)
        loss = functional.cross_entropy(module.fc(output).movedim(2, 1), data.columns["next"][rows].long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        state = last.detach()
        found.append(loss.item())
    return found


def test_the_losses_are_those_of_a_loop_by_hand(tmp_path: Path) -> None:
    run = text_run(
        tmp_path, text_of(240), carry_state=True, optimizer="SGD", learning_rate=0.1, momentum=0.0, epochs=1
    )
    train(run)
    ours = losses(read_entries(run)[0])
    assert len(ours) == 8  # 33 pieces: the last batch of one is left out
    assert ours == pytest.approx(by_hand(run, 8), abs=1e-6)


def test_a_stopped_run_goes_on_with_the_very_states_it_had(tmp_path: Path) -> None:
    whole, halved = (
        text_run(tmp_path / name, text_of(500), layer=LSTM(8), carry_state=True, epochs=3) for name in "ab"
    )
    train(whole)
    send(halved, Stop())  # it ends after its first step, in the midst of an epoch
    assert train(halved).reason == "stopped"
    train(halved, resume=True)
    first, second = (read_entries(run)[0] for run in (whole, halved))
    assert losses(first) == losses(second)
    ended = [{(e.step, e.part): e.loss for e in entries if isinstance(e, Validated)} for entries in (first, second)]
    assert ended[0].items() <= ended[1].items()


def test_validation_reads_on_too_and_leaves_the_training_as_it_was(tmp_path: Path) -> None:
    often, seldom = (
        text_run(tmp_path / unit, text_of(300), carry_state=True, validate_unit=unit) for unit in ("steps", "epochs")
    )
    train(often)
    train(seldom)
    assert losses(read_entries(often)[0]) == losses(read_entries(seldom)[0])


def test_a_layer_with_a_wired_first_state_is_left_alone() -> None:
    class Wired(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.GRU(3, 4, batch_first=True)

        def forward(self, x: Tensor, first: Tensor) -> Tensor:
            output: Tensor = self.rnn(x, first)[0]
            return output

    module, x, first = Wired(), torch.randn(2, 5, 3), torch.randn(1, 2, 4)
    with CarriedStates(module).carried():
        assert torch.equal(module(x, first), module(x, first))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"layer": GRU(8, bidirectional=True)}, "rnn also reads backwards"),
        ({"seq_step": 2}, r"pieces of 5 begin every 2\. Set seq_step of the data to 5"),
    ],
)
def test_what_cannot_carry_says_so(changes: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    step = changes.pop("seq_step", None)
    run = text_run(tmp_path, text_of(300), carry_state=True, **changes)
    if step:
        revise_run(run, [f"data.seq_step={step}"])
    with pytest.raises(TrainingError, match=sentence):
        train(run)


def test_steps_that_carry_a_state_are_not_compiled_and_it_is_said(tmp_path: Path) -> None:
    run = text_run(tmp_path, text_of(240), carry_state=True, compile="on", epochs=1)
    train(run)
    notes = [entry.sentence for entry in read_entries(run)[0] if isinstance(entry, Noted)]
    assert notes == ["Steps that carry a state are not compiled: torch.compile is left out."]


def test_pictures_have_nothing_to_carry(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no recurrent layer that could carry"):
        train(digits_run(tmp_path, carry_state=True))
