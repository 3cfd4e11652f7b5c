"""Every form of export as the window offers it."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.questions.exchange import SUFFIXES, Kind


@dataclass(frozen=True)
class Form:
    """One form. ``kind`` is "" for pictures, which the window draws itself."""

    title: str
    kind: Kind | str
    about: str
    file: str = "model"  # what a file is called before it is given a name

    @property
    def suffixes(self) -> tuple[str, ...]:
        return SUFFIXES[self.kind] if self.kind else ()  # type: ignore[index]


FORMS = (
    Form(
        "ONNX",
        "onnx",
        "Runs in onnxruntime and many other programs. Every value bears the name of its node. The file is compared "
        "with PyTorch before it is kept, and a certificate of that stands beside it.",
    ),
    Form(
        "PyTorch source",
        "python",
        "Readable source that needs only PyTorch, with the trained weights beside it.",
    ),
    Form(
        "Training script",
        "script",
        "The network and the whole training in one file that needs PyTorch and nothing of Netwright; the samples "
        "and the learning rate of every step stand beside it. What it does not repeat is named at its top and here.",
        "train",
    ),
    Form(
        "Notebook",
        "notebook",
        "The same training as cells for Jupyter: network, data, recipe and training, each by itself.",
        "train",
    ),
    Form(
        "Exported program",
        "program",
        "A .pt2 file of torch.export: graph and weights, loaded without any source.",
    ),
    Form(
        "Weights",
        "weights",
        "A safetensors file. Where torchvision has this network, the weights bear its names.",
        "weights",
    ),
    Form(
        "Picture",
        "",
        "The drawing as SVG or PNG, whole or only what is selected, with the layer table if wanted.",
    ),
    Form(
        "Figure for LaTeX",
        "figure",
        "The drawing as TikZ, with its text set by LaTeX.",
        "figure",
    ),
    Form(
        "Layer table",
        "table",
        "Every layer with its shape, weights and multiply-adds: CSV, Markdown or LaTeX by the file's ending.",
        "layers",
    ),
)

FURTHER = tuple(form for form in FORMS if form.kind not in ("onnx", "table", ""))
"""What has an entry of its own in the menu beside Export, Export Picture and Export Layer Table."""
