"""What a script is written from: the network as it is trained, its data, and how they fit together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from nodes.graph.infer import infer
from nodes.graph.model import Graph, Network
from runtime.adversarial import Adversaries, adversaries_in
from runtime.augmentation.augmenter import Palette
from runtime.augmentation.mixing import BetaShares
from runtime.compile import build
from runtime.data.balance import balanced
from runtime.data.binding import Binding, bind
from runtime.data.dataset import DataSet, Field
from runtime.evaluate import LARGEST_BATCH
from runtime.exchange import ExportError
from runtime.job import freed
from runtime.metrics import Task, require_metric, task_of
from runtime.recipe import Recipe
from runtime.recipe_parts.augmentation import COLOURS, MIXTURES
from runtime.source import Source, write_source
from runtime.transfer.start import start_of, take


@dataclass(frozen=True)
class Plan:
    """A recipe, and the network and data that it trains with; ``graph`` has class weights in its losses."""

    recipe: Recipe
    graph: Graph
    title: str
    dataset: DataSet
    binding: Binding
    task: Task | None
    source: Source

    @property
    def fields(self) -> list[Field]:
        """What a step takes, the target last."""
        return [self.dataset.field(name) for name in self.binding.fields]

    @property
    def adversaries(self) -> Adversaries | None:
        """The two networks that learn against each other, where the recipe says so. Raises TrainingError."""
        return adversaries_in(self.graph, self.binding) if self.recipe.adversarial else None

    @property
    def epoch_steps(self) -> int:
        return self.recipe.epoch_steps(len(self.dataset.train))

    @property
    def is_summed(self) -> bool:
        """Whether a loss grows with the batch."""
        return any(getattr(node.settings, "reduction", "") == "sum" for node in self.graph.nodes.values())

    @property
    def measured_size(self) -> int:
        """Samples that are measured at once, as in a run."""
        size = self.recipe.batch_size
        return size if self.is_summed else max(size, min(4 * size, LARGEST_BATCH))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the first picture; 1 × 1 where there is none."""
        shape = next((field.shape for field in self.fields if field.is_picture), (1, 1, 1))
        return int(shape[1]), int(shape[2])  # type: ignore[arg-type]

    @cached_property
    def palettes(self) -> dict[str, Palette]:
        """What is known of the pictures that are varied."""
        if not self.recipe.augments:
            return {}
        cpu, has_axes = torch.device("cpu"), bool(self.recipe.pca_noise)
        varied = [field for field in self.fields if field.is_picture and not field.is_made]
        return {field.name: Palette.of(self.dataset, field, cpu, has_axes=has_axes) for field in varied}

    def varying_tensors(self) -> dict[str, Tensor]:
        """What the functions that vary samples read: colours by field, and how shares of mixtures lie."""
        found: dict[str, Tensor] = {}
        if any(getattr(self.recipe, name) for name in COLOURS):
            for name, palette in self.palettes.items():
                found[f"{name}.colour"] = palette.mean - palette.low
                if palette.variances is not None and palette.axes is not None:
                    found |= {f"{name}.variances": palette.variances, f"{name}.axes": palette.axes}
        on = [name for name in MIXTURES if getattr(self.recipe, name)]
        return found | {f"{n}.shares": BetaShares(getattr(self.recipe, n), torch.device("cpu")).knots for n in on}

    def start_tensors(self) -> dict[str, Tensor]:
        """The weights of the first step where the recipe starts from others; none where they are fresh.

        Raises TrainingError, TrustError.
        """
        if not self.recipe.start_from:
            return {}
        torch.manual_seed(self.recipe.seed)
        module = build(self.graph)
        take(module, start_of(module, self.graph, self.recipe))
        return {f"start.{name}": value for name, value in module.state_dict().items()}


def make_plan(network: Network, dataset: DataSet | None, base: Path) -> Plan:
    """Raises ExportError, SourceError, DataError, TrainingError."""
    if dataset is None:
        raise ExportError("A training needs data, and these could not be opened.", "Choose other data.")
    recipe = Recipe.read(network.recipe).resolved(base)
    network = balanced(network, recipe.balancing, dataset)
    graph = freed(network.graph, recipe)
    title = network.title or "Network"
    source = write_source(graph, title, losses=True)
    if not source.losses:
        raise ExportError("The network has no loss.", "Add a loss, such as Cross entropy, after its last layer.")
    task = task_of(infer(graph), dataset, top=int(recipe.top_k))
    for setting in ("monitor", "best_by"):
        require_metric(getattr(recipe, setting), task, setting)
    return Plan(recipe, graph, title, dataset, bind(graph, dataset), task, source)
