"""What a trained network makes of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nodes.boundary import Output
from nodes.graph.infer import infer
from nodes.spec.shapes import Shape
from runtime.augmentation.crops import WHOLE, View, views_of
from runtime.checkpoint import load_run
from runtime.data.binding import bind
from runtime.data.dataset import DataSet, Field
from runtime.data.pixels import Fit, read_picture
from runtime.faults import RefusalError
from runtime.recipe import Recipe
from runtime.recipe_parts.validation import NO_CROPS


class Predictor:
    """A run that answers for pictures. Raises TrainingError, DataError, RefusalError where it cannot be opened."""

    def __init__(self, run: Path) -> None:
        loaded = load_run(run)
        self._module = loaded.module
        graph, dataset = loaded.network.graph, loaded.dataset
        names = bind(graph, dataset).forward
        field = dataset.field(names[0])
        if len(names) != 1 or field.shape.axes != "CHW":
            raise RefusalError(
                f"This network takes {', '.join(names)}, and not one picture.",
                "Use its ONNX or Python export instead.",
            )
        self._field, self._data = field, dataset
        recipe = Recipe.read(loaded.network.recipe)
        self._views = WHOLE if recipe.test_crops == NO_CROPS else views_of(recipe)
        self._classes = dataset.target.classes if dataset.target else None
        facts = infer(graph).facts
        self._outputs = {
            name: facts[name].outputs["output"]
            for name, node in graph.nodes.items()
            if isinstance(node.settings, Output)
        }

    def predict(self, picture: Path) -> dict[str, Any]:
        """The outputs for one picture file; the class too where it is a classification. Raises DataError.

        Where the recipe tests by crops, these are means over all views: of the outputs, and of the probabilities.
        """
        values = picture_value(self._data, self._field, picture, self._views)
        weights = torch.tensor([view.weight for view in self._views])
        with torch.inference_mode():
            result = self._module(values)
        results = (result,) if isinstance(result, Tensor) else result
        named = dict(zip(self._outputs, results, strict=True))
        means = {name: _mean(weights, value) for name, value in named.items()}
        report: dict[str, Any] = {"outputs": {name: value.tolist() for name, value in means.items()}}
        scores = next((named[name] for name, shape in self._outputs.items() if self._gives_classes(shape)), None)
        if scores is None or not self._classes:
            return report
        return report | _ranked(_mean(weights, _probabilities(scores)), self._classes)

    def _gives_classes(self, shape: Shape) -> bool:
        return bool(self._classes) and shape == Shape(len(self._classes or ()))


def picture_value(data: DataSet, field: Field, picture: Path, views: Sequence[View] = WHOLE) -> Tensor:
    """A picture file as a network takes it that was trained on that field: views × C × H × W. Raises DataError."""
    channels, height, width = (int(size) for size in field.shape)  # type: ignore[arg-type]
    fit = Fit.of(data.choice) or Fit(height, width, False)
    values = torch.tensor(read_picture(picture, channels, fit, field.high), dtype=torch.float32)[None]
    conversion = data.conversion(field.name)
    seen = values if views is WHOLE else torch.cat([view.of(values) for view in views])
    return conversion(seen) if conversion else seen


def _mean(weights: Tensor, values: Tensor) -> Tensor:
    """Of views × anything; a single view is left as it is, whatever its numbers are."""
    return values[0] if len(values) == 1 else torch.tensordot(weights, values.float(), 1)


def _probabilities(scores: Tensor) -> Tensor:
    """Of views × classes. Scores that are probabilities already stay as they are."""
    is_probability = bool((scores >= 0).all()) and bool(((scores.sum(1) - 1).abs() < 1e-4).all())
    return scores if is_probability else scores.softmax(1)


def _ranked(probabilities: Tensor, classes: tuple[str, ...]) -> dict[str, Any]:
    """Classes, the likeliest first."""
    order = probabilities.argsort(descending=True).tolist()
    ranked = [{"name": classes[index], "probability": float(probabilities[index])} for index in order]
    return {"class_name": ranked[0]["name"], "probability": ranked[0]["probability"], "classes": ranked}
