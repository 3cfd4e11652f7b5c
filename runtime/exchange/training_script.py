"""A whole training as one Python script, or a notebook, that needs PyTorch and nothing of Netwright.

The samples go into a safetensors file beside it as raw as they came, with the numbers that they are normalised by
and the learning rate of every step: so the script repeats the recipe's schedule without a copy of its formulas. It
begins with the same weights as a run and takes the samples in the same order, so its losses are those of the run.
What it cannot repeat is named at its top, and by whoever writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as as_safetensors
from torch import Tensor

from nodes.graph.files import write_atomically
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Network
from runtime.data.binding import Binding, bind
from runtime.data.dataset import Affine, DataSet, Field
from runtime.exchange import ExportError
from runtime.exchange.script_steps import VARIED, can_vary, training_lines, varied_lines
from runtime.metrics import Task, task_of
from runtime.optimizers import KINDS
from runtime.recipe import Recipe
from runtime.recipe_parts.words import ADAMS
from runtime.source import Source, write_source

REPEATED = {
    "optimizer", "learning_rate", "schedule", "batch_size", "epochs", "seed", "weight_decay", "clip_grad_norm",
    "clip_grad_value", "beta1", "beta2", "max_steps", *(name for _, names in KINDS.values() for name in names),
    "device", "validate_every", "keep", "compile",
}  # fmt: skip
RATE_SETTINGS = ("warmup_epochs", "warmup_start", "rate_changes", "step_size", "milestones", "gamma", "decay_rate",
                 "eta_min", "pct_start", "anneal_strategy", "div_factor", "final_div_factor", "three_phase",
                 "base_lr", "step_size_up", "step_size_down", "cycle_mode", "cycle_gamma", "power",
                 "end_factor")  # fmt: skip
OWN = ("l1", "max_norm")  # penalties of a node that the training applies, and not its source
LARGEST = 2**31  # bytes of samples that are written


def write_script(network: Network, dataset: DataSet | None, out: Path) -> dict[str, Any]:
    """Writes the script and its data; a name that ends in .ipynb makes a notebook.

    Raises ExportError, SourceError, NetworkFileError.
    """
    if dataset is None:
        raise ExportError("A training needs data, and these could not be opened.", "Choose other data.")
    recipe = Recipe.read(network.recipe)
    if recipe.optimizer == "LBFGS" or recipe.schedule == "plateau":
        what = "LBFGS" if recipe.optimizer == "LBFGS" else "a rate that waits for a plateau"
        raise ExportError(
            f"A script cannot repeat {what}.",
            "Choose another one in the recipe.",
        )
    source = write_source(network.graph, network.title or "Network", losses=True)
    if not source.losses:
        raise ExportError("The network has no loss.", "Add a loss, such as Cross entropy, after its last layer.")
    binding = bind(network.graph, dataset)
    data_file = out.with_suffix(".data.safetensors")
    tensors = _tensors(dataset, binding, recipe)
    write_atomically(data_file, as_safetensors(tensors, {"format": "pt"}))
    missing = left_out(network, recipe, dataset)
    cells = _cells(network, recipe, source, binding, data_file.name, dataset, missing)
    text = _notebook(cells) if out.suffix == ".ipynb" else _script(cells)
    write_atomically(out, text.encode())
    return {"script_path": str(out), "data_path": str(data_file), "left_out": missing}


def left_out(network: Network, recipe: Recipe, dataset: DataSet) -> list[str]:
    """What the script does not repeat: settings of the recipe and of nodes that are not as usual, and metrics."""
    usual = recipe.defaults()
    known = REPEATED | set(RATE_SETTINGS)
    if can_vary(recipe, _fields(network, dataset)):
        known |= set(VARIED)
    if recipe.best_by in ("loss", "accuracy"):
        known |= {"best_by"}
    found = [name for name, value in recipe.written().items() if name not in known and value != usual.get(name)]
    task = task_of(infer(network.graph), dataset)
    metrics = [name for name in task.names if name != "accuracy"] if task else []
    return [*found, *_of_nodes(network.graph), *(f"the metric {name}" for name in metrics)]


def _of_nodes(graph: Graph, path: str = "") -> list[str]:
    """What training is told about single nodes and is no part of their source: ``l1 of fc1``."""
    found = []
    for name, node in graph.nodes.items():
        found += [f"{own} of {path}{name}" for own in OWN if getattr(node.training, own, None) is not None]
        if isinstance(body := getattr(node.settings, "body", None), Graph):
            found += _of_nodes(body, f"{path}{name}.")
    return found


def _fields(network: Network, dataset: DataSet) -> list[Field]:
    return [dataset.field(name) for name in bind(network.graph, dataset).fields]


def _tensors(dataset: DataSet, binding: Binding, recipe: Recipe) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name in dict.fromkeys(binding.fields):
        column = dataset.columns[name]
        if not isinstance(column, Tensor) or column.numel() * column.element_size() > LARGEST:
            raise ExportError(
                f"The samples of {name} lie in files or are larger than 2 GB, which a script cannot carry.",
                "Export the source alone, or set data to fewer or smaller samples.",
            )
        found[name] = column.contiguous()
        conversion = dataset.conversion(name)
        if isinstance(conversion, Affine):
            found |= {f"{name}.scale": conversion.scale, f"{name}.offset": conversion.offset}
        elif conversion is not None:
            raise ExportError(f"{name} is whitened or turned, which a script does not repeat.",
                              "Set normalise to mean channel.")  # fmt: skip
    for part in ("train", "validation", "test"):
        found[f"rows.{part}"] = dataset.part(part)
    per = recipe.epoch_steps(len(dataset.train))
    steps = range(recipe.total_steps(per))
    found["rates"] = torch.tensor([recipe.learning_rate_at(step, per) for step in steps], dtype=torch.float64)
    return {name: value.clone() for name, value in found.items()}


def _cells(
    network: Network, recipe: Recipe, source: Source, binding: Binding, data_file: str, dataset: DataSet,
    missing: list[str],
) -> list[tuple[str, str]]:  # fmt: skip
    """Titles and code, in the order in which they run."""
    rest = source.text.partition("\n")[2]
    title = network.title or "Network"
    notes = f" Not repeated here: {', '.join(missing)}." if missing else ""
    fields = [dataset.field(name) for name in binding.fields]
    task = task_of(infer(network.graph), dataset)
    return [
        (f"{title}: training as drawn in Netwright. Needs torch and safetensors.{notes}", _imports(data_file)),
        ("The network", rest.strip()),
        ("The data", _data(binding, varied_lines(recipe, fields))),
        ("The recipe", _recipe(recipe, source.class_name)),
        ("Training", training_lines(recipe, source.class_name, *_judged(task))),
    ]


def _imports(data_file: str) -> str:
    return "\n".join(
        ["from pathlib import Path", "", "import torch", "from safetensors.torch import load_file, save_file", "",
         f"DATA_FILE = {data_file!r}"]
    )  # fmt: skip


def _judged(task: Task | None) -> tuple[str, int]:
    """The loss whose scores are judged, and the axis of the classes; no name where no class is told."""
    return (task.loss, task.axis) if task and task.classes else ("", 1)


def _data(binding: Binding, varied: list[str]) -> str:
    return "\n".join(
        [
            'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")',
            'folder = Path(__file__).parent if "__file__" in globals() else Path()',
            "data = load_file(folder / DATA_FILE, device=str(device))",
            f"FIELDS = {list(binding.fields)!r}  # what a step takes, the target last",
            "",
            *varied,
            "",
            "def batch_of(rows, is_training=False):",
            '    """The samples of some rows, as the network takes them."""',
            "    values = []",
            "    for name in FIELDS:",
            "        raw = data[name][rows]",
            *(["        if is_training and name in PICTURES:", "            raw = varied(raw)"] if varied else []),
            '        scale = data.get(f"{name}.scale")',
            '        values.append(raw.long() if scale is None else raw * scale + data[f"{name}.offset"])',
            "    return values",
        ]
    )


def _recipe(recipe: Recipe, class_name: str) -> str:
    _, names = KINDS[recipe.optimizer]
    arguments: dict[str, Any] = {name: getattr(recipe, name) for name in names}
    if recipe.optimizer in ADAMS:
        arguments["betas"] = (recipe.beta1, recipe.beta2)
    arguments["weight_decay"] = recipe.weight_decay
    written = "".join(f", {name}={value!r}" for name, value in arguments.items())
    return "\n".join(
        [
            f"EPOCHS, BATCH_SIZE, SEED = {recipe.epochs}, {recipe.batch_size}, {recipe.seed}",
            f'rates = data["rates"].tolist()  # of every step: {recipe.schedule} from {recipe.learning_rate:g}',
            "torch.manual_seed(SEED)",
            f"model = {class_name}().to(device)",
            'groups = getattr(model, "parameter_groups", None)',
            "weights = groups(rates[0], "
            f"{recipe.weight_decay!r}) if groups else [w for w in model.parameters() if w.requires_grad]",
            f"optimizer = torch.optim.{recipe.optimizer}(weights, lr=rates[0]{written})",
        ]
    )


def _script(cells: list[tuple[str, str]]) -> str:
    (title, imports), *others = cells
    parts = [f'"""{_plain(title)}"""\n\n{imports}']
    parts += [f"# --- {name.lower()}\n\n{code}" for name, code in others]
    return "\n\n\n".join(parts) + "\n"


def _notebook(cells: list[tuple[str, str]]) -> str:
    """Notebook format 4.5, which Jupyter and all that read its files know."""
    found: list[Mapping[str, Any]] = []
    for number, (title, code) in enumerate(cells):
        head = f"# {title}" if number == 0 else f"## {title}"
        found.append({"cell_type": "markdown", "id": f"text{number}", "metadata": {}, "source": _lines(head)})
        found.append(
            {"cell_type": "code", "id": f"code{number}", "metadata": {}, "execution_count": None, "outputs": [],
             "source": _lines(code)}
        )  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": found, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _plain(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'")
