"""MixUp and CutMix: shares, labels, and what refuses to be mixed."""

from __future__ import annotations

import pytest
import scipy.stats
import torch
from torch.nn import functional

from runtime.augmentation.draws import Draws
from runtime.augmentation.mixing import BetaShares, mixed, mixed_labels, mixture
from tests.runtime.augmentation.fixed import Fixed

CPU = torch.device("cpu")


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_shares_are_those_of_the_beta_distribution(alpha: float) -> None:
    shares = BetaShares(alpha, CPU)(Draws(0, 0, torch.arange(5000)).share("mixup"))
    assert scipy.stats.kstest(shares.numpy(), scipy.stats.beta(alpha, alpha).cdf).statistic < 0.02


def test_samples_are_blended_with_the_one_before_them_and_so_are_their_labels() -> None:
    """Beta(1, 1) is even: shares are what was drawn."""
    by = mixture(Fixed(3, mixup=[0.25, 0.5, 1 - 2.0**-24]), BetaShares(1.0, CPU), None, 2, 2)
    x = torch.tensor([0.0, 4.0, 8.0]).view(3, 1, 1, 1).expand(3, 1, 2, 2)
    assert torch.allclose(mixed(x, by, is_area=True)[:, 0, 0, 0], torch.tensor([6.0, 2.0, 8.0]), atol=1e-3)
    shares = mixed_labels(torch.tensor([0, 1, 2]), 3, by)
    expected = torch.tensor([[0.25, 0, 0.75], [0.5, 0.5, 0], [0, 0, 1]])
    assert torch.allclose(shares, expected, atol=1e-3)


def test_the_loss_of_shares_is_the_loss_of_two_labels() -> None:
    """λ · L(y) + (1 − λ) · L(partner's y), as the paper has it."""
    by = mixture(Fixed(2, mixup=[0.3, 0.3]), BetaShares(1.0, CPU), None, 1, 1)
    scores, labels = torch.tensor([[1.0, 2, 0], [0.5, -1, 3]]), torch.tensor([0, 2])
    soft = functional.cross_entropy(scores, mixed_labels(labels, 3, by))
    both = [functional.cross_entropy(scores, wanted) for wanted in (labels, labels.flip(0))]
    assert soft.item() == pytest.approx(0.3 * both[0].item() + 0.7 * both[1].item(), abs=1e-3)


def test_a_rectangle_of_the_partner_takes_its_area_from_the_label() -> None:
    """A share of 3/4 leaves a quarter: 4 × 4 of 8 × 8; at the corner a quarter of that is left, a sixteenth."""
    draws = Fixed(2, cutmix=[0.75, 0.75], cutmix_x=[0.5, 0.0], cutmix_y=[0.5, 0.0])
    by = mixture(draws, None, BetaShares(1.0, CPU), 8, 8)
    assert by.kept.tolist() == [0.75, 0.9375]
    x = torch.tensor([1.0, 2.0]).view(2, 1, 1, 1).expand(2, 1, 8, 8)
    found = mixed(x, by, is_area=True)
    assert found[0, 0, 2:6, 2:6].eq(2).all()
    assert found[0].eq(2).sum() == 16
    assert found[1, 0, :2, :2].eq(1).all()
    mask = torch.tensor([3, 5], dtype=torch.int8).view(2, 1, 1).expand(2, 8, 8)
    assert mixed(mask, by, is_area=True)[0].eq(5).equal(found[0, 0].eq(2))


def test_with_both_each_sample_takes_one_of_them() -> None:
    draws = Draws(0, 0, torch.arange(64))
    by = mixture(draws, BetaShares(1.0, CPU), BetaShares(1.0, CPU), 16, 16)
    assert by.partner_at is not None
    is_cut = by.partner_at.flatten(1).any(1)
    assert 20 < is_cut.sum() < 44
    assert (by.blended[is_cut] == 1).all()
    assert (by.kept[~is_cut] == by.blended[~is_cut]).all()
