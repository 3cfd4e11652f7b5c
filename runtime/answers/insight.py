"""Answers to the questions about a trained network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runtime.answers.network_text import opened
from runtime.checkpoint import load_weights
from runtime.data.choice import DataChoice
from runtime.data.open import reopened
from runtime.faults import RefusalError
from runtime.insight import attending, judged, reading, weights
from runtime.insight import boxes as boxes_told
from runtime.insight.activations import activations as seen_by
from runtime.insight.activations import extremes as most_and_least
from runtime.insight.attribution import ascended, attribution, told
from runtime.insight.disagreeing import disagreeing
from runtime.insight.embedding import embedding, head_of
from runtime.insight.layers import listed
from runtime.insight.masks import masks as painted_masks
from runtime.insight.passes import passes
from runtime.insight.seen import look
from runtime.insight.tiles import as_pictures, evened, laid_over, write_sheet
from runtime.insight.trained import Trained, open_trained
from runtime.insight.typed import judged_text
from runtime.predict import picture_value
from runtime.questions import insight
from runtime.sequences.sentences import writing_plan
from runtime.watching.snapshot_names import steps_kept

LARGEST_EMBEDDING = 5_000


def list_layers(request: insight.ListLayers) -> dict[str, Any]:
    """Layers in the order of calculation."""
    trained = _opened(request)
    return {
        "layers": listed(trained),
        "takes_pictures": any(trained.data.field(name).shape.axes == "CHW" for name in trained.binding.inputs),
        "classes": list(trained.classes),
        "task": trained.task.kind if trained.task else "",
        "parts": {part: len(trained.data.part(part)) for part in ("train", "validation", "test")},
        "checkpoints": sorted(file.name for file in (trained.run / "checkpoints").glob("*.safetensors")),
        "snapshots": steps_kept(trained.run),
        "writes": _writes(trained),
        "reads_text": reading.text_field(trained) is not None,
        "recurrent": reading.recurrent_layers(trained),
        "attends": attending.attends(trained),
        "reads_sentence": attending.reads_sentence(trained),
        "embeds": bool(head_of(trained)),
        "tells_boxes": boxes_told.tells_boxes(trained),
    }


def filters(request: insight.Filters) -> dict[str, Any]:
    return weights.filters(_opened(request), request.path, Path(request.folder), request.channel)


def weight_histograms(request: insight.WeightHistograms) -> dict[str, Any]:
    return weights.histograms(_opened(request))


def activations(request: insight.Activations) -> dict[str, Any]:
    """Of the sample, with a picture of it and what is made of it."""
    trained = _opened(request)
    inputs, picture = _sample(trained, request.row, request.picture)
    folder = Path(request.folder)
    result = seen_by(trained, inputs, request.paths, folder)
    if picture is not None:
        result["picture"] = write_sheet(picture, folder / "sample.png").written()
    if trained.classes:
        result["predicted"] = told(trained, look(trained, inputs, ()).outputs)
    return result


def extremes(request: insight.Extremes) -> dict[str, Any]:
    return most_and_least(_opened(request), request.path, request.unit, request.count, Path(request.folder))


def ascend(request: insight.Ascend) -> dict[str, Any]:
    trained = _opened(request)
    picture, strengths = ascended(trained, request.path, request.unit, request.steps)
    name = f"ascent-{request.path.replace('.', '-')}-{request.unit}.png"
    tile = evened(picture if picture.shape[1] == 3 else picture[:, :1], by_tile=True)
    return write_sheet(tile, Path(request.folder) / name).written() | {"strengths": strengths}


def attribute(request: insight.Attribute) -> dict[str, Any]:
    """Picture, map, and the map over the picture."""
    trained = _opened(request)
    inputs, picture = _sample(trained, request.row, request.picture)
    if picture is None or len(inputs) != 1:
        raise RefusalError("This network does not take one picture alone.", "Choose another run.")
    heat, target = attribution(trained, inputs[0], request.method, request.target if request.target >= 0 else None)
    warm = laid_over(torch.zeros_like(picture[:, :1]), heat[None], share=1.0)
    tiles = torch.cat((picture.expand(-1, 3, -1, -1), warm, laid_over(picture, heat[None])))
    sheet = write_sheet(tiles, Path(request.folder) / f"{request.method.replace(' ', '-')}.png", columns=3)
    return sheet.written() | {"target": target, "predicted": told(trained, look(trained, inputs, ()).outputs)}


def judge_text(request: insight.JudgeText) -> dict[str, Any]:
    return judged_text(_opened(request), request.text, request.row, request.target)


def embed(request: insight.Embed) -> dict[str, Any]:
    count = min(request.count, LARGEST_EMBEDDING)
    return embedding(_opened(request), request.path, request.method, count, request.part)


def judge(request: insight.Judge) -> dict[str, Any]:
    return judged.overview(_opened(request), request.part)


def find_samples(request: insight.FindSamples) -> dict[str, Any]:
    """With their pictures, where they are pictures."""
    trained = _opened(request)
    if request.right >= 0:
        samples = judged.cell(trained, request.part, request.right, request.given)[: request.count]
    else:
        samples = judged.hardest(trained, request.part, request.count)
    result: dict[str, Any] = {"samples": samples}
    pictures = _pictures(trained, [sample["row"] for sample in samples])
    if pictures is not None:
        name = f"samples-{request.part}-{request.right}-{request.given}.png"
        result["sheet"] = write_sheet(pictures, Path(request.folder) / name).written()
    return result


def list_samples(request: insight.Samples) -> dict[str, Any]:
    trained = _opened(request)
    data, target = trained.data, trained.data.target
    rows = data.part(request.part)[request.first : request.first + request.count]
    names: list[str] = []
    if target is not None and target.classes and not target.shape:
        names = [target.classes[label] for label in data.columns[target.name][rows].tolist()]
    result: dict[str, Any] = {
        "rows": rows.tolist(),
        "samples": len(data.part(request.part)),
        "names": names,
        "texts": reading.beginnings(trained, rows),
    }
    pictures = _pictures(trained, rows.tolist())
    if pictures is not None:
        path = Path(request.folder) / f"choice-{request.part}-{request.first}.png"
        result["sheet"] = write_sheet(pictures, path).written()
    return result


def show_samples(request: insight.ShowSamples) -> dict[str, Any]:
    """From the data themselves; no network is needed."""
    data = reopened(DataChoice.read(request.data), Path(request.base))
    rows = data.part(request.part)
    target = data.target
    has_classes = target is not None and target.classes is not None and not target.shape
    if has_classes and target is not None and request.label >= 0:
        rows = rows[data.columns[target.name][rows] == request.label]
    chosen = rows[request.first : request.first + request.count]
    if request.places:
        chosen = rows[[place for place in request.places if place < len(rows)]]
    result: dict[str, Any] = {
        "rows": chosen.tolist(),
        "samples": len(rows),
        "classes": list(target.classes or ()) if has_classes and target is not None else [],
        "counts": data.class_counts(request.part),
        "labels": data.columns[target.name][chosen].tolist() if has_classes and target is not None else [],
    }
    field = next((f for f in data.fields if f.shape.axes == "CHW" and not f.is_target), None)
    if field is not None and len(chosen):
        pictures = as_pictures(data.columns[field.name][chosen], field.high)
        places = "-".join(map(str, request.places)) or f"{request.first}-{request.label}"
        name = f"data-{request.part}-{places}.png"
        result["sheet"] = write_sheet(pictures, Path(request.folder) / name).written()
    return result


def follow_graph(request: insight.FollowGraph) -> dict[str, Any]:
    known = load_weights(Path(request.run)) if request.run else None
    return passes(opened(request.network).network.graph, known, request.given)


def masks(request: insight.Masks) -> dict[str, Any]:
    trained = _opened(request)
    rows = trained.some_rows(request.first + request.count, request.part)[request.first :]
    return painted_masks(trained, rows, Path(request.folder) / f"masks-{request.part}-{request.first}.png")


def hidden_units(request: insight.HiddenUnits) -> dict[str, Any]:
    return reading.hidden_units(_opened(request), request.path, request.unit, request.text, request.row)


def attention(request: insight.Attention) -> dict[str, Any]:
    return attending.attention(_opened(request), request.text, request.row, request.layer, Path(request.folder))


def boxes(request: insight.Boxes) -> dict[str, Any]:
    trained = _opened(request)
    rows = trained.some_rows(request.first + request.count, request.part)[request.first :]
    return boxes_told.boxes(trained, rows, Path(request.folder) / f"boxes-{request.part}-{request.first}.png")


def disagreements(request: insight.Disagreements) -> dict[str, Any]:
    """With pictures of the samples, where they are pictures."""
    first, second = _opened(request), open_trained(Path(request.other), request.which)
    told = disagreeing(first, second, request.part, request.count)
    pictures = _pictures(first, [sample["row"] for sample in told["found"]])
    if pictures is not None:
        path = Path(request.folder) / f"disagreements-{request.part}.png"
        told["sheet"] = write_sheet(pictures, path).written()
    return told


def _pictures(trained: Trained, rows: list[int]) -> Tensor | None:
    """Of samples; None where they are no pictures, or there are none."""
    field = next((f for f in trained.data.fields if f.shape.axes == "CHW" and not f.is_target), None)
    if field is None or not rows:
        return None
    return as_pictures(trained.data.columns[field.name][torch.tensor(rows)], field.high)


def _writes(trained: Trained) -> str:
    """What it writes: "text", "caption", "translation" or nothing."""
    plan = writing_plan(trained.inference, trained.binding, trained.data)
    if plan is not None and len(plan.given) == 1:
        return "caption" if trained.data.field(plan.given[0]).shape.axes == "CHW" else "translation"
    is_text = trained.data.choice.reads_as == "characters" and reading.text_field(trained) is not None
    return "text" if is_text else ""


def _opened(request: insight.OfRun) -> Trained:
    return open_trained(Path(request.run), request.which)


def _sample(trained: Trained, row: int, picture: str) -> tuple[list[Tensor], Tensor | None]:
    """The inputs for one sample, and its picture of 0 … 1 where it is one."""
    if picture:
        field = trained.picture
        value = picture_value(trained.data, field, Path(picture))
        return trained.of_picture(value), evened(value if value.shape[1] in (1, 3) else value[:, :1], by_tile=True)
    rows = torch.tensor([row]) if row >= 0 else trained.some_rows(1)
    total = len(trained.data.train) + len(trained.data.validation) + len(trained.data.test)
    if row >= total:
        raise RefusalError(f"There is no sample {row}.", f"Choose one from 0 to {total - 1}.")
    pictures = [trained.data.field(name) for name in trained.binding.forward]
    field_of_picture = next((field for field in pictures if field.shape.axes == "CHW"), None)
    shown = None
    if field_of_picture is not None:
        shown = as_pictures(trained.data.columns[field_of_picture.name][rows], field_of_picture.high)
    return trained.inputs(rows), shown
