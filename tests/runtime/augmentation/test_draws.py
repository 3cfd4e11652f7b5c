"""Numbers that follow from seed, epoch and sample."""

from __future__ import annotations

import torch

from runtime.augmentation.draws import PURPOSES, Draws, _as_normal, _mixed

GOLDEN = -0x61C8864680B583EB


def test_the_hash_is_splitmix64() -> None:
    """The first numbers of its reference in C, from seed 0."""
    counters = torch.tensor([1, 2, 3]) * GOLDEN
    found = [bits & (2**64 - 1) for bits in _mixed(counters).tolist()]
    assert found == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_a_sample_gets_the_same_numbers_in_any_batch() -> None:
    together, alone = Draws(1, 2, torch.arange(8)), Draws(1, 2, torch.tensor([5, 3]))
    assert alone.share("hue").equal(together.share("hue")[[5, 3]])
    assert alone.normals("pixel_noise", 4).equal(together.normals("pixel_noise", 4)[[5, 3]])


def test_other_seeds_epochs_samples_and_purposes_give_others() -> None:
    rows = torch.arange(50)
    shares = [Draws(0, 0, rows), Draws(1, 0, rows), Draws(0, 1, rows), Draws(0, 0, rows + 50)]
    drawn = torch.cat([d.share(name) for d in shares for name in PURPOSES])
    assert len(drawn.unique()) > 0.99 * len(drawn)


def test_shares_are_even_and_normals_normal() -> None:
    draws = Draws(0, 0, torch.arange(20_000))
    histogram = torch.histc(draws.share("zoom"), 10, 0, 1)
    assert (histogram - 2000).abs().max() < 200
    drawn = draws.normals("pixel_noise", 20)
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1) < 0.01
    assert abs((drawn.abs() < 1.96).float().mean() - 0.95) < 0.002


def test_the_least_and_the_largest_share_are_normal_numbers_too() -> None:
    ends = _as_normal(torch.tensor([0.0, 0.5, 1 - 2.0**-24]))
    assert ends.isfinite().all()
    assert ends[0] < -5
    assert ends[2] > 5


def test_a_sample_that_comes_twice_is_told_apart_where_that_may_be() -> None:
    rows = torch.tensor([7, 7, 3])
    assert Draws(0, 0, rows).share("hue").unique().numel() == 2
    apart = Draws(0, 0, rows, repeatedly=True).share("hue")
    assert apart.unique().numel() == 3
    assert not apart[:2].equal(Draws(0, 0, torch.tensor([7, 7, 4]), repeatedly=True).share("hue")[:2])
