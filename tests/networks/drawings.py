"""The networks in ``resources/networks``; ``python -m tests.networks.drawings`` writes them there."""

from collections.abc import Mapping
from pathlib import Path

import resources
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.embedding import Embedding
from nodes.graph.files import write
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.merge import Add
from nodes.normalization import BatchNorm2d
from nodes.pooling import AdaptiveAvgPool2d, MaxPool2d
from nodes.recurrent import LSTM
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType

FOLDER = Path(resources.__file__).parent / "networks"
PITCH, ROW = 252, 144  # scene units from node to node and from row to row


def rows(*lines: Mapping[str, NodeType]) -> Graph:
    """Nodes in rows, read like lines of text; each feeds the next."""
    graph, before = Graph(), ""
    for row, line in enumerate(lines):
        for column, (name, settings) in enumerate(line.items()):
            graph = graph.with_node(name, Node(settings, PITCH * column, ROW * row))
            if before:
                output = graph.nodes[before].settings.outputs()[0]
                graph = graph.with_link(Link(before, output, name, graph.input_ports(name)[0].name))
            before = name
    return graph


def judged(graph: Graph, scores: str, result: str) -> Graph:
    """With an Output behind the scores, and below it a loss."""
    node = graph.nodes[scores]
    graph = graph.with_node(result, Node(Output(), node.x + PITCH, node.y))
    graph = graph.with_node("loss", Node(CrossEntropyLoss(), node.x + PITCH, node.y + ROW / 2))
    for target, port in ((result, "x"), ("loss", "prediction")):
        graph = graph.with_link(Link(scores, "output", target, port))
    return graph


def digits() -> Network:
    graph = rows(
        {
            "image": Input("image", (1, 8, 8)),
            "conv1": Conv2d(16, padding=(1, 1)),
            "bn1": BatchNorm2d(),
            "relu1": ReLU(),
        },
        {"conv2": Conv2d(32, padding=(1, 1)), "bn2": BatchNorm2d(), "relu2": ReLU(), "pool1": MaxPool2d()},
        {"flatten": Flatten(), "fc1": Linear(10)},
    )
    return Network(
        judged(graph, "fc1", "digit"),
        "Digits",
        "Handwritten digits of 8 × 8 pixels, which come with scikit-learn.",
        data={"source": "digits"},
        recipe={"optimizer": "Adam", "learning_rate": 0.002, "schedule": "cosine", "batch_size": 64, "epochs": 30},
    )


def lenet5() -> Network:
    graph = rows(
        {"image": Input("image", (1, 28, 28)), "conv1": Conv2d(6, (5, 5), padding=(2, 2)), "relu1": ReLU()}
        | {"pool1": MaxPool2d()},
        {"conv2": Conv2d(16, (5, 5)), "relu2": ReLU(), "pool2": MaxPool2d(), "flatten": Flatten()},
        {"fc1": Linear(120), "relu3": ReLU(), "fc2": Linear(84), "relu4": ReLU()},
        {"fc3": Linear(10)},
    )
    return Network(
        judged(graph, "fc3", "digit"),
        "LeNet-5",
        "After LeCun, Bottou, Bengio & Haffner 1998, with ReLU and max pooling. Set the data source to a folder "
        "with MNIST's four IDX files.",
        data={"source": "mnist", "validation": 0.05},
        recipe={"optimizer": "Adam", "learning_rate": 0.002, "schedule": "cosine", "batch_size": 64, "epochs": 3},
    )


def bottleneck(arriving: tuple[int, int, int], channels: int, stride: int = 1, *, projects: bool) -> Graph:
    """1 × 1, 3 × 3, 1 × 1, and around them a link or, where the size changes, a projection.

    Source:  He, Zhang, Ren & Sun 2016, arXiv:1512.03385; the stride is at the 3 × 3, as in torchvision.
    """
    relu = ReLU(inplace=True)
    graph = rows(
        {"x_in": Input("image", arriving), "conv1": Conv2d(channels, (1, 1), bias=False)}
        | {"bn1": BatchNorm2d(), "relu1": relu},
        {"conv2": Conv2d(channels, stride=(stride, stride), padding=(1, 1), bias=False)}
        | {"bn2": BatchNorm2d(), "relu2": relu},
        {"conv3": Conv2d(4 * channels, (1, 1), bias=False), "bn3": BatchNorm2d(), "add": Add(), "relu3": relu}
        | {"result": Output()},
    )
    if not projects:
        return graph.with_link(Link("x_in", "output", "add", "x2"))
    projection = Conv2d(4 * channels, (1, 1), (stride, stride), bias=False)
    graph = graph.with_node("conv4", Node(projection, 0, 3 * ROW)).with_node(
        "bn4", Node(BatchNorm2d(), PITCH, 3 * ROW)
    )
    for link in (("x_in", "conv4", "x"), ("conv4", "bn4", "x"), ("bn4", "add", "x2")):
        graph = graph.with_link(Link(link[0], "output", link[1], link[2]))
    return graph


def resnet50() -> Network:
    lines: list[dict[str, NodeType]] = [
        {"image": Input("image", (3, 224, 224)), "conv1": Conv2d(64, (7, 7), (2, 2), (3, 3), bias=False)}
        | {"bn1": BatchNorm2d(), "relu1": ReLU(inplace=True), "pool1": MaxPool2d((3, 3), (2, 2), (1, 1))}
    ]
    arriving = (64, 56, 56)
    for stage, (channels, repeat) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), start=1):
        stride = 1 if stage == 1 else 2
        first = bottleneck(arriving, channels, stride, projects=True)
        arriving = (4 * channels, arriving[1] // stride, arriving[2] // stride)
        others = bottleneck(arriving, channels, projects=False)
        lines.append(
            {
                f"stage{stage}": Block("Projection", first),
                f"rest{stage}": Block("Bottleneck", others, repeat=repeat - 1),
            }
        )
    lines.append({"pool2": AdaptiveAvgPool2d(), "flatten": Flatten(), "fc": Linear(1000)})
    return Network(
        judged(rows(*lines), "fc", "label"),
        "ResNet-50",
        "After He, Zhang, Ren & Sun 2016, arXiv:1512.03385. Set the data source to a folder with one subfolder for "
        "each class, and out_features of fc to the number of classes.",
        data={"source": "pictures"},
        recipe={"learning_rate": 0.1, "weight_decay": 0.0001, "schedule": "cosine", "batch_size": 256, "epochs": 90},
    )


def char_lstm() -> Network:
    graph = rows(
        {"text": Input("indices", ("L",)), "embed": Embedding(65, 64), "lstm": LSTM(256, dropout=0.2, num_layers=2)}
        | {"fc": Linear(65)},
    )
    return Network(
        judged(graph, "fc", "next_char"),
        "Character LSTM",
        "Reads a text of any length and scores, at every place, what the next of 65 characters will be.",
        recipe={"optimizer": "AdamW", "learning_rate": 0.002, "schedule": "cosine", "epochs": 10},
    )


def mlp() -> Network:
    graph = rows(
        {"image": Input("image", (1, 8, 8)), "flatten": Flatten(), "fc1": Linear(32), "relu1": ReLU()},
        {"fc2": Linear(10)},
    )
    return Network(
        judged(graph, "fc2", "digit"),
        "Two-layer perceptron",
        "The smallest network that is more than a linear classifier.",
        data={"source": "digits"},
        recipe={"optimizer": "Adam", "learning_rate": 0.005, "batch_size": 32, "epochs": 20},
    )


DRAWINGS = {"digits": digits, "lenet5": lenet5, "resnet50": resnet50, "char_lstm": char_lstm, "mlp": mlp}


def main() -> None:
    for name, drawing in DRAWINGS.items():
        (FOLDER / f"{name}.netw").write_bytes(write(drawing()))


if __name__ == "__main__":
    main()
