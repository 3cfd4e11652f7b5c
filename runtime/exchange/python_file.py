"""Writing a network as a Python file that runs where there is PyTorch and nothing of Netwright.

The weights of a run go into a safetensors file beside it, under the names that the layers have in the source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from safetensors.torch import save as as_safetensors
from torch import Tensor

from nodes.graph.files import write_atomically
from nodes.graph.model import Graph
from nodes.spec.shapes import Shape
from runtime.exchange.example import fitting_sizes, input_shapes
from runtime.source import write_source


class PythonExport(NamedTuple):
    path: Path
    class_name: str
    weights_path: Path | None


def export_python(
    graph: Graph,
    title: str,
    out: Path,
    weights: Mapping[str, Tensor] | None = None,
    preparation: Sequence[str] = (),
) -> PythonExport:
    """Writes the source, and the weights beside it; ``preparation`` are lines of functions that stand behind it.

    Raises SourceError, NetworkFileError.
    """
    source = write_source(graph, title or "Network")
    weights_path = out.with_suffix(".safetensors") if weights is not None else None
    if weights is not None and weights_path is not None:
        kept = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
        write_atomically(weights_path, as_safetensors(kept, {"format": "pt", "class": source.class_name}))
    headline, _, rest = source.text.partition("\n")
    parts = [_docstring(headline, source.class_name, weights_path), rest.rstrip(), *preparation, "\n"]
    text = "\n".join([*parts, *_example(graph, source.class_name, weights_path), ""])
    write_atomically(out, text.encode())
    return PythonExport(out, source.class_name, weights_path)


def _docstring(headline: str, class_name: str, weights: Path | None) -> str:
    """The first line of the source, and how to load the weights."""
    name = weights.name if weights and re.fullmatch(r"[\w .+-]+", weights.name) else "weights.safetensors"
    return "\n".join(
        [
            headline.removesuffix('"""'),
            "",
            "Needs torch, and safetensors to load the weights:",
            "",
            f"    model = {class_name}()",
            f'    model.load_state_dict(safetensors.torch.load_file("{name}"))',
            "    model.eval()",
            '"""',
        ]
    )


def _example(graph: Graph, class_name: str, weights: Path | None) -> list[str]:
    """A call of the network, run when the file is started by itself."""
    sizes = next(fitting_sizes(graph), {})
    values = [_zeros(shape.at(sizes)) for shape in input_shapes(graph).values()]
    imports, load = ["    import torch"], []
    if weights is not None:
        imports = ["    from pathlib import Path", "", *imports, "    from safetensors.torch import load_file"]
        load = [f"    model.load_state_dict(load_file(Path(__file__).with_name({weights.name!r})))"]
    return [
        'if __name__ == "__main__":',
        *imports,
        "",
        f"    model = {class_name}().eval()",
        *load,
        "    with torch.inference_mode():",
        f"        print(model({', '.join(values)}))",
    ]


def _zeros(shape: Shape) -> str:
    kind = ", dtype=torch.long" if shape.values == "index" else ""
    return f"torch.zeros({', '.join(map(str, (1, *shape)))}{kind})"
