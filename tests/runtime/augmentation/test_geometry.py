"""Where pixels, masks and boxes go, against torchvision and kornia."""

from __future__ import annotations

import kornia.geometry.transform as kornia_transform
import pytest
import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as tv

from runtime.augmentation.draws import Draws
from runtime.augmentation.geometry import IGNORED, Geometry
from tests.runtime.augmentation.fixed import Fixed, settings

BILINEAR = InterpolationMode.BILINEAR


def pictures(count: int = 1, height: int = 10, width: int = 14) -> Tensor:
    drawn = torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.avg_pool2d(drawn, 3, 1, 1)  # smooth, so that places between pixels compare


def geometry(count: int = 1, height: int = 10, width: int = 14, **given: object) -> Geometry:
    """Settings, and shares to be drawn as ``at_…``."""
    shares = {name.removeprefix("at_"): value for name, value in given.items() if name.startswith("at_")}
    chosen = {name: value for name, value in given.items() if not name.startswith("at_")}
    return Geometry(settings(**chosen), Fixed(count, **shares), height, width)  # type: ignore[arg-type]


def test_flips() -> None:
    x = pictures(2)
    found = geometry(2, horizontal_flip=0.5, at_horizontal_flip=[0.4, 0.6]).pictures(x)
    assert found.equal(torch.stack([x[0].flip(2), x[1]]))
    assert geometry(2, vertical_flip=1.0).pictures(x).equal(x.flip(2))


def test_bytes_stay_bytes_where_whole_pixels_move() -> None:
    x = (pictures() * 255).byte()
    assert geometry(horizontal_flip=1.0, shift=0.2, at_shift_x=0.9).pictures(x).dtype == torch.uint8


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.999), (0.75, 0.25)])
def test_shifts_are_those_of_random_affine(x: float, y: float) -> None:
    """A fifth of 14 pixels is 2.8: at most 3, rounded."""
    right, down = round((2 * x - 1) * 2.8), round((2 * y - 1) * 2.0)
    expected = tv.affine(pictures(), 0.0, [right, down], 1.0, [0.0], BILINEAR)
    found = geometry(shift=0.2, at_shift_x=x, at_shift_y=y).pictures(pictures())
    assert torch.allclose(found, expected, atol=1e-5)
    assert found.unique().numel() <= pictures().unique().numel() + 1  # nothing is calculated between pixels


@pytest.mark.parametrize(("border", "mode"), [("black", "constant"), ("edge", "edge"), ("mirror", "symmetric")])
def test_crop_with_padding_is_pad_and_crop(border: str, mode: str) -> None:
    """With a border of 4 there are nine places a side; a share of 0.95 takes the last."""
    padded = tv.pad(pictures(), [4, 4, 4, 4], padding_mode=mode)
    found = geometry(crop_padding=4, border=border, at_crop_x=0.95, at_crop_y=0.0).pictures(pictures())
    assert found.equal(tv.crop(padded, 8, 0, 10, 14))


@pytest.mark.parametrize("border", ["black", "edge", "mirror"])
def test_the_border_is_the_same_between_pixels(border: str) -> None:
    """A rotation by nothing takes the way through the grid."""
    moved = {"crop_padding": 3, "border": border, "at_crop_x": 0.9, "at_crop_y": 0.1, "horizontal_flip": 1.0}
    whole, between = geometry(**moved), geometry(**moved, rotation=90.0)
    assert torch.allclose(whole.pictures(pictures()), between.pictures(pictures()), atol=1e-5)
    if border != "edge":
        mask = torch.arange(140).view(1, 10, 14).to(torch.int8)
        assert whole.masks(mask).equal(between.masks(mask))


def test_rotation_turns_as_torchvision_and_kornia_do() -> None:
    """The largest share of 30° is 30° against the clock, as kornia counts; torchvision's affine counts with it."""
    x = pictures()
    found = geometry(rotation=30.0, at_rotation=1.0).pictures(x)
    assert torch.allclose(found, tv.affine(x, -30.0, [0, 0], 1.0, [0.0], BILINEAR), atol=1e-4)
    centre = torch.tensor([[6.5, 4.5]])
    kornias = kornia_transform.rotate(x, torch.tensor([30.0]), centre)
    assert torch.allclose(found, kornias, atol=1e-4)


@pytest.mark.parametrize(("share", "factor"), [(0.0, 0.75), (1.0, 1.25)])
def test_zoom_is_a_scale_about_the_middle(share: float, factor: float) -> None:
    expected = tv.affine(pictures(), 0.0, [0, 0], factor, [0.0], BILINEAR)
    assert torch.allclose(geometry(zoom=0.25, at_zoom=share).pictures(pictures()), expected, atol=1e-5)


def test_resized_crop_is_crop_and_resize() -> None:
    """A quarter of 16 × 16 is 8 × 8; half of what is left over lies above it, and none to the left."""
    x = pictures(height=16, width=16)
    at = {"at_area": 0.0, "at_area_x": 0.0, "at_area_y": 0.5}
    found = geometry(height=16, width=16, resized_crop=0.25, **at).pictures(x)
    expected = tv.resized_crop(x, 4, 0, 8, 8, [16, 16], BILINEAR, antialias=False)
    assert torch.allclose(found[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1], atol=1e-5)  # the crop's edge sees beyond


def test_the_sides_of_a_resized_crop_differ_as_far_as_its_ratio_says() -> None:
    """Half the area at a ratio of 4/3 of 12 × 12 pixels is 9.8 wide and 7.3 high."""
    chosen = {"resized_crop": 0.5, "at_area": 0.0, "at_ratio": 1.0}
    box = torch.tensor([[6 - 4.5, 5.0, 6 + 4.5, 7.0]])
    left, top, right, bottom = geometry(height=12, width=12, **chosen).boxes(box, 12, 12)[0].tolist()
    assert right - left == pytest.approx(9 * 12 / (72 * 4 / 3) ** 0.5, abs=1e-3)
    assert bottom - top == pytest.approx(2 * 12 / (72 / (4 / 3)) ** 0.5, abs=1e-3)


BENT = {"horizontal_flip": 0.5, "shift": 0.2, "zoom": 0.2, "rotation": 40.0, "resized_crop": 0.6}


@pytest.mark.parametrize("chosen", [{"horizontal_flip": 0.5, "shift": 0.3, "vertical_flip": 0.5}, BENT])
def test_masks_follow_their_pictures(chosen: dict[str, float]) -> None:
    """A picture in which each pixel is its class, read between pixels by rounding where both agree."""
    classes = torch.zeros(6, 24, 32, dtype=torch.int8)
    classes[:, 6:18, 4:20], classes[:, 10:20, 15:28] = 50, 100
    moved = Geometry(settings(**chosen), Draws(0, 0, torch.arange(6)), 24, 32)
    shown, mask = moved.pictures(classes[:, None].float())[:, 0], moved.masks(classes)
    is_sure = torch.isclose(shown % 50, torch.zeros(()), atol=1e-3) & (mask != IGNORED)
    assert is_sure.float().mean() > 0.5
    assert shown[is_sure].round().to(torch.int8).equal(mask[is_sure])
    assert (mask == IGNORED).any()
    assert not mask[0].equal(mask[1])


@pytest.mark.parametrize("chosen", [{"horizontal_flip": 1.0, "shift": 0.2}, {"zoom": 0.3}, {"resized_crop": 0.5}])
def test_boxes_follow_their_pictures(chosen: dict[str, float]) -> None:
    boxes = torch.tensor([[4.0, 6.0, 20.0, 18.0]]).repeat(5, 1)
    x = torch.zeros(5, 1, 24, 32)
    x[:, :, 6:18, 4:20] = 1
    moved = Geometry(settings(**chosen), Draws(3, 0, torch.arange(5)), 24, 32)
    found = moved.boxes(boxes, 24, 32)
    for picture, box in zip(moved.pictures(x), found, strict=True):
        rows, columns = (picture[0] > 0.5).nonzero().unbind(1)
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert torch.allclose(box, torch.stack(seen).float(), atol=0.51)


def test_boxes_that_leave_the_picture_and_empty_places_are_zeros() -> None:
    boxes = torch.tensor([[[0.0, 0, 2, 2], [5, 5, 9, 9], [0, 0, 0, 0]]])
    found = geometry(height=10, width=10, crop_padding=3, at_crop_x=0.0, at_crop_y=0.0).boxes(boxes, 10, 10)
    assert torch.allclose(found, torch.tensor([[[0.0, 0, 0, 0], [2, 2, 6, 6], [0, 0, 0, 0]]]), atol=1e-5)


def test_a_turned_box_holds_its_corners() -> None:
    """A square of 2 turned by 45° is as wide as its diagonal."""
    found = geometry(height=10, width=10, rotation=45.0, at_rotation=1.0).boxes(
        torch.tensor([[4.0, 4, 6, 6]]), 10, 10
    )
    assert torch.allclose(found, torch.tensor([[5 - 2**0.5, 5 - 2**0.5, 5 + 2**0.5, 5 + 2**0.5]]), atol=1e-4)
