"""RNN, LSTM and GRU as the ONNX operators of the same names.

torch.export unrolls an RNN over the length of its example, and with it a length that should stay free.
For an export the layers are therefore exchanged for these stand-ins, which name the ONNX operator themselves.

ONNX has no LSTM with a projection P of its state. As the recurrent matrix R only ever meets P·h, an LSTM with the
recurrent matrix R·P keeps the state h itself, and P is applied to what it gives.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

Attribute = int | float | str | bool | Sequence[int] | Sequence[float] | Sequence[str] | Sequence[bool]

# The gates of one weight matrix stand in another order in ONNX: input, output, forget, cell and update, reset, new.
GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN_TANH": (0,), "RNN_RELU": (0,)}


def with_onnx_recurrence(module: nn.Module) -> nn.Module:
    """A copy in which every recurrent layer is a stand-in for an export."""
    exported = copy.deepcopy(module)
    for parent in list(exported.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.RNNBase):
                setattr(parent, name, OnnxRecurrent(child))
    return exported


class OnnxRecurrent(nn.Module):
    """Takes and returns what the layer it stands for does; it can be traced, not run."""

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.mode, self.hidden_size = layer.mode, layer.hidden_size
        self.num_layers, self.directions = layer.num_layers, 1 + layer.bidirectional
        self.batch_first, self.is_projected = layer.batch_first, layer.proj_size > 0
        self.skips_padding = type(layer).__name__ == "SkippingPadding"
        for number in range(layer.num_layers):
            for name, value in onnx_weights(layer, number).items():
                self.register_buffer(f"{name}{number}", value)

    def forward(self, x: Tensor, start: Tensor | tuple[Tensor, Tensor] | None = None) -> object:
        x = x.transpose(0, 1) if self.batch_first else x  # L × N × C, as ONNX has it
        starts = (start,) if isinstance(start, Tensor) else start or ()
        lengths, first = _real_steps(x) if self.skips_padding else (None, None)
        x = _turned(x, first)
        ends: list[list[Tensor]] = []
        for number in range(self.num_layers):
            part = slice(number * self.directions, (number + 1) * self.directions)
            x, *last = self._layer(x, number, self._full([state[part] for state in starts], number), lengths)
            ends.append(last)
        x = _turned(x, None if first is None else -first)
        output = x.transpose(0, 1) if self.batch_first else x
        states = tuple(torch.cat(parts) for parts in zip(*ends, strict=True))
        return output, states if len(states) > 1 else states[0]

    def _layer(self, x: Tensor, number: int, starts: list[Tensor], lengths: Tensor | None) -> list[Tensor]:
        length, batch, _ = x.shape
        operator = self.mode.removesuffix("_TANH").removesuffix("_RELU")
        weights = [getattr(self, f"{name}{number}") for name in ("input", "recurrent", "bias")]
        state = [self.directions, batch, self.hidden_size]
        states = [state] * (2 if operator == "LSTM" else 1)
        outputs = torch.onnx.ops.symbolic_multi_out(
            operator,
            [x, *weights, lengths, *starts],  # None: every sequence is as long as the batch
            self._attributes(operator),
            dtypes=[x.dtype] * (1 + len(states)),
            shapes=[[length, *state], *states],
        )
        result, hidden, *cell = self._projected(outputs, number)
        width = self.directions * result.shape[-1]
        return [result.permute(0, 2, 1, 3).reshape(length, batch, width), hidden, *cell]

    def _projected(self, outputs: Sequence[Tensor], number: int) -> Sequence[Tensor]:
        """All steps (L × directions × N × hidden) and the last state, brought down to the projection's size."""
        if not self.is_projected:
            return outputs
        projection = getattr(self, f"projection{number}")
        return [outputs[0] @ projection, outputs[1] @ projection, *outputs[2:]]

    def _full(self, starts: list[Tensor], number: int) -> list[Tensor]:
        """A first state that the projection would bring down to the given one."""
        if not (self.is_projected and starts):
            return starts
        return [starts[0] @ getattr(self, f"unprojection{number}"), *starts[1:]]

    def _attributes(self, operator: str) -> dict[str, Attribute]:
        attributes: dict[str, Attribute] = {
            "hidden_size": self.hidden_size,
            "direction": "bidirectional" if self.directions == 2 else "forward",
        }
        if operator == "RNN":
            attributes["activations"] = ["Relu" if self.mode == "RNN_RELU" else "Tanh"] * self.directions
        if operator == "GRU":
            attributes["linear_before_reset"] = 1  # as PyTorch: the reset gate comes after the matrix product
        return attributes


def _real_steps(x: Tensor) -> tuple[Tensor, Tensor]:
    """Of sequences L × N × C: how many steps from the first to the last that is not all 0, and the first one."""
    real = x.ne(0).any(2).int()
    first, behind = real.argmax(0), _last(x) + 1 - real.flip(0).argmax(0)
    return torch.where(real.amax(0) > 0, behind - first, 1).int(), first


def _turned(x: Tensor, first: Tensor | None) -> Tensor:
    """With another step of each sequence in front; what was before it comes last."""
    if first is None:
        return x
    places, last = torch.arange(x.shape[0], device=x.device)[:, None] + first, _last(x)
    places = torch.where(places > last, places - last - 1, torch.where(places < 0, places + last + 1, places))
    return x.gather(0, places[:, :, None].expand_as(x))


def _last(x: Tensor) -> Tensor:
    """The number of the last step, as a tensor: a length that stays open is no number that ONNX could be given."""
    return torch.arange(x.shape[0], device=x.device)[-1]


def onnx_weights(layer: nn.RNNBase, number: int) -> dict[str, Tensor]:
    """The three matrices of one layer in ONNX's order of gates, the directions stacked."""
    suffixes = [f"_l{number}{way}" for way in ("", "_reverse")[: 1 + layer.bidirectional]]

    def stacked(name: str) -> Tensor:
        return torch.stack([_reordered(getattr(layer, name + s).detach(), layer.mode) for s in suffixes])

    weights = {"input": stacked("weight_ih"), "recurrent": stacked("weight_hh")}
    if layer.bias:
        bias = torch.cat([stacked("bias_ih"), stacked("bias_hh")], dim=1)
    else:
        bias = weights["input"].new_zeros(len(suffixes), 2 * weights["input"].shape[1])
    weights["bias"] = bias
    if layer.proj_size:
        down = torch.stack([getattr(layer, "weight_hr" + s).detach() for s in suffixes])  # directions × proj × hidden
        weights["recurrent"] = weights["recurrent"] @ down
        weights["projection"] = down.transpose(1, 2).contiguous()
        weights["unprojection"] = torch.linalg.pinv(down).transpose(1, 2).contiguous()
    return weights


def _reordered(value: Tensor, mode: str) -> Tensor:
    gates = value.chunk(len(GATES[mode]))
    return torch.cat([gates[index] for index in GATES[mode]])
