"""The source lines that say how the weights of a node begin and how they are trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nodes.block import Block
from nodes.graph.infer import Inference, arguments
from nodes.graph.model import Graph
from nodes.spec.shapes import Shape
from nodes.spec.training import NodeTraining, begins_so, is_offset

Trained = tuple[float, float | None, float | None, float | None]
"""Factor of the learning rate; weight decay, l1 and max_norm of its own."""
Own = Mapping[str, Trained]  # by layer

PLAINLY: Trained = (1.0, None, None, None)


def initialization(training: NodeTraining, layer: str, weights: Mapping[str, Shape]) -> list[str]:
    """The lines that set what the weights of ``layer`` begin with; none where PyTorch's own beginning stays."""
    lines: list[str] = []
    for name, shape in weights.items():
        if is_offset(name):
            method, value = training.bias_init, training.bias_value
        else:
            method, value = training.weight_init, training.weight_value
            if not begins_so(method, shape):
                continue
        if method != "default":
            lines.append(_line(method, f"{layer}.{name}", value, training.weight_std))
    return lines


def _line(method: str, weight: str, value: float, std: float) -> str:
    match method:
        case "normal":
            return f"nn.init.normal_({weight}, std={std!r})"
        case "constant":
            return f"nn.init.constant_({weight}, {value!r})"
        case "bilinear":
            return f"bilinear_({weight})"
        case _:
            return f"nn.init.{method}_({weight})"


def own_training(graph: Graph, inference: Inference) -> dict[str, Trained]:
    """Layers with a learning rate or penalties of their own, by their names in the module; inner ones first."""
    found: dict[str, Trained] = {}
    for name, facts in inference.facts.items():
        node = graph.nodes[name]
        if not facts.weights:
            continue
        mine = _trained(node.training)
        if isinstance(node.settings, Block):
            inputs = [shape for shape in arguments(node.settings, facts.inputs) if shape is not None]
            inner = own_training(node.settings.body, node.settings.inside(*inputs))
            for prefix in _prefixes(name, node.settings):
                for layer, theirs in inner.items():
                    found[f"{prefix}.{layer}"] = _within(mine, theirs)
        if mine != PLAINLY:
            found[name] = mine
    return found


def _trained(training: NodeTraining) -> Trained:
    return training.learning_rate_factor, training.weight_decay, training.l1, training.max_norm


def _within(outer: Trained, inner: Trained) -> Trained:
    """What holds for a layer in a block: rates multiply, and its own penalties come before the block's."""
    decay, l1, max_norm = (o if i is None else i for o, i in zip(outer[1:], inner[1:], strict=True))
    return outer[0] * inner[0], decay, l1, max_norm


def _prefixes(name: str, block: Block) -> list[str]:
    within = f"{name}.layer" if block.over_time else name
    return [within] if block.repeat == 1 else [f"{within}.{turn}" for turn in range(block.repeat)]


def train_method(frozen: Iterable[str]) -> list[str]:
    """The method that keeps frozen layers with running averages from training, which would change these."""
    return [
        "    def train(self, mode: bool = True) -> nn.Module:",
        '        """Frozen layers stay in evaluation, so that their running averages stay too."""',
        "        super().train(mode)",
        *(f"        self.{layer}.eval()" for layer in frozen),
        "        return self",
    ]


def groups_method(own: Own) -> list[str]:
    """The method that puts the weights in groups for an optimizer."""
    return [
        "    def parameter_groups(self, learning_rate: float, weight_decay: float) -> list[dict[str, object]]:",
        '        """The weights as an optimizer takes them, each layer with its own rate and penalties."""',
        "        own = {",
        *(f'            "{layer}": {_written(values)!r},' for layer, values in own.items()),
        "        }",
        "        return parameter_groups(self, own, learning_rate, weight_decay)",
    ]


def _written(values: Trained) -> tuple[float | None, ...]:
    """Without what no layer but a few has."""
    return values if values[2:] != (None, None) else values[:2]
