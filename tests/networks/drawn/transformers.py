"""Networks that decide where to look: the spatial transformer and attention."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.attention import ClassToken, PositionalEncoding
from nodes.block import Block
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.embedding import Embedding
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.normalization import LayerNorm
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten, Permute
from nodes.reshape_parts import SelectStep
from nodes.spec.training import NodeTraining
from nodes.transformer import TransformerEncoderLayer
from nodes.visual_attention import SpatialTransformer
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Attention"


def spatial_transformer() -> Network:
    sketch = Sketch(image=image(1, 8, 8))
    sketch.then(look1=Conv2d(8, padding=(1, 1)), look_relu1=ReLU(), look_pool=MaxPool2d(), look_flatten=Flatten())
    sketch.then(look2=Linear(32), look_relu2=ReLU(), theta=Linear(6))
    sketch.graph = sketch.graph.with_training("theta", NodeTraining(weight_init="zeros", bias_init="zeros"))
    sketch.put("transform", SpatialTransformer(from_identity=True), "image", "theta")
    sketch.then(conv1=Conv2d(16, padding=(1, 1)), relu1=ReLU(), conv2=Conv2d(32, padding=(1, 1)), relu2=ReLU())
    sketch.then(pool1=MaxPool2d(), flatten=Flatten(), fc=Linear(10)).judged("digit")
    return Network(
        sketch.drawn(starts=("transform",)),
        "Spatial transformer for digits",
        "After Jaderberg, Simonyan, Zisserman & Kavukcuoglu 2015, arXiv:1506.02025: a small network looks at the "
        "digit and says by six numbers how to turn, scale and shift it before it is read. theta begins with zeros, "
        "so the picture is first left as it is. Nobody says what is the right place: the gradient of the class "
        "reaches theta through the sampling. Published for MNIST rotated, scaled and shifted: test error 0.5 %, "
        "against 0.8 % without. Here: 14 336 weights; after its 30 epochs, about 15 seconds on one core, it tells "
        "98 % of the test digits right.",
        data={"source": "digits"},
        recipe={"optimizer": "Adam", "learning_rate": 0.002, "schedule": "cosine", "batch_size": 64, "epochs": 30},
    )


def encoder(steps: int | str, channels: int, layer: TransformerEncoderLayer, repeat: int) -> Block:
    sketch = Sketch(x_in=Input("sequence", (steps, channels))).then(layer=layer)
    return sketch.block("Encoder", repeat)


def patched(
    side: int, patch: int, channels: int, layer: TransformerEncoderLayer, repeat: int, colours: int
) -> Sketch:
    """A picture cut into patches, which are read like the words of a sentence; the class token sums them up."""
    count = (side // patch) ** 2
    sketch = Sketch(image=image(colours, side, side)).then(patches=Conv2d(channels, (patch, patch), (patch, patch)))
    sketch.then(flatten=Flatten(start_dim=2), permute=Permute("LC"), token=ClassToken())
    sketch.then(positions=PositionalEncoding("learned", count + 1))
    sketch.then(encoder=encoder(count + 1, channels, layer, repeat))
    return sketch.then(norm=LayerNorm(eps=1e-6), first=SelectStep())


def vit_tiny() -> Network:
    layer = TransformerEncoderLayer(3, 768, dropout=0.0, activation="gelu", norm_first=True, layer_norm_eps=1e-6)
    return network(
        patched(224, 16, 192, layer, 12, 3).then(fc=Linear(1000)).judged("label").drawn(starts=("encoder",)),
        "Vision transformer ViT-Ti/16",
        "After Dosovitskiy et al. 2020, arXiv:2010.11929, in the smallest size, of Touvron et al. 2020, "
        "arXiv:2012.12877 (DeiT-Ti): the picture is cut into 14 · 14 = 196 patches of 16 × 16, each becomes a vector "
        "of 192 numbers, and twelve layers of attention with three heads read them together with a class token. "
        "Published: 5.7 M weights, top-5 error 8.9 % (72.2 % right at once).",
        {"optimizer": "AdamW", "learning_rate": 0.0005, "weight_decay": 0.05, "schedule": "cosine",
         "batch_size": 256, "epochs": 300},
    )  # fmt: skip


def vit_digits() -> Network:
    layer = TransformerEncoderLayer(4, 128, dropout=0.1, activation="gelu", norm_first=True)
    return Network(
        patched(8, 2, 64, layer, 3, 1).then(fc=Linear(10)).judged("digit").drawn(starts=("token",)),
        "Vision transformer for digits",
        "The vision transformer of Dosovitskiy et al. 2020, arXiv:2010.11929, small enough to train on the bundled "
        "digits in a minute: sixteen patches of 2 × 2 pixels, three layers with four heads. Published: their "
        "largest, ViT-H/14 with 632 M weights, trained on 300 M pictures before, tells 88.6 % of ImageNet right. "
        "Here: 102 666 weights; after its 40 epochs it tells 95 % of the test digits right, less than the "
        "convolutions of Digits.",
        data={"source": "digits"},
        recipe={"optimizer": "AdamW", "learning_rate": 0.001, "weight_decay": 0.01, "schedule": "cosine",
                "batch_size": 64, "epochs": 40},
    )  # fmt: skip


def char_transformer() -> Network:
    layer = TransformerEncoderLayer(4, 512, dropout=0.1, activation="gelu", norm_first=True, causal=True)
    sketch = Sketch(text=Input("indices", ("L",))).then(embed=Embedding(65, 128))
    sketch.then(positions=PositionalEncoding("learned", 256), drop=Dropout(p=0.1))
    sketch.then(encoder=encoder("L", 128, layer, 4), norm=LayerNorm(), fc=Linear(65)).judged("next_char")
    return Network(
        sketch.drawn(starts=("encoder",)),
        "Character transformer",
        "The decoder-only language model (Radford et al. 2018, “Improving Language Understanding by Generative "
        "Pre-Training”) in small: every character looks at those before it, never at later ones (causal), and "
        "scores which of 65 comes next. Texts have up to 256 characters. Here: 842 817 weights; theirs has twelve "
        "layers of 768 numbers. On Shakespeare's plays the first of its 10 epochs, about ten minutes on one busy "
        "core, comes to 2.53 nats a character in validation.",
        data={"source": "plays.txt", "seq_length": 256},
        recipe={
            "optimizer": "AdamW",
            "learning_rate": 0.001,
            "weight_decay": 0.1,
            "schedule": "cosine",
            "epochs": 10,
        },
    )


DRAWINGS = {
    "spatial_transformer": spatial_transformer,
    "vit_digits": vit_digits,
    "vit_tiny": vit_tiny,
    "char_transformer": char_transformer,
}
