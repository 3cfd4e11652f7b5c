import pytest
import torch

from nodes.graph.files import read
from nodes.reshape import Flatten, Permute, Reshape, Squeeze, Unsqueeze
from nodes.reshape_over import Max, Mean, Sum
from nodes.reshape_parts import Chunk, Crop, SelectLast, SelectStep, Slice, Split
from nodes.reshape_resize import Upsample
from nodes.reshape_sizes import Pad, PixelShuffle, PixelUnshuffle, RepeatAlongTime
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build_node


def test_lenet_flattens_to_400() -> None:
    assert Flatten().shape(Shape(16, 5, 5)) == Shape(400)
    assert Flatten().module(Shape(16, 5, 5)) == "nn.Flatten()"


def test_unknown_sides_are_multiplied() -> None:
    assert Flatten().shape(Shape(2, "H", "W")) == (as_size("H") * as_size("W") * 2,)


@pytest.mark.parametrize(
    ("start", "end", "shape"),
    [
        (2, -1, Shape(16, 25, axes="CL")),
        (1, 2, Shape(80, 5, axes="CL")),
        (1, -2, Shape(80, 5, axes="CL")),
        (2, 2, Shape(16, 5, 5)),
    ],
)
def test_some_axes_become_one(start: int, end: int, shape: Shape) -> None:
    assert Flatten(start, end).shape(Shape(16, 5, 5)) == shape


def test_dims_that_are_not_there() -> None:
    with pytest.raises(
        ShapeError, match=r"start_dim 4 is no axis of an image .* Set start_dim to a number from 1 to 3"
    ):
        Flatten(4).shape(Shape(16, 5, 5))
    with pytest.raises(ShapeError, match="end_dim 1 lies before start_dim 2"):
        Flatten(2, 1).shape(Shape(16, 5, 5))


def test_the_last_step_of_a_sequence() -> None:
    assert SelectLast().shape(Shape("L", 64)) == Shape(64)
    assert SelectLast().expression("", "x") == "x[:, -1]"


def test_an_image_has_no_last_step() -> None:
    with pytest.raises(ShapeError, match="expects a sequence"):
        SelectLast().shape(Shape(16, 5, 5))


def test_patches_of_an_image_become_a_sequence() -> None:
    flat = Flatten(2).shape(Shape(192, 14, 14))
    assert flat == Shape(192, 196, axes="CL")
    assert Permute("LC").shape(flat) == Shape(196, 192)
    assert Permute("LC").expression("", "x", inputs=(flat,)) == "x.permute(0, 2, 1)"


def test_axes_of_one_come_and_go() -> None:
    assert Squeeze().shape(Shape(64, 1, 1)) == Shape(64)
    assert Squeeze().expression("", "x", inputs=(Shape(64, 1, 1),)) == "x.squeeze((2, 3))"
    assert Unsqueeze().shape(Shape(64)) == Shape(64, 1, 1)
    assert Unsqueeze().expression("", "x", inputs=(Shape(64),)) == "x[:, :, None, None]"
    assert Unsqueeze("LC").expression("", "x", inputs=(Shape(64),)) == "x[:, None]"


def test_one_size_is_what_is_left() -> None:
    assert Reshape("image", (16, 5, -1)).shape(Shape(400)) == Shape(16, 5, 5)
    assert Reshape("sequence", (-1, 8)).shape(Shape(2, "H", "W")) == (
        as_size("H") * as_size("W") * 2 // 8,
        8,
    )
    with pytest.raises(ShapeError, match="has 401 numbers, which 80 does not divide"):
        Reshape("image", (16, 5, -1)).shape(Shape(401))


def test_pieces_are_outputs_of_their_own() -> None:
    assert Split((16, 48)).shape(Shape(64, 28, 28)) == {"part1": Shape(16, 28, 28), "part2": Shape(48, 28, 28)}
    assert list(Chunk(3, "L").shape(Shape(8, 2)).values()) == [Shape(3, 2), Shape(3, 2), Shape(2, 2)]
    first, second = build_node(Split((1, 2)), Shape(3))(torch.tensor([[1, 2, 3]]))
    assert (first.tolist(), second.tolist()) == ([[1]], [[2, 3]])


def test_slices_count_as_python_does() -> None:
    x = torch.arange(10.0).reshape(1, 10, 1)
    for settings in (Slice("L", 2, 8, 3), Slice("L", -4), Slice("L", 0, -7)):
        result = build_node(settings, Shape(10, 1))(x)
        assert result.flatten().tolist() == list(range(10))[settings.start : settings.stop : settings.step]


def test_the_class_token_of_a_vision_transformer() -> None:
    assert SelectStep(0).shape(Shape(197, 768)) == Shape(768)
    assert SelectStep(0).expression("", "x", inputs=(Shape(197, 768),)) == "x[:, 0]"


def test_a_shortcut_without_weights_adds_empty_channels() -> None:
    padded = build_node(Pad(channels_before=1, channels_after=2), Shape(2, 1, 1))(torch.ones(1, 2, 1, 1))
    assert padded.flatten().tolist() == [0, 1, 1, 0, 0]


def test_padding_mirrors() -> None:
    padded = build_node(Pad(left=2, right=1, mode="reflect"), Shape(1, 4, axes="CL"))(
        torch.tensor([[[1.0, 2, 3, 4]]])
    )
    assert padded.flatten().tolist() == [3, 2, 1, 2, 3, 4, 3]


def test_the_skip_link_of_a_unet_is_cropped_to_its_partner() -> None:
    image, partner = torch.arange(36.0).reshape(1, 1, 6, 6), torch.zeros(1, 1, 2, 2)
    cropped = build_node(Crop(), Shape(1, 6, 6), Shape(8, 2, 2))(image, partner)
    assert cropped.flatten().tolist() == [14, 15, 20, 21]
    corner = build_node(Crop((2, 2), (0, 4)), Shape(1, 6, 6))(image)
    assert corner.flatten().tolist() == [4, 5, 10, 11]


def test_a_decoder_grows_by_a_factor_a_size_or_to_its_partner() -> None:
    image = Shape(8, 7, 7)
    assert Upsample().shape(image) == Shape(8, 14, 14)
    assert Upsample(size=(9, 11)).shape(image) == Shape(8, 9, 11)
    assert Upsample().shape(image, Shape(3, "H", "W")) == Shape(8, "H", "W")
    assert Upsample(mode="bilinear", align_corners=True).expression("", "x", "like") == (
        "F.interpolate(x, size=like.shape[2:], mode='bilinear', align_corners=True)"
    )


def test_upsampling_by_real_factors_drops_what_follows_the_point():
    image = Shape(8, 7, 10)
    assert Upsample(scale_factor=1.5).shape(image) == Shape(8, 10, 15)
    assert Upsample(scale_factor=(2, 3)).shape(image) == Shape(8, 14, 30)
    assert Upsample(scale_factor=(1.5,)).shape(Shape(8, "H", "W")).at({"H": 7, "W": 10}) == Shape(8, 10, 15)
    assert Upsample(scale_factor=(2, 1.5)).expression("", "x") == "F.interpolate(x, scale_factor=(2, 1.5))"
    assert Upsample(scale_factor=1.5).size_sums(image)[0] == "⌊7 · 1.5⌋ = 10"
    smaller = Upsample(scale_factor=0.5, mode="bilinear", antialias=True, recompute_scale_factor=True)
    assert smaller.expression("", "x") == (
        "F.interpolate(x, scale_factor=0.5, mode='bilinear', recompute_scale_factor=True, antialias=True)"
    )
    assert smaller.operations(Shape(1, 8, 8)) == {"multiply": 8 * 4 * 4 + 4 * 4 * 4, "add": 8 * 4 * 3 + 4 * 4 * 3}


@pytest.mark.parametrize(
    ("settings", "parameter"),
    [
        (Upsample(scale_factor=(2, 2, 2)), "scale_factor"),
        (Upsample(scale_factor=0.1), "scale_factor"),
        (Upsample(antialias=True), "antialias"),
    ],
)
def test_what_upsample_cannot_do_is_said(settings, parameter):
    with pytest.raises(ShapeError) as error:
        settings.shape(Shape(3, 7, 7))
    assert error.value.parameter == parameter
    assert error.value.fixes


def test_a_file_with_a_whole_scale_factor_still_opens():
    written = b'{"format": "netwright", "version": 1, "nodes": {"up1": {"type": "upsample", "at": [0, 0], '
    opened = read(written + b'"settings": {"scale_factor": 4}}}, "links": []}')
    assert opened.network.graph.nodes["up1"].settings == Upsample(scale_factor=(4.0,))
    assert not opened.faults


def test_means_over_named_axes() -> None:
    image = Shape(64, 7, 7)
    assert Mean("HW").shape(image) == Shape(64)
    assert Mean("HW", keepdim=True).shape(image) == Shape(64, 1, 1)
    assert Mean("C").shape(image) == Shape(7, 7, axes="HW")
    assert Sum().shape(image) == Shape()
    assert Max("L").expression("", "x", inputs=(Shape(20, 64),)) == "x.amax(dim=1)"


def test_a_vector_goes_to_every_step() -> None:
    repeated = build_node(RepeatAlongTime(3), Shape(2))(torch.tensor([[1.0, 2.0]]))
    assert repeated.tolist() == [[[1, 2]] * 3]
    assert RepeatAlongTime().shape(Shape(64), Shape("L", 8)) == Shape("L", 64)


def test_channels_become_pixels_and_back() -> None:
    assert PixelShuffle(2).shape(Shape(12, 14, 14)) == Shape(3, 28, 28)
    assert PixelUnshuffle(2).shape(Shape(3, 28, 28)) == Shape(12, 14, 14)


def test_mirrored_padding_takes_at_most_four_axes() -> None:
    volumes = Shape(2, 3, 4, 4, 4, axes="LCDHW")
    with pytest.raises(ShapeError, match="Padding by reflect takes at most four axes, got 5"):
        Pad(left=1, mode="reflect").shape(volumes)
    assert Pad(left=1).shape(volumes) == (2, 3, 4, 4, 5)


def test_padding_below_0_cuts_off():
    image, cutting = Shape(2, 5, 6), Pad(left=-2, right=1, top=-1)
    assert cutting.shape(image) == Shape(2, 4, 5)
    assert cutting.size_sums(image) == ("5 − 1 + 0 = 4", "6 − 2 + 1 = 5")
    x = torch.arange(60.0).reshape(1, 2, 5, 6)
    assert torch.equal(build_node(cutting, image)(x)[..., :-1], x[:, :, 1:, 2:])
    with pytest.raises(ShapeError, match="cuts off 6 of axis W, which has 6"):
        Pad(left=-3, right=-3).shape(image)
    with pytest.raises(ShapeError, match="Padding by reflect cannot cut off 1"):
        Pad(left=-1, mode="reflect").shape(image)
