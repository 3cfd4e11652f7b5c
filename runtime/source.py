"""Graph -> readable PyTorch source that imports nothing of Netwright.

What is read here is what trains and is exported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.check import problems
from nodes.graph.infer import Inference, arguments, infer
from nodes.graph.model import Graph, Link, name_fault
from nodes.graph.muting import without_muted
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from runtime.layer_texts import layer_texts
from runtime.source_places import Places, places_of
from runtime.training_source import groups_method, initialization, own_training, train_method

Value = tuple[str, str]  # node and output port
INDENT = "        "
STANDARD = {
    r"math\.": "import math",
    "Mapping": "from collections.abc import Mapping",
    "Any": "from typing import Any",
}
# What the source calls by these names: no class may hide it.
USED = ("Any", "Mapping", "Tensor", "dict", "math", "ops", "range", "super", "tuple")


class SourceError(Exception):
    """A graph that no source can be written for; ``node`` is where, empty for the network as a whole."""

    def __init__(self, fact: str, remedy: str, node: str = "") -> None:
        super().__init__(f"{fact} {remedy}".strip())
        self.fact, self.remedy, self.node = fact, remedy, node


@dataclass(frozen=True)
class Source:
    """The text, and what one has to know to use it. ``lines`` are the 1-based lines that speak of each node."""

    text: str
    class_name: str
    inputs: tuple[str, ...]  # what forward takes
    outputs: tuple[str, ...]
    losses: tuple[str, ...]
    needs_target: bool
    lines: Mapping[str, tuple[int, ...]]
    user_code: bool = False  # whether it holds Python code that a user wrote
    places: Places = field(default_factory=lambda: Places(""))


def write_source(
    graph: Graph, name: str = "Network", losses: bool = False, given: Mapping[str, Shape] | None = None
) -> Source:
    """The source of a graph: a class with ``forward``; with ``losses`` also a method that gives the training loss.

    ``forward`` takes the Input nodes that an Output needs, ``losses(inputs…, target)`` takes them all and
    gives ``(total, {loss node: (value, prediction)})``; total is the weighted sum.
    ``given`` are shapes for Input nodes in place of their own. Muted nodes are left out.
    Errors:  SourceError with the first problem that is an error.
    """
    graph = without_muted(graph)
    inference = infer(graph, given=given)
    for problem in problems(graph, inference):
        if problem.severity == "error":
            raise SourceError(problem.fact, problem.remedy, problem.node)
    file = _File()
    network = _Class(graph, inference, file, file.fresh(class_name(name)))
    losses = losses and bool(network.losses)
    body = network.written(losses, is_whole=True)
    parts = [*file.support([*file.classes, body]), *file.classes, body]
    text = "\n\n\n".join([file.header(parts, name), *parts]) + "\n"
    return Source(
        text,
        network.name,
        tuple(network.inputs),
        tuple(network.outputs),
        network.losses if losses else (),
        losses and network.needs_target,
        _lines(text, network.name, graph),
        bool(file.definitions),
        places_of(text, network.name, {**file.bodies, network.name: graph.nodes.keys()}, file.inner),
    )


def forward_inputs(graph: Graph) -> tuple[str, ...]:
    """The Input nodes that an Output needs, in the order of the graph: what ``forward`` takes.

    Those that only a loss reads are left out of what is exported.
    """
    graph = without_muted(graph)
    needed = set(needed_nodes(graph))
    return tuple(n for n, node in graph.nodes.items() if isinstance(node.settings, Input) and n in needed)


def needed_nodes(graph: Graph) -> list[str]:
    """The nodes that an Output rests on, each after what it needs: what ``forward`` calculates."""
    return _in_order(graph, [n for n, node in graph.nodes.items() if isinstance(node.settings, Output)])


def class_name(title: str) -> str:
    """``LeNet-5 on digits`` -> ``LeNet5OnDigits``: a title as the name of a class."""
    words = re.findall(r"[A-Za-z0-9]+", title.encode("ascii", "ignore").decode())
    joined = "".join(word[0].upper() + word[1:] for word in words).lstrip("0123456789")[:60]
    return joined if joined and not name_fault(joined) else "Network"


@dataclass
class _File:
    """One source file: the classes of blocks written so far, each once for a body and its input shapes."""

    classes: list[str] = field(default_factory=list)
    definitions: dict[str, str] = field(default_factory=dict)  # classes that a user wrote, and their text
    bodies: dict[str, Collection[str]] = field(default_factory=dict)  # the names of the nodes in each block's class
    inner: dict[tuple[str, str], str] = field(default_factory=dict)  # the class of each block, by class and node
    _names: dict[tuple[object, ...], str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=lambda: {*USED, *layer_texts()})

    def fresh(self, name: str) -> str:
        unique, number = name, 1
        while unique in self._taken:
            number += 1
            unique = f"{name}{number}"
        self._taken.add(unique)
        return unique

    def support(self, bodies: Iterable[str]) -> list[str]:
        """Layers that PyTorch does not have and the classes need, each written out once."""
        known = layer_texts()
        found: dict[str, None] = {}
        waiting = ["\n".join(bodies)]
        while waiting:
            code = waiting.pop()
            for name in dict.fromkeys(re.findall(r"\b[A-Za-z_]\w*(?=\()", code)):
                if name in known and name not in found:
                    found[name] = None
                    waiting.append(known[name])
        return [known[name] for name in known if name in found]

    def class_of(self, block: Block, inputs: tuple[Shape, ...]) -> str:
        key = (block.body.structure, block.arriving(*inputs))
        if key not in self._names:
            name = self.fresh(block.name)
            self._names[key] = name
            self.bodies[name] = block.body.nodes.keys()
            ports = [port.name for port in block.inputs()]
            self.classes.append(_Class(block.body, block.inside(*inputs), self, name, ports).written(False))
        return self._names[key]

    def with_definition(self, settings: NodeType, module: str) -> str:
        """The module's source, after writing down the class that its user wrote for it."""
        definition = settings.definition()
        if not definition:
            return module
        if definition not in self.definitions:
            written = module.partition("(")[0]
            name = self.fresh(written)
            self.definitions[definition] = name
            self.classes.append(re.sub(rf"\b{written}\b", name, definition).strip())
        return f"{self.definitions[definition]}({module.partition('(')[2]}"

    def header(self, bodies: Iterable[str], title: str) -> str:
        code = "\n".join(bodies)
        lines = [f'"""{_plain(title)}, drawn in Netwright."""', ""]
        standard = [line for word, line in STANDARD.items() if re.search(rf"\b{word}", code)]
        lines += [*standard, ""] if standard else []
        if re.search(r"\btorch\.", code):
            lines.append("import torch")
        if re.search(r"\bF\.", code):
            lines.append("import torch.nn.functional as F")
        lines.append("from torch import Tensor, nn")
        if re.search(r"\bops\.", code):
            lines.append("from torchvision import ops")
        return "\n".join(lines)


class _Class:
    """One class of the file: a network, or the body of a block."""

    def __init__(
        self, graph: Graph, inference: Inference, file: _File, name: str, inputs: Iterable[str] | None = None
    ) -> None:
        self._graph, self._inference, self._file, self.name = graph, inference, file, name
        settings = {node: graph.nodes[node].settings for node in graph.nodes}
        self.all_inputs = [node for node, kind in settings.items() if isinstance(kind, Input)]
        self.inputs = list(forward_inputs(graph) if inputs is None else inputs)
        self.outputs = [node for node, kind in settings.items() if isinstance(kind, Output)]
        self.losses = tuple(node for node, kind in settings.items() if kind.is_loss)
        self.needs_target = any(
            port.name == "target" and "target" not in graph.incoming(loss)
            for loss in self.losses
            for port in settings[loss].inputs()
        )

    def written(self, with_losses: bool, is_whole: bool = False) -> str:
        goals = [*self.outputs, *(self.losses if with_losses else ())]
        used = _in_order(self._graph, goals)
        lines = [f"class {self.name}(nn.Module):", "    def __init__(self) -> None:", f"{INDENT}super().__init__()"]
        for node in used:
            module = self._module(node)
            if module:
                lines.append(f"{INDENT}self.{node} = {module}")
        lines += self._beginnings(used)
        lines += ["", *self._forward()]
        if with_losses:
            lines += ["", *self._losses_method()]
        still = [n for n in used if self._graph.nodes[n].training.frozen and self._inference.facts[n].buffers]
        if still:
            lines += ["", *train_method(still)]
        own = own_training(self._graph, self._inference) if is_whole else {}
        if own:
            lines += ["", *groups_method(own)]
        return "\n".join(lines)

    def _beginnings(self, used: Iterable[str]) -> list[str]:
        """What the weights of some nodes begin with, and which are frozen."""
        lines: list[str] = []
        for node in used:
            training, weights = self._graph.nodes[node].training, self._inference.facts[node].weights
            if not isinstance(self._graph.nodes[node].settings, Block):
                lines += [f"{INDENT}{line}" for line in initialization(training, f"self.{node}", weights)]
            if training.frozen and weights:
                lines.append(f"{INDENT}self.{node}.requires_grad_(False)")
        return lines

    def _module(self, node: str) -> str:
        settings = self._graph.nodes[node].settings
        shapes = arguments(settings, self._inference.facts[node].inputs)
        if not isinstance(settings, Block):
            return self._file.with_definition(settings, settings.module(*shapes))
        name = self._file.class_of(settings, tuple(s for s in shapes if s is not None))
        self._file.inner[self.name, node] = name
        built = self._built_block(settings, name, len(shapes))
        return f"OverTime({built})" if settings.over_time else built

    @staticmethod
    def _built_block(settings: Block, name: str, ports: int) -> str:
        if settings.repeat == 1:
            return f"{name}()"
        many = f"*({name}() for _ in range({settings.repeat}))"
        return f"nn.Sequential({many})" if ports == 1 else f"nn.ModuleList([{many}])"

    def _signature(self, method: str, names: Iterable[str], result: str) -> str:
        values = "".join(f", {name}: Tensor" for name in names)
        return f"    def {method}(self{values}) -> {result}:"

    def _forward(self) -> list[str]:
        if any(self._graph.nodes[node].settings.is_loss for node in _in_order(self._graph, self.outputs)):
            raise SourceError("An output depends on a loss.", "Connect the output to a value before the loss.")
        result = "Tensor" if len(self.outputs) == 1 else f"tuple[{', '.join(['Tensor'] * len(self.outputs))}]"
        body = _Body(self._graph, self._inference, self.outputs)
        returned = ", ".join(body.variable(self._wired(node, "x")) for node in self.outputs)
        return [
            self._signature("forward", self.inputs, result),
            f'{INDENT}"""{self._described(self.inputs)} -> {self._described(self.outputs)}"""',
            *body.lines,
            f"{INDENT}return {returned}",
        ]

    def _described(self, nodes: Iterable[str]) -> str:
        shapes = ((node, self._inference.facts[node].outputs["output"]) for node in nodes)
        return ", ".join(f"{node}: {' × '.join(map(str, ('N', *shape)))}" for node, shape in shapes)

    def _losses_method(self) -> list[str]:
        lines = [
            self._signature(
                "losses",
                [*self.all_inputs, *(("target",) if self.needs_target else ())],
                "tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]",
            ),
            f'{INDENT}"""What training lowers, and of each loss its value and the prediction that it judges."""',
        ]
        variables = {(name, "output"): name for name in self.all_inputs}
        variables |= {self._wired(output, "x"): output for output in self.outputs}
        wanted = [(k.source, k.output) for loss in self.losses for k in self._graph.incoming(loss).values()]
        if all(value in variables for value in wanted):
            lines.append(f"{INDENT}{', '.join(self.outputs)} = self({', '.join(self.inputs)})")
        else:
            body = _Body(self._graph, self._inference, self.losses)
            variables = {value: body.variable(value) for value in wanted}
            lines += body.lines
        lines += [self._loss_line(loss, variables) for loss in self.losses]
        entries = (f'"{loss}": ({loss}, {variables[self._judged(loss)]})' for loss in self.losses)
        return [
            *lines,
            f"{INDENT}total = {' + '.join(map(self._weighted, self.losses))}",
            f"{INDENT}return total, {{{', '.join(entries)}}}",
        ]

    def _judged(self, loss: str) -> Value:
        """What a loss judges: the value at its first port."""
        return self._wired(loss, self._graph.nodes[loss].settings.inputs()[0].name)

    def _wired(self, node: str, port: str) -> Value:
        link = self._graph.incoming(node)[port]
        return link.source, link.output

    def _loss_line(self, loss: str, variables: Mapping[Value, str]) -> str:
        settings, links = self._graph.nodes[loss].settings, self._graph.incoming(loss)
        values = [
            variables[k.source, k.output] if k else None for k in (links.get(p.name) for p in settings.inputs())
        ]
        ports = [port.name for port in settings.inputs()]
        if "target" in ports and "target" not in links:
            values[ports.index("target")] = "target"
        shapes = arguments(settings, self._inference.facts[loss].inputs)
        return f"{INDENT}{loss} = {settings.expression(f'self.{loss}', *values, inputs=shapes)}"

    def _weighted(self, loss: str) -> str:
        weight = getattr(self._graph.nodes[loss].settings, "weight", 1.0)
        return loss if weight == 1 else f"{weight!r} * {loss}"


class _Body:
    """The statements that compute some nodes. A value's variable is taken over or let go at its last use."""

    def __init__(self, graph: Graph, inference: Inference, goals: Iterable[str]) -> None:
        self._graph, self._inference = graph, inference
        goals = list(goals)
        self._goals = frozenset(goals)
        steps = [
            n for n in _in_order(graph, goals) if n not in goals and not isinstance(graph.nodes[n].settings, Input)
        ]
        self._inputs = {n for n in graph.nodes if isinstance(graph.nodes[n].settings, Input)}
        self._variables: dict[Value, str] = {(name, "output"): name for name in self._inputs}
        self._last = self._last_uses(steps, goals)
        self.lines: list[str] = []
        for number, node in enumerate(steps):
            self._write(number, node)

    def variable(self, value: Value) -> str:
        return self._variables[value]

    def _last_uses(self, steps: list[str], goals: list[str]) -> dict[Value, int]:
        last: dict[Value, int] = {}
        for number, node in enumerate(steps):
            for link in self._graph.incoming(node).values():
                last[link.source, link.output] = number
        for goal in goals:
            for link in self._graph.incoming(goal).values():
                last[link.source, link.output] = len(steps)
        return last

    def _write(self, number: int, node: str) -> None:
        settings, links = self._graph.nodes[node].settings, self._graph.incoming(node)
        wired = [links.get(port.name) for port in self._graph.input_ports(node)]
        if settings.inputs() and settings.inputs()[-1].variadic:
            wired = [link for link in wired if link]
        values = [self._variables[k.source, k.output] if k else None for k in wired]
        ending = self._ended(wired, number)
        several = sum((node, port) in self._last for port in settings.outputs()) > 1
        names = {port: self._named(node, port, ending, several) for port in settings.outputs()}
        self._emit(node, names, values)
        gone = [name for name in ending if name not in names.values()]
        if gone:
            self.lines.append(f"{INDENT}del {', '.join(gone)}")

    def _ended(self, wired: list[Link | None], number: int) -> list[str]:
        """Variables whose value is read for the last time here. Inputs are the caller's to let go."""
        values = dict.fromkeys((k.source, k.output) for k in wired if k)
        return [
            self._variables.pop(value)
            for value in values
            if self._last[value] == number and value[0] not in self._inputs
        ]

    def _named(self, node: str, port: str, ending: list[str], several: bool) -> str:
        value = (node, port)
        if value not in self._last:
            return "_"
        held = {*self._variables.values(), *self._goals}  # a loss becomes a variable of its own name
        free = [name for name in (*ending, "x") if name not in held]
        name = free[0] if free and not several else f"{node}_{port}" if several else node
        self._variables[value] = _unlike(name, held)
        return self._variables[value]

    def _emit(self, node: str, names: Mapping[str, str], values: list[str | None]) -> None:
        settings, facts = self._graph.nodes[node].settings, self._inference.facts[node]
        used = {port: name for port, name in names.items() if name != "_"}
        comment = "  # " + ", ".join(str(facts.outputs[port]) for port in used)
        if (
            isinstance(settings, Block) and settings.repeat > 1 and not settings.over_time
        ):  # the next repeat reads what nobody else does
            targets = ", ".join(name if name != "_" else f"{node}_{port}" for port, name in names.items())
            self._emit_loop(node, targets, ", ".join(map(str, values)), comment)
            return
        targets = ", ".join(names.values())
        result = settings.expression(f"self.{node}", *values, inputs=arguments(settings, facts.inputs))
        if len(used) == 1:
            [(port, targets)] = used.items()
            result = settings.picked(port, result)
        elif any(settings.picked(port, "x") != f"x[{number}]" for number, port in enumerate(names)):
            self._emit_parts(node, used, result)
            return
        self.lines.append(f"{INDENT}{targets} = {result}{comment}")

    def _emit_loop(self, node: str, targets: str, values: str, comment: str) -> None:
        """Repeats of a block. Calling its nn.Sequential would hold the first value until the last repeat."""
        layer = _unlike("layer", self._variables.values())
        if values != targets:
            self.lines.append(f"{INDENT}{targets} = {values}")
        self.lines += [
            f"{INDENT}for {layer} in self.{node}:",
            f"{INDENT}    {targets} = {layer}({targets}){comment}",
        ]

    def _emit_parts(self, node: str, used: Mapping[str, str], result: str) -> None:
        """For results that are nested, such as an LSTM's: first the whole, then what is used of it."""
        settings, shapes = self._graph.nodes[node].settings, self._inference.facts[node].outputs
        whole = _unlike(f"{node}_results", {*self._variables.values(), *used.values()})
        self.lines.append(f"{INDENT}{whole} = {result}")
        self.lines += [
            f"{INDENT}{name} = {settings.picked(port, whole)}  # {shapes[port]}" for port, name in used.items()
        ]
        self.lines.append(f"{INDENT}del {whole}")


def _unlike(name: str, taken: Collection[str]) -> str:
    """The name, or one close to it that is not taken."""
    while name in taken:
        name += "_"
    return name


def _in_order(graph: Graph, goals: Iterable[str]) -> list[str]:
    """The goals and all they need, each after what it needs, branch by branch as one would write them.

    Where nodes feed each other in a circle there is no such order, but an end to the search for it.
    """
    order: dict[str, None] = {}
    begun = set[str]()
    waiting = [(goal, False) for goal in reversed(list(goals))]
    while waiting:
        node, is_ready = waiting.pop()
        if node in order:
            continue
        if is_ready:
            order[node] = None
            continue
        if node in begun:
            continue
        begun.add(node)
        waiting.append((node, True))
        links = graph.incoming(node)
        ports = [port.name for port in graph.input_ports(node) if port.name in links]
        waiting += [(links[port].source, False) for port in reversed(ports)]
    return list(order)


def _lines(text: str, name: str, graph: Graph) -> dict[str, tuple[int, ...]]:
    """Lines that build or use a node: in the network's own class, those that name it."""
    found: dict[str, list[int]] = {}
    lines = text.split("\n")
    begin = lines.index(f"class {name}(nn.Module):")
    for number, line in enumerate(lines[begin:], begin + 1):
        for word in set(re.findall(r"\b[A-Za-z]\w*\b", line.split("  # ")[0])):
            if word in graph.nodes:
                found.setdefault(word, []).append(number)
    return {node: tuple(numbers) for node, numbers in found.items()}


def _plain(title: str) -> str:
    """A title that cannot end the docstring it stands in."""
    return re.sub(r"[^\w .,:+()×-]", "", title)[:100].strip() or "A network"
