"""States of recurrent layers that are carried from one piece of a text or series to the next.

The generated source stays as it is: while states are carried, each recurrent layer whose first state is not wired is
given the state that it ended with before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from runtime.data.dataset import DataSet
from runtime.runs import TrainingError

SHARED = "OverTime"  # the layer that applies a block to every step by itself: there is nothing to carry in it
PIECES = ("characters", "series")  # forms of data whose samples follow each other


class CarriedStates:
    """The last states of a module's recurrent layers, cut off from the gradients of the piece that made them."""

    def __init__(self, module: nn.Module) -> None:
        apart = [f"{name}." for name, one in module.named_modules() if type(one).__name__ == SHARED]
        self._layers = {
            name: layer
            for name, layer in module.named_modules()
            if isinstance(layer, nn.RNNBase) and not name.startswith(tuple(apart))
        }
        self._states: dict[str, tuple[Tensor, ...]] = {}
        self._wired: set[str] = set()

    @property
    def layers(self) -> Mapping[str, nn.RNNBase]:
        """Those that could carry a state, by name; the ones with a wired first state among them."""
        return self._layers

    @contextmanager
    def carried(self) -> Iterator[None]:
        """While it lasts, every pass through the module goes on from the one before."""
        handles = []
        for name, layer in self._layers.items():
            handles.append(layer.register_forward_pre_hook(partial(self._give, name)))
            handles.append(layer.register_forward_hook(partial(self._keep, name)))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def forget(self) -> None:
        """The next piece begins with zeros."""
        self._states.clear()

    def memory(self) -> dict[str, Tensor]:
        return {f"{name}.{number}": s for name, states in self._states.items() for number, s in enumerate(states)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        self.forget()
        for name, layer in self._layers.items():
            states = [tensors[key] for number in range(2) if (key := f"{name}.{number}") in tensors]
            if states:
                weight = next(layer.parameters())
                self._states[name] = tuple(state.to(weight.device) for state in states)

    def _give(self, name: str, layer: nn.Module, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if len(values) > 1:
            self._wired.add(name)
            return None
        [x] = values
        states = self._states.get(name)
        if states is None or states[0].shape[1] < len(x):
            return None
        first = tuple(state.narrow(1, 0, len(x)).contiguous() for state in states)  # layers × N × hidden
        return x, first if len(first) > 1 else first[0]

    def _keep(self, name: str, layer: nn.Module, values: tuple[Any, ...], result: tuple[Tensor, Any]) -> None:
        if name in self._wired:
            return
        last = result[1]
        self._states[name] = tuple(s.detach() for s in (last if isinstance(last, tuple) else (last,)))


def consecutive(rows: Tensor, batch_size: int) -> Tensor:
    """Rows in the order of batches whose every row follows the one that had its place in the batch before.

    As many equal stretches as there are rows in a batch are read side by side; the first ones are a row longer where
    that does not come out even, so that the last batch is shorter.
    """
    whole, rest = divmod(len(rows), batch_size)
    stretches = torch.arange(batch_size, device=rows.device)
    starts = stretches * whole + stretches.clamp(max=rest)
    steps = starts + torch.arange(whole, device=rows.device)[:, None]  # step × stretch
    last = starts[:rest] + whole
    return rows[torch.cat([steps.flatten(), last])]


def require_carrying(states: CarriedStates, data: DataSet) -> None:
    """Raises TrainingError where nothing can be carried: for the layers, or for the data."""
    off = "or turn carry_state off"
    if not states.layers:
        raise TrainingError(
            "carry_state is on, but the network has no recurrent layer that could carry a state.",
            f"Add an RNN, LSTM or GRU, {off}.",
        )
    for name, layer in states.layers.items():
        if layer.bidirectional:
            raise TrainingError(
                f"{name} also reads backwards, so that no state can be carried on.",
                f"Turn bidirectional off in it, {off}.",
                name.partition(".")[0],
            )
    choice = data.choice
    if choice.reads_as not in PIECES:
        raise TrainingError(
            f"carry_state is on, but the samples of {choice.source} do not follow each other.",
            "Choose a text by character or a time series, " + off + ".",
        )
    step = choice.seq_step or (1 if choice.reads_as == "series" else choice.seq_length)
    if step != choice.seq_length:
        raise TrainingError(
            f"carry_state is on, but pieces of {choice.seq_length} begin every {step}.",
            f"Set seq_step of the data to {choice.seq_length}, {off}.",
        )
