"""Networks that judge every pixel."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Output
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Network
from nodes.loss import CrossEntropyLoss
from nodes.normalization import BatchNorm2d
from nodes.pooling import MaxPool2d
from nodes.reshape_sizes import Upsample
from tests.networks.drawn.resnet import bottleneck, conv
from tests.networks.drawn.sketch import Sketch, image

CHAPTER = "Segmentation and detection"
EIGHTFOLD = Upsample(scale_factor=8, mode="bilinear")
STAGES = (  # channels inside, what arrives, dilation of the first block and of the others
    (64, (64, 130, 130), 1, 1),
    (128, (256, 130, 130), 1, 1),
    (256, (512, 65, 65), 1, 2),
    (512, (1024, 65, 65), 2, 4),
)


def fcn_head(channels: int) -> Block:
    """Scores of 21 classes at every place."""
    sketch = Sketch(x_in=image(channels, 65, 65)).then(conv1=conv(channels // 4, 3), bn1=BatchNorm2d())
    return sketch.then(relu1=ReLU(inplace=True), drop1=Dropout(p=0.1), conv2=Conv2d(21, (1, 1))).block("Head")


def fcn_resnet50() -> Network:
    sketch = Sketch(image=image(3, 520, 520)).then(conv1=conv(64, 7, 2), bn1=BatchNorm2d())
    sketch.then(relu1=ReLU(inplace=True), pool1=MaxPool2d((3, 3), (2, 2), (1, 1)))
    for stage, ((channels, arriving, first, others), count) in enumerate(
        zip(STAGES, (3, 4, 6, 3), strict=True), start=1
    ):
        stride = 2 if stage == 2 else 1
        block = bottleneck(arriving, channels, stride, 1, True, dilation=first)
        result = (4 * channels, arriving[1] // stride, arriving[2] // stride)
        rest = bottleneck(result, channels, 1, count - 1, False, dilation=others)
        sketch.then(**{f"stage{stage}": block, f"rest{stage}": rest})
    sketch.then(head=fcn_head(2048), up=EIGHTFOLD)
    sketch.put("label", Output(), "up").put("loss", CrossEntropyLoss(), "up")
    sketch.at("rest3").then(aux=fcn_head(1024), up_aux=EIGHTFOLD, loss_aux=CrossEntropyLoss(weight=0.5))
    return Network(
        sketch.drawn(starts=("stage1", "stage3", "head")),
        "FCN on ResNet-50",
        "After Long, Shelhamer & Darrell 2015, arXiv:1411.4038, as torchvision has it: ResNet-50 whose last two "
        "stages look further apart in place of a stride, and scores of 21 classes at every eighth pixel, made as "
        "large as the picture. The auxiliary head, judged with weight 0.5, only helps training and is not exported. "
        "The target is a class for every pixel. Published: 35.3 M weights.",
        data={"source": "pictures_and_masks", "form": "masks"},
        recipe={"learning_rate": 0.01, "weight_decay": 0.0001, "schedule": "cosine", "batch_size": 8, "epochs": 30},
    )


DRAWINGS = {"fcn_resnet50": fcn_resnet50}
