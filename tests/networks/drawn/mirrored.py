"""Networks that judge every pixel by going down to a small map and all the way up again."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d, ConvTranspose2d
from nodes.dropout import Dropout
from nodes.graph.model import Graph, Network
from nodes.loss import CrossEntropyLoss
from nodes.merge import Concat
from nodes.normalization import BatchNorm2d
from nodes.pooling import MaxPool2d, MaxUnpool2d
from nodes.reshape_parts import Crop
from nodes.spec.node_type import NodeType
from nodes.spec.training import NodeTraining
from tests.networks.drawn.sketch import Sketch, image

CHAPTER = "Segmentation and detection"
RELU = ReLU(inplace=True)
PITCH, ROW = 204.0, 108.0  # between the steps of a U
STAGES = (  # of VGG-16: side of what arrives, its channels, the convolutions
    (224, 3, (64, 64)),
    (112, 64, (128, 128)),
    (56, 128, (256, 256, 256)),
    (28, 256, (512, 512, 512)),
    (14, 512, (512, 512, 512)),
)


def activated(sketch: Sketch, name: str, layer: NodeType, number: int | str = "") -> Sketch:
    """A layer without bias, its normalisation and ReLU."""
    return sketch.then(**{f"{name}{number}": layer, f"bn{number}": BatchNorm2d(), f"relu{number}": RELU})


def valley(graph: Graph) -> Graph:
    """Down to the right, then up to the right, as in the paper's figure: what belongs together stands level."""
    down = [name for name in graph.nodes if name.startswith("down")]
    up = [name for name in graph.nodes if name.startswith("up")]
    middle = [name for name in graph.nodes if name == "middle"]
    levels = {name: level for level, name in enumerate(down)} | {name: len(up) - 1 - n for n, name in enumerate(up)}
    steps = ["image", *down, *middle, *up, "scores", "label"]
    rows = [len(down) if name == "middle" else levels.get(name, 0) for name in steps]
    places = {name: (PITCH * column, ROW * row) for column, (name, row) in enumerate(zip(steps, rows, strict=True))}
    return graph.moved({**places, "loss": (places["label"][0], ROW)})


def down(side: int, arriving: int, channels: tuple[int, ...]) -> Block:
    """Convolutions, and a pooling that tells where it found each largest number."""
    sketch = Sketch(x_in=image(arriving, side, side))
    for number, count in enumerate(channels, start=1):
        activated(sketch, "conv", Conv2d(count, padding=(1, 1), bias=False), number)
    sketch.then(pool=MaxPool2d(return_indices=True)).put("pooled", Output(), "pool.output")
    return sketch.put("places", Output(), "pool.indices").block("Down")


def up(side: int, arriving: int, channels: tuple[int, ...]) -> Block:
    """Back to the remembered places, with zeros between, which transposed convolutions fill."""
    small = (arriving, side // 2, side // 2)
    sketch = Sketch(x_in=image(*small), places=Input("image", small, values="index"))
    sketch.put("unpool", MaxUnpool2d(), "x_in", "places")
    for number, count in enumerate(channels, start=1):
        activated(sketch, "deconv", ConvTranspose2d(count, (3, 3), padding=(1, 1), bias=False), number)
    return sketch.block("Up")


def middle() -> Block:
    """Fully connected layers as convolutions: their filters are as large as what arrives, or as what comes out."""
    sketch = Sketch(x_in=image(512, 7, 7))
    activated(sketch, "fc", Conv2d(4096, (7, 7), bias=False), 6)
    activated(sketch, "fc", Conv2d(4096, (1, 1), bias=False), 7)
    return activated(sketch, "deconv", ConvTranspose2d(512, (7, 7), bias=False), 8).block("Middle")


def deconvnet() -> Network:
    sketch = Sketch(image=image(3, 224, 224))
    for number, stage in enumerate(STAGES, start=1):
        sketch.then(**{f"down{number}": down(*stage)})
    sketch.then(middle=middle())
    for number, (side, arriving, channels) in reversed(list(enumerate(STAGES, start=1))):
        narrowing = (*channels[:-1], max(arriving, 64))
        sketch.put(f"up{number}", up(side, channels[-1], narrowing), sketch.end, f"down{number}.places")
    sketch.then(scores=Conv2d(21, (1, 1))).put("label", Output(), "scores").put("loss", CrossEntropyLoss(), "scores")
    return Network(
        valley(sketch.drawn()),
        "Deconvolution network",
        "After Noh, Hong & Han 2015, arXiv:1505.04366, table 2: the convolutions of VGG-16 with a batch "
        "normalisation each, fc6 and fc7 as convolutions, and then all of it mirrored. Each max pooling remembers "
        "where its numbers stood (places), each unpooling puts them back there, and transposed convolutions fill "
        "the zeros between. Published: about 252 M weights; counted here are all filters, with scale and shift of "
        "the normalisations in place of the biases, 103 M of them in fc6 and as many in deconv8, both inside "
        "middle. Mean IoU 69.6 % on PASCAL VOC 2012 (72.5 % with others in an ensemble). The target is one of 21 "
        "classes for every pixel.",
        data={"source": "pictures_and_masks", "form": "masks"},
        recipe={"learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "schedule": "step", "step_size": 20,
                "batch_size": 64, "epochs": 60},
    )  # fmt: skip


def convolved(sketch: Sketch, channels: int) -> Sketch:
    """Two 3 × 3 convolutions without padding: four pixels less on each side."""
    sketch.then(conv1=Conv2d(channels), relu1=RELU, conv2=Conv2d(channels), relu2=RELU)
    for name in ("conv1", "conv2"):
        sketch.graph = sketch.graph.with_training(name, NodeTraining(weight_init="kaiming_normal"))
    return sketch


def contracting(arriving: int, channels: int, side: int, *, pools: bool, drops: bool) -> Block:
    """Half the size and twice the channels; the first only convolves, the last two drop."""
    sketch = Sketch(x_in=image(arriving, side, side))
    convolved(sketch.then(pool=MaxPool2d()) if pools else sketch, channels)
    return (sketch.then(drop=Dropout()) if drops else sketch).block("Contraction")


def expanding(channels: int, side: int, skipped: int) -> Block:
    """Twice the size and half the channels, beside the middle of what the way down kept; then two convolutions."""
    sketch = Sketch(x_in=image(2 * channels, side, side), skip=image(channels, skipped, skipped)).at("x_in")
    sketch.then(grow=ConvTranspose2d(channels, (2, 2), (2, 2))).put("crop", Crop(), "skip", "grow")
    return convolved(sketch.put("concat", Concat(), "crop", "grow"), channels).block("Expansion")


def unet() -> Network:
    sketch, side, arriving, skips = Sketch(image=image(1, 572, 572)), 572, 1, []
    for level, channels in enumerate((64, 128, 256, 512, 1024), start=1):
        step = contracting(arriving, channels, side, pools=level > 1, drops=level > 3)
        sketch.then(**{f"down{level}": step})
        arriving, side = channels, (side // 2 if level > 1 else side) - 4
        skips.append(side)
    for level in (4, 3, 2, 1):
        step = expanding(32 * 2**level, side, skips[level - 1])
        sketch.put(f"up{level}", step, sketch.end, f"down{level}")
        side = 2 * side - 4
    sketch.then(scores=Conv2d(2, (1, 1))).put("label", Output(), "scores").put("loss", CrossEntropyLoss(), "scores")
    return Network(
        valley(sketch.drawn()),
        "U-Net",
        "After Ronneberger, Fischer & Brox 2015, arXiv:1505.04597, figure 1: down in four steps and up in four, "
        "and at each step up the maps of the same step down beside it, cut to their middle. Nothing is padded, so "
        "572 × 572 pixels give 388 × 388 scores: large pictures are done tile by tile, each with its "
        "surroundings. 23 convolutional layers, 31.0 M weights. The target is a class for each of the 388 × 388 "
        "pixels; the paper weighs pixels between touching cells more, which is left out here. Cell tracking "
        "challenge 2015: IoU 92 % (PhC-U373).",
        data={"source": "pictures_and_masks"},
        recipe={"learning_rate": 0.001, "momentum": 0.99, "batch_size": 1, "epochs": 100},
    )


DRAWINGS = {"deconvnet": deconvnet, "unet": unet}
