"""The drawings of the networks in ``resources/networks``, a module for each family.

A module names its ``CHAPTER`` in the menu of examples, and lists what it draws by file name in ``DRAWINGS``.
"""

from collections.abc import Callable

from nodes.graph.model import Network
from tests.networks.drawn import (
    attending,
    basics,
    cifar,
    classic,
    efficient,
    generative,
    inception,
    lectures,
    locating,
    mirrored,
    paths,
    recurrent,
    resnet,
    segmentation,
    sequences,
    transformers,
    vgg,
)

MODULES = (basics, lectures, classic, vgg, inception, resnet, cifar, paths, efficient, segmentation)
MODULES += (mirrored, locating, recurrent, sequences, transformers, attending, generative)

DRAWINGS: dict[str, Callable[[], Network]] = {
    name: drawing for module in MODULES for name, drawing in module.DRAWINGS.items()
}
CHAPTERS = {name: module.CHAPTER for module in MODULES for name in module.DRAWINGS}
