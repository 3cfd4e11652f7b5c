"""Recurrent layers that PyTorch has not."""

import torch
from torch import Tensor, nn


def skipping_padding(kind: type[nn.RNNBase]) -> type[nn.RNNBase]:
    """A recurrent layer that passes over the steps in front and at the end of a sequence whose numbers are all 0."""

    class SkippingPadding(kind):  # type: ignore[misc, valid-type]
        def forward(self, x: Tensor, start: Tensor | tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, object]:
            if x.is_meta:  # shapes alone
                return super().forward(x, start)  # type: ignore[no-any-return]
            if start is not None:  # of packed values PyTorch does not look at it
                self.check_forward_args(x, start, None)
            length = x.shape[1]
            real = x.ne(0).any(2)  # N × L
            first = real.int().argmax(1)
            behind = length - real.flip(1).int().argmax(1)
            counts = torch.where(real.any(1), behind - first, 1)
            steps = torch.arange(length, device=x.device)
            moved = x.gather(1, ((steps + first[:, None]) % length)[:, :, None].expand_as(x))
            packed = nn.utils.rnn.pack_padded_sequence(moved, counts.cpu(), batch_first=True, enforce_sorted=False)
            output, last = super().forward(packed, start)
            filled, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True, total_length=length)
            back = ((steps - first[:, None]) % length)[:, :, None].expand_as(filled)
            return filled.gather(1, back), last

    return SkippingPadding
