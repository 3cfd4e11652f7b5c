"""Settings of augmentation and of balanced classes."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, integer, real
from runtime.recipe_parts.words import given

GROUP = "Augmentation and balance"
FLIPS = ("horizontal_flip", "vertical_flip")
GEOMETRY = (*FLIPS, "shift", "crop_padding", "resized_crop", "zoom", "rotation")
COLOURS = ("brightness", "contrast", "saturation", "hue", "pca_noise", "pixel_noise", "erasing", "cutout")
MIXTURES = ("mixup", "cutmix")
AUGMENTATIONS = (*GEOMETRY, *COLOURS, *MIXTURES)
"""The settings that each turn something on, in the order in which it is done."""
UNBALANCED, CLASS_WEIGHTS, SAMPLING = "none", "class weights", "sampling"


@dataclass(frozen=True)
class AugmentationSettings:
    """How training samples are varied, each by itself and anew in every epoch, and how rare classes are met."""

    @property
    def augments(self) -> bool:
        """Is anything varied?"""
        return any(getattr(self, name) for name in AUGMENTATIONS)

    # fmt: off
    horizontal_flip: float = real(
        0.0, low=0.0, high=1.0, group=GROUP, doc="Share of pictures that are mirrored left to right; 0.5 is usual."
    )
    vertical_flip: float = real(
        0.0, low=0.0, high=1.0, group=GROUP, doc="Share of pictures that are mirrored top to bottom."
    )
    shift: float = real(
        0.0, low=0.0, high=0.9, group=GROUP, doc="Farthest that a picture is moved, as a share of its sides."
    )
    crop_padding: int = integer(
        0, low=0, high=512, unit="px", group=GROUP,
        doc="Adds a border this wide and cuts a picture of the old size out of it: 4 is usual for CIFAR-10.",
    )
    resized_crop: float | None = real(
        None, low=0.01, high=1.0, optional="off", group=GROUP,
        doc="Least share of the area that is cut out and brought to the old size; 0.08 is usual for ImageNet.",
    )
    crop_ratio: float = real(
        4 / 3, low=1.0, high=10.0, group=GROUP, doc="How far the sides of what is cut out may differ.",
        when=given("resized_crop"), advanced=True,
    )
    zoom: float = real(
        0.0, low=0.0, high=0.9, group=GROUP, doc="Pictures become larger or smaller by up to this share."
    )
    rotation: float = real(
        0.0, low=0.0, high=180.0, unit="°", group=GROUP, doc="Farthest that a picture is turned, either way."
    )
    border: str = choice(
        "black", "black", "edge", "mirror", group=GROUP,
        doc="What is seen beyond the edge of a moved picture. Masks count for nothing there, unless mirrored.",
    )
    brightness: float = real(
        0.0, low=0.0, high=1.0, group=GROUP, doc="Pictures become brighter or darker by up to this share."
    )
    contrast: float = real(
        0.0, low=0.0, high=1.0, group=GROUP, doc="Pictures gain or lose up to this share of their contrast."
    )
    saturation: float = real(
        0.0, low=0.0, high=1.0, group=GROUP, doc="Colours become stronger or greyer by up to this share."
    )
    hue: float = real(
        0.0, low=0.0, high=0.5, group=GROUP, doc="Farthest that colours are turned, as a share of the circle of hues."
    )
    pca_noise: float = real(
        0.0, low=0.0, high=10.0, group=GROUP,
        doc="Moves all pixels along the main axes of the training part's colours (AlexNet, with 0.1).",
    )
    pixel_noise: float = real(
        0.0, low=0.0, high=1.0, group=GROUP,
        doc="Deviation of normal noise on every pixel, where 1 is the range from black to white.",
    )
    erasing: float = real(
        0.0, low=0.0, high=1.0, group=GROUP,
        doc="Share of the pictures in which a rectangle is filled with the mean colour.",
    )
    erasing_area: float = real(
        0.33, low=0.02, high=1.0, group=GROUP, doc="Largest share of the area that is erased; the least is 0.02.",
        when=given("erasing"), advanced=True,
    )
    cutout: int = integer(
        0, low=0, high=4096, unit="px", group=GROUP,
        doc="Side of a square that is filled with the mean colour in each picture; 16 is usual for CIFAR-10.",
    )
    mixup: float = real(
        0.0, low=0.0, high=10.0, group=GROUP,
        doc="Blends each sample and its label with another; α of the shares' Beta(α, α). 0.2 is usual.",
    )
    cutmix: float = real(
        0.0, low=0.0, high=10.0, group=GROUP,
        doc="Puts a rectangle of another picture into each, its label by the area; α as for mixup. 1 is usual.",
    )
    balancing: str = choice(
        UNBALANCED, UNBALANCED, CLASS_WEIGHTS, SAMPLING, group=GROUP,
        doc="For classes of unequal size: weighs the rare ones more in the loss, or draws them more often.",
    )
    # fmt: on
