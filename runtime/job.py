"""What a training works with, made from a run folder: module, optimizer, data and how they fit together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from nodes.graph.heads import head_nodes, thawed
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Network
from runtime.augmentation.augmenter import Augmenter, make_augmenter
from runtime.augmentation.crops import Crops, make_crops
from runtime.augmentation.suits import notes_on, require_suitable
from runtime.compile import build
from runtime.data.balance import balanced, balanced_order, note_on
from runtime.data.binding import Binding, bind
from runtime.data.choice import DataChoice
from runtime.data.dataset import NOISE, DataSet
from runtime.data.loader import Change, Loader, epoch_order
from runtime.data.open import open_data
from runtime.data.suited import require_ranges, suited
from runtime.devices import autocast_of, thread_count
from runtime.meter import Guesses
from runtime.metrics import Task, require_metric, task_of
from runtime.optimizers import make_optimizer
from runtime.recipe import Recipe
from runtime.recipe_parts.augmentation import SAMPLING, UNBALANCED
from runtime.recipe_parts.transfer import ALL
from runtime.runs import TrainingError
from runtime.sequences.carried import consecutive
from runtime.sequences.sentences import WritingPlan, writing_plan
from runtime.team import team
from runtime.vain_settings import vain_settings


@dataclass(frozen=True)
class Job:
    """A network and its data on one device, ready for the first step."""

    recipe: Recipe
    device: torch.device
    data: DataSet
    binding: Binding
    module: Any  # an nn.Module with the generated method ``losses``
    optimizer: Optimizer
    loader: Loader
    threads: int
    is_summed: bool  # a loss grows with the batch, so that only batches of one size compare
    task: Task | None  # what is measured beside the loss
    autocast: Callable[[], AbstractContextManager[None]] | None  # for a forward pass in fewer bits
    network: Network
    writing: WritingPlan | None = None  # how it writes sentences, where it does

    @property
    def epoch_steps(self) -> int:
        """Batches in an epoch."""
        return self.recipe.epoch_steps(len(self.data.train))

    @property
    def multiply_adds(self) -> int | None:
        """Of one sample forward; None where the network is drawn for unknown sizes."""
        found = infer(self.network.graph).totals.multiply_adds
        return found if isinstance(found, int) else None

    def order(self, epoch: int) -> Tensor:
        """The training rows as the batches of an epoch take them, where the columns lie."""
        if self.recipe.carry_state:
            return self.loader.rows(consecutive(self.data.train, self.recipe.batch_size))
        if self.augmenter:
            self.augmenter.epoch = epoch
        if self.recipe.balancing == SAMPLING:
            return self.loader.rows(balanced_order(self.data, self.recipe.seed, epoch))
        return self.loader.rows(epoch_order(self.data.train, self.recipe.seed, epoch))

    @cached_property
    def augmenter(self) -> Augmenter | None:
        """What varies training samples; None where nothing does."""
        return make_augmenter(self.recipe, self.recipe.seed, self.data, self.binding.fields, self.device)

    @cached_property
    def crops(self) -> Crops | None:
        """The views of test pictures; None where they are looked at once."""
        return make_crops(self.recipe, self.task, [self.data.field(name) for name in self.binding.fields])

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of settings in vain, varied samples and balanced classes."""
        balancing, fields = self.recipe.balancing, [self.data.field(name) for name in self.binding.fields]
        told = (*vain_settings(self.recipe, len(self.data.train)), *notes_on(self.recipe, fields))
        return (*told, note_on(balancing, self.data)) if balancing != UNBALANCED else told

    def batch(self, rows: Tensor, change: Change | None = None) -> list[Tensor]:
        """What ``losses`` takes, of some rows; a module in training mode is given samples varied by the recipe."""
        if change is None and self.module.training:
            change = self.augmenter
        values = self.loader.batch(rows, change)
        if self.module.training and NOISE in self.binding.fields:
            place = self.binding.fields.index(NOISE)
            values[place] = torch.randn_like(values[place])
        if self.recipe.channels_last:
            values = [v.contiguous(memory_format=torch.channels_last) if v.dim() == 4 else v for v in values]
        return values

    def guesses(self, parts: dict[str, tuple[Tensor, Tensor]], batch: list[Tensor], weight: float) -> Guesses | None:
        """What a batch was taken for, beside what it is; stays on the device. ``weight`` is the share that counts."""
        if not self.binding.classifier:
            return None
        _, scores = parts[self.binding.classifier]
        wanted = batch[-1].argmax(1) if batch[-1].is_floating_point() else batch[-1]  # of mixed samples the larger
        return Guesses(scores.detach(), wanted, weight)

    @property
    def weight_count(self) -> int:
        return sum(parameter.numel() for parameter in self.module.parameters())


def make_job(run: Path, network: Network, recipe: Recipe, device: torch.device, prepared: DataSet | None) -> Job:
    """Reads the data unless they are ``prepared``, and seeds and builds the module.

    Raises DataError, SourceError, SettingError, TrainingError.
    """
    if not any(node.settings.is_loss for node in network.graph.nodes.values()):
        raise TrainingError("The network has no loss.", "Add a loss node, such as CrossEntropyLoss.")
    data = prepared or team().in_turn(lambda: open_data(DataChoice.read(network.data), run))
    data = suited(network.graph, data)
    network = balanced(network, recipe.balancing, data)
    torch.manual_seed(recipe.seed)
    module: nn.Module = build(freed(network.graph, recipe)).to(device)
    binding = bind(network.graph, data)
    require_ranges(network.graph, data)
    inference = infer(network.graph)
    writing = writing_plan(inference, binding, data)
    task = task_of(inference, data, writing is not None, int(recipe.top_k))
    for setting in ("monitor", "best_by"):
        require_metric(getattr(recipe, setting), task, setting)
    _require_validation(recipe, data)
    fields = [data.field(name) for name in binding.fields]
    require_suitable(recipe, network.graph, fields)
    make_crops(recipe, task, fields)
    if recipe.channels_last:
        module = module.to(memory_format=torch.channels_last)
    parameters = list(module.parameters())
    if not parameters:
        raise TrainingError("The network has no weights to train.", "Add a layer with weights, such as a Linear.")
    if not any(weight.requires_grad for weight in parameters):
        raise TrainingError("All weights of the network are frozen.", "Turn frozen off in one of its layers.")
    module = team().lay_out(module, recipe)
    return Job(
        recipe,
        device,
        data,
        binding,
        module,
        make_optimizer(recipe, module, recipe.head_names or head_nodes(network.graph)),
        Loader(data, binding.fields, device),
        thread_count(inference.totals.multiply_adds, recipe.batch_size),
        any(getattr(node.settings, "reduction", "") == "sum" for node in network.graph.nodes.values()),
        task,
        autocast_of(recipe, device),
        network,
        writing,
    )


def freed(graph: Graph, recipe: Recipe) -> Graph:
    """The graph as it is trained in the end: what the recipe frees at an epoch is frozen until then by it alone."""
    return thawed(graph, graph.nodes if ALL in recipe.freed_at else recipe.freed_at)


def _require_validation(recipe: Recipe, data: DataSet) -> None:
    """Raises TrainingError where a recipe looks at a validation part that there is not."""
    looks = {
        "early_stopping": recipe.early_stopping,
        "target": recipe.target is not None,
        "schedule plateau": recipe.schedule == "plateau",
    }
    for setting, is_on in looks.items():
        if is_on and not len(data.validation):
            raise TrainingError(
                f"{setting} looks at the validation part, which has no samples.",
                "Set validation of the data to 0.1, or choose otherwise.",
            )
