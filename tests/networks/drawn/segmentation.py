"""Networks that judge every pixel."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Output
from nodes.conv import Conv2d, ConvTranspose2d
from nodes.dropout import Dropout
from nodes.graph.model import Network
from nodes.loss import CrossEntropyLoss
from nodes.merge import Add
from nodes.normalization import BatchNorm2d
from nodes.pooling import MaxPool2d
from nodes.reshape_parts import Crop
from nodes.reshape_resize import Upsample
from nodes.spec.training import NodeTraining
from tests.networks.drawn.resnet import bottleneck, conv
from tests.networks.drawn.sketch import Sketch, image
from tests.networks.drawn.vgg import stage

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
    for number, ((channels, arriving, first, others), count) in enumerate(
        zip(STAGES, (3, 4, 6, 3), strict=True), start=1
    ):
        stride = 2 if number == 2 else 1
        block = bottleneck(arriving, channels, stride, 1, True, dilation=first)
        result = (4 * channels, arriving[1] // stride, arriving[2] // stride)
        rest = bottleneck(result, channels, 1, count - 1, False, dilation=others)
        sketch.then(**{f"stage{number}": block, f"rest{number}": rest})
    sketch.then(head=fcn_head(2048), up=EIGHTFOLD)
    sketch.put("label", Output(), "up").put("loss", CrossEntropyLoss(), "up")
    sketch.at("rest3").then(aux=fcn_head(1024), up_aux=EIGHTFOLD, loss_aux=CrossEntropyLoss(weight=0.5))
    return Network(
        sketch.drawn(starts=("stage1", "stage3", "head")),
        "FCN on ResNet-50",
        "After Long, Shelhamer & Darrell 2015, arXiv:1411.4038, as torchvision has it: ResNet-50 whose last two "
        "stages look further apart in place of a stride, and scores of 21 classes at every eighth pixel, made as "
        "large as the picture. The auxiliary head, judged with weight 0.5, only helps training and is not "
        "exported. The target is a class for every pixel. torchvision publishes 35.3 M weights and, for those "
        "trained on COCO's pictures with the 21 classes of PASCAL VOC, mean IoU 60.5 % and 91.4 % of the pixels "
        "right. FCN-8s is the network of the paper.",
        data={"source": "pictures_and_masks", "form": "masks"},
        recipe={"learning_rate": 0.01, "weight_decay": 0.0001, "schedule": "cosine", "batch_size": 8, "epochs": 30},
    )


def fused(sketch: Sketch, source: str, grown: str, side: int) -> Sketch:
    """The scores of an earlier map, cut to the size of the coarser ones that grew to it, and added to them."""
    names = {one: f"{one}_{source}" for one in ("score", "crop", "fuse")}
    sketch.put(names["score"], Conv2d(21, (1, 1)), source)
    sketch.put(names["crop"], Crop((side, side)), names["score"], grown)
    sketch.graph = sketch.graph.with_training(names["score"], NodeTraining(weight_init="zeros", bias_init="zeros"))
    return sketch.put(names["fuse"], Add(), grown, names["crop"])


def fcn8s() -> Network:
    """As the authors define it (voc-fcn8s): with an edge of 100 pixels any picture comes back whole."""
    sketch, arriving = Sketch(image=image(3, 500, 500)), (3, 500, 500)
    for number, (count, channels) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), start=1):
        edge = 100 if number == 1 else 1
        sketch.then(**{f"stage{number}": stage(arriving, channels, count, edge)})
        sketch.then(**{f"pool{number}": MaxPool2d(ceil_mode=True)})
        side = arriving[1] + 2 * (edge - 1)
        arriving = (channels, -(-side // 2), -(-side // 2))
    for number, kernel in ((6, (7, 7)), (7, (1, 1))):
        relu = ReLU(inplace=True)
        sketch.then(**{f"fc{number}": Conv2d(4096, kernel), f"relu{number}": relu, f"drop{number}": Dropout()})
    twofold = ConvTranspose2d(21, (4, 4), (2, 2), bias=False)
    sketch.then(score_fc7=Conv2d(21, (1, 1)), grow_fc7=twofold)
    fused(sketch, "pool4", "grow_fc7", 34).then(grow_pool4=twofold)
    fused(sketch, "pool3", "grow_pool4", 70).then(grow_pool3=ConvTranspose2d(21, (16, 16), (8, 8), bias=False))
    sketch.put("crop", Crop((500, 500), (31, 31)), "grow_pool3", "image").judged("label")
    for name in ("grow_fc7", "grow_pool4", "grow_pool3"):
        begun = NodeTraining(weight_init="bilinear", frozen=name == "grow_pool3")
        sketch.graph = sketch.graph.with_training(name, begun)
    return Network(
        sketch.drawn(starts=("stage3", "fc6", "score_fc7", "grow_pool4")),
        "FCN-8s",
        "After Long, Shelhamer & Darrell 2015, arXiv:1411.4038: VGG-16 whose fully connected layers became "
        "convolutions (fc6 7 × 7, fc7 1 × 1) scores 21 classes at every 32nd pixel. Transposed convolutions double "
        "these scores twice, and each time those of an earlier and finer map (pool4, then pool3) are added; the "
        "last one makes them eight times as large. The 100 pixels around the picture, which stage1 adds, are cut "
        "off again: as high and wide as the picture is, the scores come out. The scores of pool3 and pool4 begin "
        "at zero and the transposed convolutions as bilinear interpolation, which the last one keeps, as in the "
        "paper. Copy VGG-16's trained weights into the stages first. Published: 134 M weights (table 1), mean IoU "
        "62.7 % on the validation pictures of PASCAL VOC 2011 (table 2) and 62.2 % on the test pictures of 2012 "
        "(table 3); 65.5 % and 67.2 % for the weights released in 2016. The target is a class for every pixel.",
        data={"source": "pictures_and_masks", "form": "masks"},
        recipe={"learning_rate": 0.0001, "momentum": 0.9, "weight_decay": 0.0005, "batch_size": 1,
                "accumulation_steps": 20, "epochs": 175},
    )  # fmt: skip


DRAWINGS = {"fcn8s": fcn8s, "fcn_resnet50": fcn_resnet50}
