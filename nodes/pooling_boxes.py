"""Pooling of boxes: regions of a picture brought to one size."""

from __future__ import annotations

from nodes.spec.adaptive import BoxPool
from nodes.spec.node_type import call, node_type
from nodes.spec.settings import flag, integer
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size


@node_type(
    "roi_pool",
    title="RoI pooling",
    torch_name="RoIPool",
    example=(Shape(512, 32, 32), Shape(8, 4)),
    stem="roi_pool",
    also=("region of interest", "Fast R-CNN", "detection"),
)
class RoIPool(BoxPool):
    """Cuts each box out of a feature map and max-pools it to one fixed size, so that Linear layers can follow.

    Borders are rounded to whole positions of the feature map. Boxes are in pixels of the picture: with a map
    16 times smaller set spatial_scale to 1/16.

    Shape:   C × H × W and boxes L × 4 -> L × C × output_size.
    Weights: none.
    Errors:  not an image; boxes that are not L × 4.
    Source:  Girshick 2015, arXiv:1504.08083, section 2.1.
    """

    def operations(self, x: Shape, boxes: Shape) -> dict[str, Size]:
        return {"compare": self.shape(x, boxes).numel}

    def kept_bytes(self, x: Shape, boxes: Shape) -> Size:
        return self.shape(x, boxes).numel * 4 + boxes[0] * 5 * 4  # int32 places, and boxes with their picture

    def module(self, x: Shape, boxes: Shape) -> str:
        return f"OnBoxes({call('ops.RoIPool', self.output_size, self.spatial_scale)})"


@node_type(
    "roi_align",
    title="RoI align",
    torch_name="RoIAlign",
    example=(Shape(512, 32, 32), Shape(8, 4)),
    stem="roi_align",
    also=("region of interest", "Mask R-CNN", "detection"),
)
class RoIAlign(BoxPool):
    """Samples each box of a feature map at evenly spaced points between its positions and averages them.

    Nothing is rounded, which masks and tight boxes need. Boxes are in pixels of the picture: with a map
    16 times smaller set spatial_scale to 1/16.

    Shape:   C × H × W and boxes L × 4 -> L × C × output_size.
    Weights: none.
    Errors:  not an image; boxes that are not L × 4.
    Source:  He, Gkioxari, Dollár & Girshick 2017, arXiv:1703.06870, section 3.
    """

    sampling_ratio: int = integer(
        -1, low=-1, high=16, doc="Points along each side of an output cell; −1: as many as fit."
    )
    aligned: bool = flag(False, doc="Move the box by half a pixel, which is more exact.")

    def operations(self, x: Shape, boxes: Shape) -> dict[str, Size]:
        points = self.shape(x, boxes).numel * max(1, self.sampling_ratio) ** 2
        return {"multiply": 4 * points, "add": 4 * points}

    def kept_bytes(self, x: Shape, boxes: Shape) -> Size:
        return boxes[0] * 5 * 4  # boxes with the number of their picture

    def module(self, x: Shape, boxes: Shape) -> str:
        aligned = {"aligned": True} if self.aligned else {}
        return (
            f"OnBoxes({call('ops.RoIAlign', self.output_size, self.spatial_scale, self.sampling_ratio, **aligned)})"
        )
