"""Networks that read, translate and describe: many to one, many to many, one to many."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.dropout import Dropout
from nodes.embedding import Embedding
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.normalization import BatchNorm2d
from nodes.pooling import GlobalAvgPool, MaxPool2d
from nodes.recurrent import LSTM
from nodes.reshape_parts import SelectLast
from nodes.spec.training import NodeTraining
from tests.networks.drawn.locating import resnet18
from tests.networks.drawn.resnet import conv
from tests.networks.drawn.sketch import Sketch, image

CHAPTER = "Recurrent"
ADAM = {"optimizer": "Adam", "learning_rate": 0.001, "schedule": "cosine"}
RELU = ReLU(inplace=True)


def text(*size: int | str) -> Input:
    return Input("indices", size)


def sentiment() -> Network:
    sketch = Sketch(review=text("L")).then(embed=Embedding(10_000, 64), lstm=LSTM(64))
    sketch.then(last=SelectLast(), drop=Dropout(), fc=Linear(2)).judged("sentiment")
    return Network(
        sketch.drawn(),
        "Sentiment of a review",
        "Many to one: an LSTM reads a review word by word, and its last state is judged good or bad. Words are "
        "the 10 000 most frequent ones, as numbers; reviews of one batch are filled up in front to one length. "
        "The embedding holds 640 000 of the weights. On the IMDb reviews (Maas et al. 2011) such a network comes "
        "to 85 to 88 % right.",
        data={"source": "reviews.csv", "form": "texts", "seq_length": 200, "vocabulary": 10_000},
        recipe={**ADAM, "batch_size": 32, "epochs": 5},
    )


def seq2seq() -> Network:
    sketch = Sketch(source=text("L"), written=text("T"))
    sketch.at("source").then(embed_source=Embedding(8_000, 128), encoder=LSTM(256))
    sketch.at("written").then(embed_written=Embedding(8_000, 128))
    sketch.put("decoder", LSTM(256), "embed_written", "encoder.hidden", "encoder.cell")
    sketch.then(fc=Linear(8_000)).judged("next_word")
    return Network(
        sketch.drawn(),
        "Sequence to sequence",
        "After Sutskever, Vinyals & Le 2014, arXiv:1409.3215, in small (theirs has four layers of 1 000 and 160 "
        "000 words): the encoder reads a sentence, and its last state and cell are all that the decoder begins "
        "with. While training, the decoder gets the right sentence, one place late (written), and scores the next "
        "word at every place; to translate, what it writes is fed back. Reading the source backwards helped: BLEU "
        "34.8 for English to French.",
        data={"source": "sentence_pairs"},
        recipe={**ADAM, "batch_size": 64, "epochs": 10},
    )


def captioning() -> Network:
    sketch = Sketch(image=image(3, 224, 224), words=text("L")).at("image").then(features=resnet18())
    sketch.graph = sketch.graph.with_training("features", NodeTraining(learning_rate_factor=0.1))
    sketch.put("state", Linear(256), "features").put("cell", Linear(256), "features")
    sketch.at("words").then(embed=Embedding(5_000, 128)).put("lstm", LSTM(256), "embed", "state", "cell")
    sketch.then(drop=Dropout(p=0.3), fc=Linear(5_000))
    sketch.put("next_word", Output(), "fc").put("loss", CrossEntropyLoss(), "fc")
    return Network(
        sketch.drawn(),
        "Image captioning",
        "After Karpathy & Fei-Fei 2015, arXiv:1412.2306, and Vinyals et al. 2015, arXiv:1411.4555: what a "
        "convolutional network (here ResNet-18, at a tenth of the learning rate: copy its trained weights first) "
        "saw just before its classifier becomes the first state of an LSTM. Given the words so far it scores the "
        "next one at every place, over 5 000 words. To describe a picture, begin with the start word and feed "
        "back what comes out, up to the end word.",
        data={"source": "pictures_and_captions"},
        recipe={**ADAM, "batch_size": 32, "epochs": 10},
    )


def video_classifier() -> Network:
    frame = Sketch(frame=image(3, 112, 112))
    for number, channels in enumerate((16, 32, 64, 128), start=1):
        frame.then(**{f"conv{number}": conv(channels, 3), f"bn{number}": BatchNorm2d(), f"relu{number}": RELU})
        frame.then(**{f"pool{number}": MaxPool2d()} if number < 4 else {"average": GlobalAvgPool()})
    each = frame.then(features=Output()).block("Frame").replaced(over_time=True)
    sketch = Sketch(video=Input("images", ("L", 3, 112, 112))).then(frames=each, lstm=LSTM(128))
    sketch.then(last=SelectLast(), drop=Dropout(), fc=Linear(101)).judged("action")
    return Network(
        sketch.drawn(),
        "Video classifier",
        "After Donahue et al. 2015, arXiv:1411.4389: the same small convolutional network looks at every picture "
        "of a video by itself (the block goes over time), an LSTM reads what it saw in order, and its last state "
        "is classified: 101 actions, as in UCF-101. Theirs, with AlexNet in front, comes to 68.2 % right there.",
        data={"source": "videos"},
        recipe={**ADAM, "batch_size": 8, "epochs": 30},
    )


DRAWINGS = {
    "sentiment": sentiment,
    "seq2seq": seq2seq,
    "captioning": captioning,
    "video_classifier": video_classifier,
}
