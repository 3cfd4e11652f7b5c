"""Every example network, but the largest, leaves as ONNX and as source and gives what it gave here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from nodes.boundary import Output
from nodes.graph.model import Graph
from runtime.exchange.proof import ALLOWED, of_torch
from runtime.exchange.python_file import export_python
from tests.runtime.exchange.examples import LARGE, LARGEST, NETWORKS, batches_of, built, graph_of, proven, sizes_of
from tests.runtime.test_exchange import EXPORTABLE, single

EXAMPLES = [path for path in NETWORKS if path.stem not in LARGEST]
LIGHT = [path for path in EXAMPLES if path.stem not in LARGE]
CLOSE = 1e-6  # of the largest number of an output
RUN_ALONE = """
import importlib, json, sys, warnings
for name in ("nodes", "runtime", "designer"):
    sys.modules[name] = None  # an import of it fails
sys.path.insert(0, ".")
warnings.simplefilter("ignore")
import torch
from safetensors.torch import load_file, save_file
for name, class_name in json.load(open("classes.json")).items():
    model = getattr(importlib.import_module(name), class_name)()
    model.load_state_dict(load_file(f"{name}.safetensors"))
    inputs = load_file(f"{name}.inputs.safetensors")
    with torch.inference_mode():
        result = model.eval()(*(inputs[key] for key in sorted(inputs)))
    values = (result,) if isinstance(result, torch.Tensor) else result
    save_file({str(number): value.clone().contiguous() for number, value in enumerate(values)}, f"{name}.outputs")
"""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid_onnx_and_proven_at_batch_1_and_7_and_at_two_sizes(path: Path) -> None:
    graph = graph_of(path)
    proof = proven(graph, built(graph))
    assert proof.max_relative_diff <= ALLOWED <= 1e-5
    assert list(proof.outputs) == [n for n, node in graph.nodes.items() if isinstance(node.settings, Output)]


def test_only_the_largest_are_left_to_the_benchmark() -> None:
    assert len(EXAMPLES) >= 55


def test_regions_are_proven_at_two_counts_though_the_loss_takes_them_too() -> None:
    sizes = sizes_of(graph_of(next(path for path in NETWORKS if path.stem == "fast_rcnn")))
    assert [choice["L"] for choice in sizes] == [28, 12]


def test_the_source_of_every_node_and_light_example_gives_the_same_without_netwright(tmp_path: Path) -> None:
    """All in one process that cannot import a line of ours."""
    graphs: dict[str, Graph] = {f"node_{kind.type_id}": single(kind(), kind.example) for kind in EXPORTABLE}
    graphs |= {f"example_{path.stem}": graph_of(path) for path in LIGHT}
    classes, expected = {}, {}
    for name, graph in graphs.items():
        module, batch = built(graph), batches_of(graph)[-1]
        written = export_python(graph, name.title(), tmp_path / f"{name}.py", module.state_dict())
        classes[name], expected[name] = written.class_name, of_torch(module, batch)
        values = {f"{number:02}": value for number, value in enumerate(batch.values())}
        save_file(values, tmp_path / f"{name}.inputs.safetensors")
    (tmp_path / "classes.json").write_text(json.dumps(classes))
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", RUN_ALONE], cwd=tmp_path, env=environment, check=True)
    for name, values in expected.items():
        found = load_file(tmp_path / f"{name}.outputs")
        assert len(found) == len(values), name
        for number, value in enumerate(values):
            torch.testing.assert_close(
                found[str(number)], value, rtol=0, atol=CLOSE * max(1.0, float(value.abs().max())), equal_nan=True,
                msg=lambda text, name=name: f"{name}: {text}",
            )  # fmt: skip
