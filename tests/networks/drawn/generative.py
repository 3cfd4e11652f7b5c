"""Networks that draw: what goes in is also what they are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodes.activation import LeakyReLU, ReLU, Sigmoid
from nodes.arithmetic import GaussianSample
from nodes.boundary import Input, Output
from nodes.conv import Conv2d, ConvTranspose2d
from nodes.dropout import Dropout, GaussianNoise
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss import MSELoss
from nodes.loss_numbers import GaussianKLLoss
from nodes.loss_pairs import BCEWithLogitsLoss
from nodes.normalization import BatchNorm1d, BatchNorm2d
from nodes.reshape import Flatten, Reshape
from tests.networks.drawn.sketch import Sketch, image

CHAPTER = "Generative"
GREY: Mapping[str, Any] = {"source": "digits", "normalise": "scale"}
"""Digits from 0 to 1, so that a sigmoid can draw them."""

RECIPE = {"optimizer": "Adam", "learning_rate": 0.002, "schedule": "cosine", "batch_size": 64, "epochs": 40}


AGAINST = {"adversarial": True, "optimizer": "Adam", "learning_rate": 0.001, "beta1": 0.5, "keep": "best"}


def encoded(sketch: Sketch) -> Sketch:
    """Two convolutions that halve the size, 8 × 8 to 2 × 2, and all their numbers in a row."""
    sketch.then(conv1=Conv2d(16, (3, 3), (2, 2), (1, 1)), relu1=ReLU())
    return sketch.then(conv2=Conv2d(32, (3, 3), (2, 2), (1, 1)), relu2=ReLU(), flatten=Flatten())


def decoded(sketch: Sketch) -> Sketch:
    """The way back: from a code to 2 × 2, and by transposed convolutions to 8 × 8."""
    sketch.then(fc=Linear(128), relu3=ReLU(), reshape=Reshape("image", (32, 2, 2)))
    sketch.then(deconv1=ConvTranspose2d(16, (4, 4), (2, 2), (1, 1)), relu4=ReLU())
    return sketch.then(deconv2=ConvTranspose2d(1, (4, 4), (2, 2), (1, 1)))


def copied(sketch: Sketch) -> Sketch:
    """Code and drawing, compared with the picture itself."""
    sketch = decoded(encoded(sketch).then(latent=Linear(8))).then(sigmoid=Sigmoid())
    return sketch.put("drawing", Output(), "sigmoid").put("loss", MSELoss(), "sigmoid", "image")


def autoencoder() -> Network:
    return Network(
        copied(Sketch(image=image(1, 8, 8))).drawn(starts=("fc",)),
        "Autoencoder",
        "After Hinton & Salakhutdinov 2006, “Reducing the Dimensionality of Data with Neural Networks”, in small: "
        "it has to draw the 64 numbers of a digit again from a code of 8. The picture is wired to the target of "
        "the loss, so no label is needed. Published for MNIST with a code of 30: squared error 3.00 a picture, "
        "against 13.87 by principal components. Here: 15 449 weights; after its 40 epochs, about ten seconds on "
        "one core, the mean squared error of the test digits is 0.022, where the mean of all digits gets 0.07.",
        data=GREY,
        recipe=RECIPE,
    )


def denoising_autoencoder() -> Network:
    sketch = Sketch(image=image(1, 8, 8)).then(noise=GaussianNoise(0.3))
    return Network(
        copied(sketch).drawn(starts=("fc",)),
        "Denoising autoencoder",
        "After Vincent, Larochelle, Bengio & Manzagol 2008, “Extracting and Composing Robust Features with "
        "Denoising Autoencoders”: it gets the picture with noise of σ 0.3 and has to draw it without. The noise is "
        "there in training only. Published: three such layers stacked, then trained to classify, misjudge 2.8 % of "
        "MNIST's test digits (10 000 to learn from), and 3.5 % where no noise was added. Here: 15 449 weights; "
        "after its 40 epochs, about ten seconds on one core, the mean squared error of test digits without noise "
        "is 0.025.",
        data=GREY,
        recipe=RECIPE,
    )


def vae() -> Network:
    sketch = encoded(Sketch(image=image(1, 8, 8)))
    sketch.put("mean", Linear(8), "flatten").put("log_variance", Linear(8), "flatten")
    decoded(sketch.put("latent", GaussianSample(), "mean", "log_variance")).then(sigmoid=Sigmoid(), drawing=Output())
    sketch.put("reconstruction", BCEWithLogitsLoss(weight=64.0), "deconv2", "image")
    sketch.put("divergence", GaussianKLLoss(), "mean", "log_variance")
    return Network(
        sketch.drawn(starts=("fc",)),
        "Variational autoencoder",
        "After Kingma & Welling 2014, arXiv:1312.6114: the encoder gives mean and variance of each number of the "
        "code, and the decoder draws from a sample of it. The loss is the negative lower bound, in nats a picture: "
        "binary cross-entropy summed over the 64 pixels (their mean with weight 64), plus the divergence of the "
        "code from the normal distribution. It begins near 64 · ln 2 = 44.4. Here: 16 481 weights; after its 40 "
        "epochs, about ten seconds on one core, it is 23.8 nats on the test digits. Sampled codes make new digits.",
        data=GREY,
        recipe=RECIPE,
    )


def gan_ring() -> Network:
    sketch = Sketch(noise=Input("vector", (16,), field="noise"), point=Input("vector", (2,)), real=told_real())
    sketch.at("noise").then(
        g1=Linear(128), g_relu1=ReLU(), g2=Linear(128), g_relu2=ReLU(), g3=Linear(2), made=Output()
    )
    sketch.at("point").then(
        d1=Linear(128), d_relu1=LeakyReLU(negative_slope=0.2), d2=Linear(128), d_relu2=LeakyReLU(negative_slope=0.2)
    )
    sketch.then(d3=Linear(1)).put("loss", BCEWithLogitsLoss(), "d3", "real")
    return Network(
        sketch.drawn(starts=("point",)),
        "Adversarial: points on a ring",
        "After Goodfellow et al. 2014, arXiv:1406.2661: the generator makes a point from 16 numbers by chance, the "
        "discriminator tells points of the data from made ones, and each learns against the other (adversarial in "
        "the recipe). The data are eight clusters on a circle; after 180 epochs, under half a minute, about four "
        "points of five lie in one of them. Here: 35 971 weights.",
        data={"source": "toy:ring", "noise": 16, "test": 0.1},
        recipe={**AGAINST, "learning_rate": 0.0007, "batch_size": 128, "epochs": 180},
    )


def gan_digits() -> Network:
    sketch = Sketch(noise=Input("vector", (32,), field="noise"), image=image(1, 8, 8), real=told_real())
    sketch.at("noise").then(g_fc=Linear(256, bias=False), g_bn1=BatchNorm1d(), g_relu1=ReLU())
    sketch.then(
        g_reshape=Reshape("image", (64, 2, 2)), g_deconv1=ConvTranspose2d(32, (4, 4), (2, 2), (1, 1), bias=False)
    )
    sketch.then(g_bn2=BatchNorm2d(), g_relu2=ReLU(), g_deconv2=ConvTranspose2d(1, (4, 4), (2, 2), (1, 1)))
    sketch.then(g_sigmoid=Sigmoid(), digit=Output())
    sketch.at("image").then(d_conv1=Conv2d(32, (3, 3), (2, 2), (1, 1)), d_relu1=LeakyReLU(negative_slope=0.2))
    sketch.then(
        d_conv2=Conv2d(64, (3, 3), (2, 2), (1, 1)), d_relu2=LeakyReLU(negative_slope=0.2), d_flatten=Flatten()
    )
    sketch.then(d_drop=Dropout(p=0.3), d_fc=Linear(1)).put("loss", BCEWithLogitsLoss(), "d_fc", "real")
    return Network(
        sketch.drawn(starts=("image",)),
        "Adversarial: digits",
        "After Radford, Metz & Chintala 2016, arXiv:1511.06434, in small: transposed convolutions draw a digit "
        "from 32 numbers by chance, and strided ones tell drawn digits from real ones. Adam forgets faster than "
        "usual (beta1 0.5), as in the paper. Published: what the paper's discriminator learned from ImageNet tells "
        "82.8 % of CIFAR-10 right. Here: 61 122 weights; the distance between real and made digits (sliced "
        "Wasserstein) falls from 0.22 after the first epoch to 0.07 after its 60, about a minute on one core. What "
        "is exported is the generator alone.",
        data={"source": "digits", "normalise": "scale", "noise": 32},
        recipe={**AGAINST, "batch_size": 64, "epochs": 60},
    )


def told_real() -> Input:
    return Input("vector", (1,), field="real")


DRAWINGS = {
    "autoencoder": autoencoder,
    "denoising_autoencoder": denoising_autoencoder,
    "vae": vae,
    "gan_ring": gan_ring,
    "gan_digits": gan_digits,
}
