"""How well scores put yes before no: the area under the ROC curve, from counts that add up over batches."""

from __future__ import annotations

import torch
from torch import Tensor

BINS = 4096
FARTHEST = 20.0  # log-odds at either end


class Ranking:
    """Counts of log-odds, for yes and for no, of each label by itself.

    Source: the area is P(score of a yes > score of a no) + ½ P(they are equal), Hanley & McNeil 1982. Log-odds within
    0.01 of each other count as equal, so that a table of counts is enough, whatever the number of samples.
    """

    def __init__(self, labels: int, device: torch.device) -> None:
        self._labels = labels
        self.counts = torch.zeros(2, labels, BINS, dtype=torch.int64, device=device)  # no and yes

    def add(self, odds: Tensor, wanted: Tensor, counts: Tensor | None = None) -> None:
        """Log-odds, samples × labels, and whether each is a yes; ``counts`` leaves out rows."""
        share = (odds.float().clamp(-FARTHEST, FARTHEST) + FARTHEST) / (2 * FARTHEST)
        bins = (share * (BINS - 1)).round().long()
        places = (wanted.long() * self._labels + torch.arange(self._labels, device=bins.device)) * BINS + bins
        if counts is not None:
            places = places[counts]
        self.counts += torch.bincount(places.flatten(), minlength=self.counts.numel()).view_as(self.counts)

    def areas(self) -> Tensor:
        """By label, on the CPU; NaN where all are yes or all are no."""
        no, yes = self.counts.cpu().double()
        below = no.cumsum(1) - no
        pairs = no.sum(1) * yes.sum(1)
        found: Tensor = (yes * (below + no / 2)).sum(1) / torch.where(pairs > 0, pairs, torch.nan)
        return found

    def mean(self) -> float:
        """Over the labels that have both; a half where none has."""
        areas = self.areas()
        known = areas[~areas.isnan()]
        return float(known.mean()) if len(known) else 0.5
