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
from nodes.recurrent import GRU, LSTM
from nodes.reshape import Flatten
from nodes.reshape_parts import SelectLast
from nodes.spec.training import NodeTraining
from tests.networks.drawn.locating import resnet18
from tests.networks.drawn.resnet import conv
from tests.networks.drawn.sketch import Sketch, image

CHAPTER = "Recurrent"
ADAM = {"optimizer": "Adam", "learning_rate": 0.001, "schedule": "cosine"}
RELU = ReLU(inplace=True)


def text(*size: int | str, field: str = "") -> Input:
    return Input("indices", size, field=field)


def sentiment() -> Network:
    sketch = Sketch(review=text("L")).then(
        embed=Embedding(10_000, 64, padding_idx=0), lstm=LSTM(64, skip_padding=True)
    )
    sketch.then(last=SelectLast(), drop=Dropout(), fc=Linear(2)).judged("sentiment")
    return Network(
        sketch.drawn(),
        "Sentiment of a review",
        "Many to one: an LSTM (Hochreiter & Schmidhuber 1997) reads a review word by word, and its last state is "
        "judged good or bad. Words are the 10 000 most frequent ones, as numbers; shorter reviews are filled up in "
        "front, which the LSTM passes over. Here: 673 410 weights, 640 000 of them in the embedding. Published for "
        "the IMDb reviews of Maas et al. 2011: an LSTM that begins at random judges 13.5 % wrong (Dai & Le 2015, "
        "arXiv:1511.01432).",
        data={"source": "reviews.csv", "form": "texts", "seq_length": 200, "vocabulary": 10_000},
        recipe={**ADAM, "batch_size": 32, "epochs": 5},
    )


def seq2seq() -> Network:
    sketch = Sketch(source=text("L", field="source"), written=text("T", field="written"))
    sketch.at("source").then(embed_source=Embedding(8_000, 128, padding_idx=0), encoder=LSTM(256, skip_padding=True))
    sketch.at("written").then(embed_written=Embedding(8_000, 128))
    sketch.put("decoder", LSTM(256), "embed_written", "encoder.hidden", "encoder.cell")
    sketch.then(fc=Linear(8_000)).judged("next_word")
    return Network(
        sketch.drawn(),
        "Sequence to sequence",
        "After Sutskever, Vinyals & Le 2014, arXiv:1409.3215, in small (theirs has four layers of 1 000 and 160 "
        "000 words): the encoder reads a sentence, and its last state and cell are all that the decoder begins "
        "with. While training, the decoder gets the right sentence, one place late (written), and scores the next "
        "word at every place; to translate, what it writes is fed back. Published: 384 M weights each, and reading "
        "the source backwards, five of them together come to BLEU 34.8 for English to French. Here: 4 894 528 "
        "weights.",
        data={"source": "sentences.csv", "form": "pairs", "seq_length": 40, "vocabulary": 8_000},
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
        "back what comes out, up to the end word. Published for the pictures of COCO: BLEU-4 23.0 (Karpathy) and "
        "27.7 (Vinyals). Here: 13 759 432 weights, 11 176 512 of them in ResNet-18.",
        data={"source": "pictures_and_captions"},
        recipe={**ADAM, "batch_size": 32, "epochs": 10},
    )


def caption_shapes() -> Network:
    sketch = Sketch(image=image(3, 24, 24), written=text("T", field="written")).at("image")
    sketch.then(conv1=conv(16, 3), bn1=BatchNorm2d(), relu1=RELU, pool1=MaxPool2d())
    sketch.then(conv2=conv(32, 3), bn2=BatchNorm2d(), relu2=RELU, pool2=MaxPool2d())
    sketch.then(flatten=Flatten(), state=Linear(128))
    sketch.at("written").then(embed=Embedding(14, 32)).put("gru", GRU(128), "embed", "state").then(fc=Linear(14))
    return Network(
        sketch.judged("next_word").drawn(),
        "Captions of coloured shapes",
        "Image captioning (Vinyals et al. 2015, arXiv:1411.4555) in small, on made pictures: what two convolutions "
        "see becomes the first state of a GRU. While training it reads the right words up to each place (written) "
        "and scores the next one; to describe a picture, what it writes is fed back. After ten epochs, about half "
        "a minute, it tells 99 % of the words right, and what it writes by itself has a BLEU of 0.98 or more.",
        data={"source": "toy:captions", "normalise": "scale"},
        recipe={**ADAM, "learning_rate": 0.004, "batch_size": 32, "epochs": 10},
    )


def number_words() -> Network:
    sketch = Sketch(source=text("L", field="source"), written=text("T", field="written"))
    sketch.at("source").then(embed_source=Embedding(32, 32, padding_idx=0), encoder=GRU(96, skip_padding=True))
    sketch.at("written").then(embed_written=Embedding(14, 32))
    sketch.put("decoder", GRU(96), "embed_written", "encoder.hidden").then(fc=Linear(14))
    return Network(
        sketch.judged("next_digit").drawn(),
        "Numbers in words to digits",
        "Sequence to sequence (Sutskever, Vinyals & Le 2014, arXiv:1409.3215) in small, on made pairs: the encoder "
        "reads “four thousand three hundred and five”, the decoder writes 4 3 0 5. Here: 77 710 weights. It reads "
        "the right digits while training (teacher forcing) and its own afterwards: BLEU is measured on what it "
        "writes by itself, and comes to 0.99. The encoder passes over the padding in front of shorter sentences.",
        data={"source": "toy:numbers"},
        recipe={**ADAM, "learning_rate": 0.005, "batch_size": 32, "epochs": 12},
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
    "caption_shapes": caption_shapes,
    "number_words": number_words,
    "video_classifier": video_classifier,
}
