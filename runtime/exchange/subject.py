"""What is taken away: a trained run, or a network file as it stands; and the two ways to write it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nodes.graph.files import NetworkFileError, Opened, load
from nodes.graph.model import Network
from nodes.spec.settings import SettingError
from runtime.checkpoint import load_run
from runtime.compile import build
from runtime.data.binding import bind
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Affine, DataSet
from runtime.data.depth import BYTE
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.data.suited import suited
from runtime.data.whitening import Whitening
from runtime.exchange import ExportError
from runtime.exchange.onnx.options import Options
from runtime.exchange.onnx.smaller import CALIBRATED
from runtime.exchange.onnx_file import Given, Written, write_model
from runtime.exchange.preparation import (
    RULE,
    preparation_path,
    sizes_of,
    source_of,
    whitening_tensors,
    write_tensors,
)
from runtime.exchange.proof import BATCHES
from runtime.exchange.python_file import export_python
from runtime.recipe import Recipe
from runtime.runs import NETWORK
from runtime.source import forward_inputs
from runtime.transfer.start import Start, start_of, take

JUDGED = 4096  # samples at most that the cost of a smaller precision is measured on
JUDGED_NUMBERS = 1 << 27  # numbers of all of them: half a gigabyte


@dataclass(frozen=True)
class Subject:
    """A network, its module in eval on the CPU, and where relative paths of its data start.

    Asking for the module of an untrained one raises SourceError, TrustError.
    """

    network: Network
    base: Path
    trained: nn.Module | None = None  # of a run

    @property
    def has_weights(self) -> bool:
        """Whether there are other weights than fresh ones: of a run, or those that the recipe starts from."""
        return self.trained is not None or bool(self.network.recipe.get("start_from"))

    @cached_property
    def is_trained(self) -> bool:
        """Whether none of the weights is fresh. Raises TrainingError where there is nothing to start from."""
        return self.trained is not None or (self.start is not None and all(row.source for row in self.start.rows))

    @property
    def beginning(self) -> str:
        """Where the weights come from, as a sentence; empty for a run."""
        if self.trained is not None:
            return ""
        if self.start is None:
            return "The weights are fresh ones: a network was exported, not a training."
        return self.start.sentence

    @cached_property
    def module(self) -> nn.Module:
        """Built when it is first asked for: writing out an untrained network's source runs none of it.

        Raises TrainingError where what the recipe starts from is not there or does not fit.
        """
        return self._begun[0]

    @property
    def start(self) -> Start | None:
        """What a network file takes of what its recipe starts from; None where that is nothing."""
        return self._begun[1]

    @cached_property
    def _begun(self) -> tuple[nn.Module, Start | None]:
        """The weights of a run, else those that a training would begin with."""
        if self.trained is not None:
            return self.trained, None
        recipe, graph = Recipe.read(self.network.recipe).resolved(self.base), self.network.graph
        torch.manual_seed(recipe.seed)
        module, start = build(graph, losses=False), None
        if recipe.start_from:
            start = start_of(module, graph, recipe)
            take(module, start)
        return module.eval(), start

    @cached_property
    def dataset(self) -> DataSet | None:
        """Its data; None where they cannot be opened or do not suit it, which an export survives."""
        try:
            dataset = suited(self.network.graph, open_data(DataChoice.read(self.network.data), self.base))
            for field in bind(self.network.graph, dataset).forward:
                dataset.conversion(field)  # which large samples may refuse
        except (DataError, SettingError):
            return None
        return dataset

    @cached_property
    def samples(self) -> dict[str, Tensor]:
        """Real samples by input, of the test part where there is one; none without data."""
        return {} if self.dataset is None else self._taken(self._rows[: max(BATCHES)])

    @cached_property
    def calibration(self) -> dict[str, Tensor]:
        """Samples of the training part, by input: what int8 is measured on."""
        return {} if self.dataset is None else self._taken(self.dataset.train[:CALIBRATED])

    @cached_property
    def labels(self) -> Tensor | None:
        """The right classes of ``judged``; None where the target is no class."""
        if self.dataset is None or self.dataset.target is None or not self.dataset.target.classes:
            return None
        column = self.dataset.columns[self.dataset.target.name]
        return column.index_select(0, self._rows).long() if isinstance(column, Tensor) and column.dim() == 1 else None

    @cached_property
    def judged(self) -> dict[str, Tensor]:
        """As many samples as fit, for what a smaller precision costs."""
        return {} if self.dataset is None else self._taken(self._rows)

    @cached_property
    def _rows(self) -> Tensor:
        """Those that the network was not trained on, where there are some."""
        assert self.dataset is not None
        parts = (self.dataset.test, self.dataset.validation, self.dataset.train)
        rows = next(part for part in parts if len(part))
        numbers = sum(value[0].numel() for value in self._taken(rows[:1]).values())
        return rows[: max(max(BATCHES), min(JUDGED, JUDGED_NUMBERS // max(1, numbers)))]

    def _taken(self, rows: Tensor) -> dict[str, Tensor]:
        assert self.dataset is not None
        values = Loader(self.dataset, tuple(self.fields.values()), torch.device("cpu")).batch(rows)
        return dict(zip(self.fields, values, strict=True))

    def given(self, is_smaller: bool = False) -> Given:
        """What the data add to an ONNX file; of one in a smaller precision as many samples as fit."""
        if self.dataset is None:
            return Given()
        conversions = [self.dataset.conversion(field) for field in self.fields.values()]
        affine = next((one for one in conversions if isinstance(one, Affine)), None)
        classes = self.dataset.target.classes if self.dataset.target is not None else None
        white = next((self.dataset.field(name).high for name in self.fields.values()), BYTE)
        judged, labels = (self.judged, self.labels) if is_smaller else ({}, None)
        return Given(self.samples, self.calibration, judged, labels, affine, classes or (), white)

    @cached_property
    def fields(self) -> dict[str, str]:
        """The field that each input takes; none without data."""
        if self.dataset is None:
            return {}
        graph = self.network.graph
        return dict(zip(forward_inputs(graph), bind(graph, self.dataset).forward, strict=True))

    def metadata(self) -> dict[str, Any]:
        """What a user of the file has to know of the data: classes, characters or words, mean and deviation of raw
        values. Numbers that are told are normalised too: ``target_mean`` and ``target_std`` bring them back.
        """
        found: dict[str, Any] = {"title": self.network.title, "trained": self.is_trained}
        if self.dataset is None:
            return found
        found["data_fingerprint"] = self.dataset.fingerprint
        target = self.dataset.target
        if target is not None and target.classes:
            found["classes"] = list(target.classes)
        for name in dict.fromkeys(self.fields.values()):
            prefix = "" if not found.keys() & {"mean", "vocabulary"} else f"{name}."
            conversion, words = self.dataset.conversion(name), self.dataset.field(name).classes
            if isinstance(conversion, Whitening):
                found[f"{prefix}whitening"] = RULE
            elif conversion is not None:
                found |= _moments(prefix, conversion)
            elif words:
                found[f"{prefix}vocabulary"] = list(words)
        found |= sizes_of(self.dataset)
        told = self.dataset.affine(target.name) if target is not None and target.factor is None else None
        return found if told is None else found | _moments("target_", told)


def _moments(prefix: str, affine: Affine) -> dict[str, list[float]]:
    """The mean and the deviation that raw values are normalised by."""
    return {
        f"{prefix}mean": (-affine.offset / affine.scale).flatten().tolist(),
        f"{prefix}std": (1 / affine.scale).flatten().tolist(),
    }


def open_subject(path: Path) -> Subject:
    """Opens the folder of a run with its best weights, or a network file with those that a training begins with.

    Raises NetworkFileError, TrainingError, SourceError, TrustError.
    """
    if path.is_dir():
        if not (path / NETWORK).is_file():
            raise ExportError(f"{path} is no run: there is no {NETWORK} in it.", "Name a run or a network file.")
        run = load_run(path)
        return Subject(run.network, path, run.module)
    return untrained(load(path), path.parent, str(path))


def untrained(opened: Opened, base: Path, name: str = "The network") -> Subject:
    """A network with the weights that a training would start from. Raises NetworkFileError."""
    if opened.faults:
        raise NetworkFileError(f"{name}: {opened.faults[0]} Mend it in the window first.")
    return Subject(opened.network, base)


def write_onnx(subject: Subject, out: Path, options: Options | None = None) -> dict[str, Any]:
    """Exports, and reports as programs read it. Raises ExportError, NetworkFileError."""
    require_place(out)
    tensors = whitening_tensors(subject.dataset, subject.fields) if subject.dataset else {}
    beside = {"preparation_file": preparation_path(out).name} if tensors else {}
    options = options or Options()
    metadata = subject.metadata() | beside
    given = subject.given(options.precision != "float32")
    written = write_model(subject.network.graph, subject.module, out, given, metadata, options)
    if tensors:
        write_tensors(tensors, out)
    return {
        "onnx_path": str(out),
        "preparation_path": str(preparation_path(out)) if tensors else "",
        "onnx_bytes": out.stat().st_size,
        "is_trained": subject.is_trained,
        "opset": options.opset,
        "precision": options.precision,
    } | _reported(written)


def _reported(written: Written) -> dict[str, Any]:
    """Proof, speed and cost of a smaller precision."""
    proof = written.proof
    return {
        "proof_max_abs_diff": proof.max_abs_diff,
        "outputs": dict(proof.outputs),
        "mean_differences": dict(proof.means),
        "samples": proof.samples,
        "is_proven_on_data": proof.real,
        "nodes": written.nodes,
        "speed": dataclasses.asdict(written.speed),
        "cost": dataclasses.asdict(written.cost) if written.cost else None,
        "certificate_path": str(written.certificate),
    }


def write_python(subject: Subject, out: Path, *, with_weights: bool = True) -> dict[str, Any]:
    """Exports the source, and the weights where they are not fresh.

    Raises SourceError, NetworkFileError, TrainingError.
    """
    require_place(out)
    weights = subject.module.state_dict() if subject.has_weights and with_weights else None
    dataset = subject.dataset if subject.has_weights else None
    lines, tensors = source_of(dataset, subject.fields, out) if dataset else ([], {})
    written = export_python(subject.network.graph, subject.network.title, out, weights, lines)
    if tensors:
        write_tensors(tensors, out)
    return {
        "python_path": str(written.path),
        "preparation_path": str(preparation_path(out)) if tensors else "",
        "class_name": written.class_name,
        "weights_path": str(written.weights_path or ""),
    }


def require_place(out: Path) -> None:
    """Refuses before work is done in vain."""
    if out.is_dir():
        raise ExportError(f"{out} is a folder.", "Name a file in it.")
    if not out.parent.is_dir():
        raise ExportError(f"There is no folder {out.parent}.", "Make it, or choose another one.")
