"""Networks that say what is there and where."""

from __future__ import annotations

from nodes.activation import LeakyReLU, ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.dropout import Dropout
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss import MSELoss
from nodes.loss_numbers import SmoothL1Loss
from nodes.merge import Concat, Multiply
from nodes.normalization import BatchNorm2d
from nodes.pooling import GlobalAvgPool, MaxPool2d
from nodes.pooling_boxes import RoIPool
from nodes.reshape import Flatten, Reshape
from nodes.reshape_parts import Split
from nodes.spec.training import NodeTraining
from tests.networks.drawn.resnet import basic, conv, staged
from tests.networks.drawn.sketch import Sketch, image
from tests.networks.drawn.vgg import stage

CHAPTER = "Segmentation and detection"
RELU = ReLU(inplace=True)


def resnet18() -> Block:
    """Up to the 512 averages from which the classes would be judged."""
    sketch = Sketch(image=image(3, 224, 224)).then(conv1=conv(64, 7, 2), bn1=BatchNorm2d())
    sketch.then(relu1=RELU, pool1=MaxPool2d((3, 3), (2, 2), (1, 1)))
    staged(sketch, basic, (2, 2, 2, 2), 1, (64, 56, 56)).then(average=GlobalAvgPool(), features=Output())
    return Block("ResNet18", sketch.drawn(starts=("stage1", "stage3")))


def classify_and_locate() -> Network:
    sketch = Sketch(image=image(3, 224, 224), right_box=Input("vector", (4,), field="box"))
    sketch.at("image").then(features=resnet18())
    sketch.then(scores=Linear(1000)).judged("label", name="loss_class")
    sketch.at("features").then(box_fc=Linear(256), box_relu=RELU, box=Linear(4))
    sketch.put("place", Output(), "box").put("loss_box", SmoothL1Loss(weight=5.0, beta=0.1), "box", "right_box")
    return Network(
        sketch.drawn(),
        "Classify and locate",
        "Two heads on one trunk (ResNet-18), as the lectures draw it: what is in the picture, and where. The "
        "class is judged by cross-entropy, the box by smooth L1 with weight 5, and training lowers their sum. A "
        "box is left, top, right and bottom as shares of the picture, so all four numbers lie from 0 to 1; the "
        "data give it as a field named box. Sermanet et al. 2014 (OverFeat, arXiv:1312.6229) won ImageNet's "
        "localisation task of 2013 with two such heads: error 29.9 %.",
        data={"source": "pictures_and_boxes"},
        recipe={"learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0001, "schedule": "cosine",
                "batch_size": 64, "epochs": 30},
    )  # fmt: skip


def leaky(arriving: int, side: int, channels: int) -> Block:
    sketch = Sketch(x_in=image(arriving, side, side)).then(conv=conv(channels, 3), bn=BatchNorm2d())
    return sketch.then(leaky=LeakyReLU(inplace=True, negative_slope=0.1)).block("ConvLeaky")


def grid_detector() -> Network:
    sketch = Sketch(image=image(3, 448, 448))
    arriving, side = 3, 448
    for number, channels in enumerate((16, 32, 64, 128, 256, 512, 1024, 256), start=1):
        sketch.then(**{f"conv{number}": leaky(arriving, side, channels)})
        arriving = channels
        if number < 7:
            sketch.then(**{f"pool{number}": MaxPool2d()})
            side //= 2
    sketch.then(flatten=Flatten(), fc=Linear(1470), grid=Reshape("image", (30, 7, 7))).put("cells", Output(), "grid")
    sketch.put("parts", Split((8, 2, 20)), "grid")
    for name, channels in (("objects", 1), ("right_boxes", 8), ("right_classes", 20)):
        sketch.put(name, Input("image", (channels, 7, 7), field=name))
    sketch.put("both_objects", Concat(), "objects", "objects")
    for name, part, target in (("boxes", "part1", "right_boxes"), ("classes", "part3", "right_classes")):
        sketch.put(name, Multiply(), f"parts.{part}", "objects")
        weight = 5.0 if name == "boxes" else 1.0
        sketch.put(f"loss_{name}", MSELoss(weight=weight, reduction="sum"), name, target)
    sketch.put("found", Multiply(), "parts.part2", "objects")
    for name, value in (("loss_found", "found"), ("loss_confidence", "parts.part2")):
        sketch.put(name, MSELoss(weight=0.5, reduction="sum"), value, "both_objects")
    return Network(
        sketch.drawn(starts=("conv5", "grid")),
        "Grid detector",
        "After Redmon, Divvala, Girshick & Farhadi 2016 (YOLO, arXiv:1506.02640), with a small trunk after Fast "
        "YOLO (155 pictures a second, mAP 52.7 %): one look at the picture gives 30 numbers for each of 7 · 7 "
        "cells: two boxes of x, y, √width and √height, a confidence for each, and scores of 20 classes. Squared "
        "errors: boxes with weight 5 and classes with 1, both only in cells where an object's middle lies "
        "(objects is 1 there); confidence with 0.5 everywhere and 0.5 more where there is an object, which makes "
        "1 and 0.5. Simpler than the paper: both boxes of a cell learn the same object, where the paper teaches "
        "the one that overlaps more, and the right confidence is 1, not the overlap. The three fields are 0 where "
        "there is no object.",
        data={"source": "pictures_and_boxes"},
        recipe={"learning_rate": 0.0001, "momentum": 0.9, "weight_decay": 0.0005, "schedule": "cosine",
                "batch_size": 64, "epochs": 135},
    )  # fmt: skip


def fast_rcnn() -> Network:
    sketch = Sketch(image=image(3, 608, 800), proposals=Input("sequence", ("L", 4), field="proposals")).at("image")
    arriving = (3, 608, 800)
    for number, (count, channels) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), start=1):
        sketch.then(**{f"stage{number}": stage(arriving, channels, count)})
        sketch.then(**({f"pool{number}": MaxPool2d()} if number < 5 else {}))
        arriving = (channels, arriving[1] // 2, arriving[2] // 2)
    for name in ("stage1", "stage2"):
        sketch.graph = sketch.graph.with_training(name, NodeTraining(frozen=True))
    sketch.put("roi_pool", RoIPool((7, 7), 0.0625), sketch.end, "proposals").then(flatten=Flatten(2))
    for number in (6, 7):
        sketch.then(**{f"fc{number}": Linear(4096), f"relu{number}": RELU, f"drop{number}": Dropout()})
    sketch.then(scores=Linear(21)).judged("labels", name="loss_class").at("drop7").then(offsets=Linear(84))
    sketch.put("boxes", Output(), "offsets")
    for name in ("counts", "right_offsets"):
        sketch.put(name, Input("sequence", ("L", 84), field=name))
    sketch.put("counted", Multiply(), "offsets", "counts")
    sketch.put("loss_box", SmoothL1Loss(), "counted", "right_offsets")
    return Network(
        sketch.drawn(starts=("flatten",)),
        "Fast R-CNN",
        "After Girshick 2015, arXiv:1504.08083: the convolutions of VGG-16 look at the picture once; RoI pooling "
        "cuts each proposal (x1, y1, x2, y2 in pixels) out of the map, which is 16 times smaller, as 7 × 7, and "
        "fc6 and fc7 judge it: 21 classes with background, and how far to move and stretch the box, for each "
        "class by itself. The target is a class for each proposal; right_offsets holds the four numbers of the "
        "right class, and counts is 1 there and 0 elsewhere, so that background counts no box. Begin with "
        "VGG-16's trained weights; stage1 and stage2 stay as they are. Published: mAP 66.9 % on PASCAL VOC 2007.",
        data={"source": "pictures_and_boxes"},
        recipe={"learning_rate": 0.001, "momentum": 0.9, "weight_decay": 0.0005, "schedule": "step", "step_size": 8,
                "batch_size": 2, "epochs": 11},
    )  # fmt: skip


DRAWINGS = {"classify_and_locate": classify_and_locate, "grid_detector": grid_detector, "fast_rcnn": fast_rcnn}
