"""Writing a training as a script or a notebook, and its data beside it.

The samples go into a safetensors file as raw as they came, with the numbers that they are normalised by and the
learning rate of every step: so the script repeats the recipe's schedule without a copy of its formulas. It begins
with the same weights as a run, takes the samples in the same order and varies them by the same random numbers, so
its losses are those of the run. What it cannot repeat is named at its top, and by whoever writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save as as_safetensors
from torch import Tensor

from nodes.graph.files import write_atomically
from nodes.graph.model import Network
from runtime.data.dataset import NOISE, Affine, DataSet
from runtime.data.whitening import Whitening
from runtime.exchange import ExportError
from runtime.exchange.script.adversarial import adversaries_lines
from runtime.exchange.script.carried import imports_of, names_in
from runtime.exchange.script.left_out import left_out
from runtime.exchange.script.measuring import measuring_lines
from runtime.exchange.script.optimizing import optimizing_lines
from runtime.exchange.script.plan import Plan, make_plan
from runtime.exchange.script.steps import training_lines
from runtime.exchange.script.varying import varying_lines
from runtime.schedules import momentum_at, moves_momentum

LARGEST = 2**31  # bytes of samples that are written


class Cell(NamedTuple):
    """A part of the script, in the order in which they run."""

    title: str
    code: str


def write_script(network: Network, dataset: DataSet | None, out: Path, base: Path) -> dict[str, Any]:
    """Writes the script and its data; a name that ends in .ipynb makes a notebook. ``base`` is where a relative path
    of the weights to start from begins.

    Raises ExportError, SourceError, DataError, TrainingError, NetworkFileError.
    """
    plan = make_plan(network, dataset, base)
    data_file = out.with_suffix(".data.safetensors")
    missing = left_out(plan)
    cells = _cells(plan, data_file.name, missing)
    write_atomically(data_file, as_safetensors(_tensors(plan), {"format": "pt"}))
    text = _notebook(cells) if out.suffix == ".ipynb" else _script(cells)
    write_atomically(out, text.encode())
    return {"script_path": str(out), "data_path": str(data_file), "left_out": missing}


def _tensors(plan: Plan) -> dict[str, Tensor]:
    dataset, recipe, per = plan.dataset, plan.recipe, plan.epoch_steps
    found = plan.start_tensors() | plan.varying_tensors()
    for name in dict.fromkeys(plan.binding.fields):
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
            found |= {f"{name}.mean": conversion.mean, f"{name}.matrix": conversion.matrix}
    for part in ("train", "validation", "test"):
        found[f"rows.{part}"] = dataset.part(part)
    steps = range(recipe.total_steps(per))
    found["rates"] = torch.tensor([recipe.learning_rate_at(step, per) for step in steps], dtype=torch.float64)
    if moves_momentum(recipe):
        momenta = [momentum_at(recipe, step, per) for step in steps]
        found["momenta"] = torch.tensor(momenta, dtype=torch.float64)
    return {name: value.detach().contiguous().clone() for name, value in found.items()}


def _cells(plan: Plan, data_file: str, missing: list[str]) -> list[Cell]:
    notes = f" Not repeated here: {', '.join(missing)}." if missing else ""
    both = plan.adversaries
    measuring = adversaries_lines(both) if both else measuring_lines(plan)
    cells = [
        Cell("The network", plan.source.text.partition("\n")[2].strip()),
        Cell("The recipe", "\n".join(optimizing_lines(plan))),
        Cell("The data", "\n".join(_data_lines(plan))),
        Cell("Training", "\n".join([*measuring, "", "", *training_lines(plan)])),
    ]
    _require_own_names(cells[0], cells[1:])
    imports = _imports(data_file, "\n".join(cell.code for cell in cells))
    needed = "torch, safetensors and onnxruntime" if "OnnxPart" in plan.source.text else "torch and safetensors"
    title = f"{plan.title}: training as drawn in Netwright. Needs {needed}.{notes}"
    return [Cell(title, imports), *cells]


def _require_own_names(network: Cell, others: Sequence[Cell]) -> None:
    """A block whose class had the name of something of the script would break it."""
    classes, taken = names_in(network.code), frozenset().union(*(names_in(cell.code) for cell in others))
    if hidden := sorted(classes & taken):
        raise ExportError(f"The script has a {hidden[0]} of its own.", "Give the block of that name another one.")


def _imports(data_file: str, code: str) -> str:
    standard = ["import copy"] * ("copy." in code) + imports_of(code) + ["from pathlib import Path"]
    plain, named = ([line for line in standard if line.startswith(word)] for word in ("import", "from"))
    functional = ["import torch.nn.functional as F"] * bool(re.search(r"\bF\.", code))
    torch_named = ["from torch.nn import functional"] * bool(re.search(r"\bfunctional\.", code))
    return "\n".join(
        [*sorted(plain), *sorted(named), "", "import torch", *functional,
         "from safetensors.torch import load_file, save_file", "from torch import Tensor, nn", *torch_named, "",
         f"DATA_FILE = {data_file!r}", 'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")',
         'folder = Path(__file__).parent if "__file__" in globals() else Path()',
         "data = load_file(folder / DATA_FILE, device=str(device))"]
    )  # fmt: skip


def _data_lines(plan: Plan) -> list[str]:
    varied = varying_lines(plan)
    noise = plan.binding.fields.index(NOISE) if NOISE in plan.binding.fields else None
    has_whitening = any(isinstance(plan.dataset.conversion(name), Whitening) for name in plan.binding.fields)
    return [
        f"FIELDS = {list(plan.binding.fields)!r}  # what a step takes, the target last",
        'train = data["rows.train"]',
        *['momenta = data["momenta"].tolist()  # of every step'] * moves_momentum(plan.recipe),
        "",
        "",
        *([*varied, "", ""] if varied else []),
        "def normalised(name, raw):",
        '    """Raw values of a field as the network takes them."""',
        *_whitened() * has_whitening,
        '    if f"{name}.scale" in data:',
        '        return raw * data[f"{name}.scale"] + data[f"{name}.offset"]',
        "    return raw if raw.is_floating_point() else raw.long()",
        "",
        "",
        "def batch_of(rows, epoch=None):",
        '    """The samples of some rows; those of an epoch of training are varied as it wants."""',
        "    values = [data[name][rows] for name in FIELDS]",
        *["    if epoch is not None:", "        values = varied(values, rows, epoch)"] * bool(varied),
        "    values = [normalised(name, raw) for name, raw in zip(FIELDS, values, strict=True)]",
        *([] if noise is None else [
            "    if epoch is not None:",
            f"        values[{noise}] = torch.randn_like(values[{noise}])  # other noise in each step",
        ]),
        "    return values",
    ]  # fmt: skip


def _whitened() -> list[str]:
    return [
        '    if f"{name}.matrix" in data:',
        '        rows = raw.flatten(1).float() - data[f"{name}.mean"]',
        '        return (rows @ data[f"{name}.matrix"]).view(raw.shape)',
    ]


def _script(cells: list[Cell]) -> str:
    (title, imports), *others = cells
    parts = [f'"""{_plain(title)}"""\n\n{imports}']
    parts += [f"# --- {name.lower()}\n\n{code}" for name, code in others]
    return "\n\n\n".join(parts) + "\n"


def _notebook(cells: list[Cell]) -> str:
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
