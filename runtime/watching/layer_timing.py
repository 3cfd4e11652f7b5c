"""What each layer takes on the device: time forwards and backwards, memory of its results and weights."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from runtime.devices import device_title, on_threads
from runtime.out_of_place import out_of_place
from runtime.questions.stepwise import LayerTime
from runtime.stepwise.subject import Subject
from runtime.watching.watched_layers import WatchedLayer, watched_layers

WARM_UP, ROUNDS = 2, 7
SECONDS = 10.0


@dataclass(frozen=True)
class Timing:
    """The layers, and the step as a whole."""

    layers: list[LayerTime]
    batch_size: int
    device: str
    step_ms: float
    peak_bytes: int


@dataclass
class _Clock:
    """Begin and end of each layer in one round; a layer that is used several times has the sum."""

    is_gpu: bool
    forward: dict[str, float] = field(default_factory=dict)
    backward: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)

    def now(self) -> float:
        if self.is_gpu:
            torch.cuda.synchronize()
        return time.perf_counter()

    def hooks(self, layer: WatchedLayer) -> list[Any]:
        """Hooks of a layer; backwards its time runs from its output's gradient to the last of inputs and weights."""
        path = layer.path

        def before(_: Any, inputs: Any) -> None:
            self.began[path] = self.now()

        def after(_: Any, inputs: Any, output: Any) -> None:
            self.forward[path] = self.forward.get(path, 0.0) + self.now() - self.began[path]
            values = _tensors(output)
            self.outputs[path] = sum(value.nbytes for value in values)
            for value in values:
                if value.requires_grad:
                    value.register_hook(arrived)  # type: ignore[no-untyped-call]
            for value in _tensors(inputs):
                if value.requires_grad:
                    value.register_hook(left)  # type: ignore[no-untyped-call]

        def arrived(_: Tensor) -> None:
            self.arrived.setdefault(path, self.now())

        def left(_: Tensor) -> None:
            if path in self.arrived:
                self.backward[path] = self.now() - self.arrived[path]

        hooks: list[Any] = [layer.module.register_forward_pre_hook(before), layer.module.register_forward_hook(after)]
        weights: list[Any] = [weight for weight in layer.module.parameters() if weight.requires_grad]
        return hooks + [weight.register_post_accumulate_grad_hook(left) for weight in weights]


def _tensors(values: Any) -> list[Tensor]:
    several = values if isinstance(values, tuple) else (values,)
    return [value for value in several if isinstance(value, Tensor)]


def timed(subject: Subject, batch_size: int = 0) -> Timing:
    """The fastest of some steps, without moving the weights. Layers that need no gradient have no time backwards."""
    job = subject.job
    module = out_of_place(subject.module().train())  # hooks backwards do not go with work in place
    batch = subject.batch(batch_size or job.recipe.batch_size)
    layers = watched_layers(subject.network.graph, module)
    is_gpu = job.device.type == "cuda"
    rounds, steps = [], []
    patience = subject.patience.within(SECONDS)
    with on_threads(job.threads):
        for number in range(WARM_UP + ROUNDS):
            if number > WARM_UP and patience.is_over:
                break
            steps.append(_step(module, batch, _Clock(is_gpu)))
            clock = _Clock(is_gpu)
            handles = [handle for layer in layers for handle in clock.hooks(layer)]
            _step(module, batch, clock)
            for handle in handles:
                handle.remove()
            rounds.append(clock)
    return Timing(
        [_told(layer, rounds[WARM_UP:]) for layer in layers if layer.path in rounds[-1].forward],
        len(batch[0]),
        device_title(job.device),
        round(1e3 * min(steps[WARM_UP:]), 4),
        torch.cuda.max_memory_allocated(job.device) if is_gpu else 0,
    )


def _step(module: Any, batch: list[Tensor], clock: _Clock) -> float:
    began = clock.now()
    loss, _ = module.losses(*batch)
    loss.backward()
    seconds = clock.now() - began
    module.zero_grad(set_to_none=True)
    return seconds


def _told(layer: WatchedLayer, rounds: list[_Clock]) -> LayerTime:
    forward = min(clock.forward.get(layer.path, 0.0) for clock in rounds)
    backward = min(clock.backward.get(layer.path, 0.0) for clock in rounds)
    weights = sum(weight.nbytes for weight in layer.module.parameters())
    return LayerTime(
        layer.path,
        layer.node,
        round(1e3 * forward, 4),
        round(1e3 * backward, 4),
        rounds[-1].outputs.get(layer.path, 0),
        weights,
    )
