"""The cases of the onnx package for single operators: what the importer makes of each, beside the wanted outputs.

A case hands everything to its operator as an input; a network has its weights within. So all inputs but the first are
also tried as constants of the file.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from runtime.exchange.importing.onnx_graph import RULES
from runtime.faults import MENDABLE
from tests.runtime.importing.models import LIGHT, imported, outputs_of

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
FOLDERS = ("simple", "pytorch-operator")
REAL_OR_INDEX = ("float32", "int64", "int32")
WORKED_OUT = ("Constant", "ConstantOfShape")
Verdict = Literal["same", "wrong", "unsaid"]


@dataclass(frozen=True)
class Case:
    name: str
    model: onnx.ModelProto
    given: tuple[Any, ...]
    wanted: tuple[Any, ...]

    @property
    def operators(self) -> frozenset[str]:
        return frozenset(node.op_type for node in self.model.graph.node)

    @property
    def is_of_the_catalogue(self) -> bool:
        """Whether its operators have rules and its values are such as a network takes."""
        values = (*self.given, *self.wanted)
        return self.operators <= RULES.keys() and all(
            isinstance(value, np.ndarray) and value.dtype.name in REAL_OR_INDEX and value.size for value in values
        )


@cache
def operator_cases() -> tuple[Case, ...]:
    """Those whose operators the catalogue covers."""
    found = (*_written_by_code(), *_written_in_files())
    return tuple(case for case in found if case.is_of_the_catalogue)


def light_operators() -> set[str]:
    return {node.op_type for file in LIGHT.glob("*.onnx") for node in onnx.load(file).graph.node}


def said(operators: Iterable[str]) -> set[str]:
    """Those that become nodes, or numbers that are worked out when the file is read."""
    return {operator for operator in operators if operator in RULES or operator in WORKED_OUT}


def verdict(case: Case) -> tuple[Verdict, str]:
    """What became of a case, and why: said by nodes with the outputs wanted, with others, or not said by nodes."""
    reasons = []
    for held in ((), tuple(range(1, len(case.given)))) if len(case.given) > 1 else ((),):
        model, given = _with_constants(case, held)
        try:
            found = imported(model)
            if found.report["opaque"]:
                reasons.append(f"opaque: {found.report['reasons']}")
                continue
            results = outputs_of(found, *given)
        except MENDABLE as error:
            reasons.append(str(error))
            continue
        apart = _apart(results, case.wanted)
        return ("wrong", apart) if apart else ("same", "")
    return "unsaid", " | ".join(reasons)


def _written_by_code() -> Iterator[Case]:
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        whole = collect_testcases(None)
    for case in whole:
        if case.model is not None and case.data_sets:
            given, wanted = case.data_sets[0]
            yield Case(case.name, case.model, tuple(given), tuple(wanted))


def _written_in_files() -> Iterator[Case]:
    for folder in FOLDERS:
        for place in sorted((DATA / folder).iterdir()):
            data = place / "test_data_set_0"
            values = {
                kind: [onnx.load_tensor(path) for path in sorted(data.glob(f"{kind}_*.pb"))]
                for kind in ("input", "output")
            }
            given, wanted = (tuple(map(numpy_helper.to_array, values[kind])) for kind in ("input", "output"))
            yield Case(f"{folder}/{place.name}", onnx.load(place / "model.onnx"), given, wanted)


def _with_constants(case: Case, held: Sequence[int]) -> tuple[onnx.ModelProto, list[Tensor]]:
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    names = [one.name for one in model.graph.input]
    for number in held:
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(case.given[number]), names[number]))
    kept = [one for number, one in enumerate(model.graph.input) if number not in held]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    return model, [torch.from_numpy(np.array(v)) for n, v in enumerate(case.given) if n not in held]


def _apart(results: Sequence[Tensor], wanted: Sequence[Any]) -> str:
    """How far the results are from what is wanted, in words; empty where they are the same."""
    if len(results) != len(wanted):
        return f"{len(results)} outputs instead of {len(wanted)}"
    for ours, theirs in zip(results, wanted, strict=True):
        if tuple(ours.shape) != theirs.shape:
            return f"{tuple(ours.shape)} instead of {theirs.shape}"
        largest = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
        if not np.allclose(ours.numpy(), theirs, rtol=0, atol=1e-5 * max(largest, 1.0), equal_nan=True):
            return f"{np.abs(ours.numpy() - theirs).max()} apart"
    return ""
