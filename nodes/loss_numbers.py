"""Losses that compare numbers with numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from nodes.loss import NUMBERS, PROBABILITIES, Comparison, Loss, require_same_sizes
from nodes.spec.node_type import node_type
from nodes.spec.settings import choice, flag, real
from nodes.spec.shapes import Shape, ShapeError


@node_type(
    "l1_loss", title="Mean absolute error", torch_name="L1Loss", example=NUMBERS, stem="loss",
    also=("MAE", "regression"),
)  # fmt: skip
class L1Loss(Comparison):
    """Lowers the absolute difference between prediction and target. Its gradient has the same size everywhere.

    Shape:   any value and another of the same sizes -> one number.
    Weights: none.
    Errors:  the sizes differ; a target of indices.
    """

    function: ClassVar[str] = "F.l1_loss"


@node_type(
    "smooth_l1_loss", title="Smooth L1 loss", torch_name="SmoothL1Loss", example=NUMBERS, stem="loss",
    also=("box regression", "Fast R-CNN"),
)  # fmt: skip
class SmoothL1Loss(Comparison):
    """Squares differences below beta, divided by 2·beta, and takes larger ones as they are: |d| − beta/2.

    Detectors compare their boxes with it, so that single large errors do not blow up the gradient.

    Shape:   any value and another of the same sizes -> one number.
    Weights: none.
    Errors:  the sizes differ; a target of indices.
    Source:  Girshick 2015, arXiv:1504.08083.
    """

    function: ClassVar[str] = "F.smooth_l1_loss"

    beta: float = real(1.0, low=0.0, high=1e6, doc="Where the squared part ends; 0 makes it the absolute error.")


@node_type(
    "huber_loss", title="Huber loss", torch_name="HuberLoss", example=NUMBERS, stem="loss",
    also=("robust", "regression"),
)  # fmt: skip
class HuberLoss(Comparison):
    """Squares differences below delta, halved, and goes on in a straight line: delta · (|d| − delta/2).

    It is delta times the smooth L1 loss.

    Shape:   any value and another of the same sizes -> one number.
    Weights: none.
    Errors:  the sizes differ; a target of indices.
    Source:  Huber 1964, "Robust Estimation of a Location Parameter".
    """

    function: ClassVar[str] = "F.huber_loss"

    delta: float = real(1.0, low=1e-6, high=1e6, doc="Where the squared part ends.")


@node_type(
    "kl_div_loss", title="Kullback–Leibler divergence", torch_name="KLDivLoss", example=NUMBERS, stem="loss",
    also=("KL", "distillation", "relative entropy"),
)  # fmt: skip
class KLDivLoss(Comparison):
    """Lowers Σ target · (ln target − prediction): how far one distribution is from another.

    The prediction holds logarithms of probabilities, as Log softmax gives them; the target probabilities, or their
    logarithms too with log_target. ``mean`` divides by all numbers of the batch, so that it is smaller than the
    divergence by how many a sample has; PyTorch warns of it.

    Shape:   any value and another of the same sizes -> one number.
    Weights: none.
    Errors:  the sizes differ; a target of indices.
    """

    function: ClassVar[str] = "F.kl_div"

    reduction: str = choice(
        "batchmean",
        "batchmean",
        "sum",
        "mean",
        doc="What becomes of the losses of a batch; batchmean averages the samples, mean all numbers.",
    )
    log_target: bool = flag(False, doc="The target holds logarithms as well.")

    def target_range(self) -> tuple[float, float] | None:
        return (-math.inf, 0.0) if self.log_target else PROBABILITIES

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call(self.function, *values, f"reduction={self.reduction!r}", skip=("reduction",))


@node_type(
    "gaussian_kl_loss", title="Gaussian KL divergence", torch_name="GaussianKLLoss", example=(Shape(20), Shape(20)),
    stem="kl", also=("VAE", "variational", "KL", "latent"),
)  # fmt: skip
class GaussianKLLoss(Loss):
    """Lowers −½ Σ (1 + log_variance − mean² − e^log_variance): how far each code is from the normal distribution.

    It is summed over the numbers of a sample; ``mean`` averages the samples. With a reconstruction loss beside it,
    it makes a variational autoencoder. It compares with no target.

    Shape:   mean and log_variance of the same sizes -> one number.
    Weights: none.
    Errors:  the sizes differ.
    Source:  Kingma & Welling 2014, arXiv:1312.6114, appendix B.
    """

    def shape(self, mean: Shape, log_variance: Shape) -> Shape:
        require_same_sizes(self.title, mean, log_variance, "log_variance")
        if not mean:
            raise ShapeError(
                f"{self.title} expects the numbers of a code, got a single number.",
                "Give mean and log_variance an axis.",
                port="mean",
                kind="rank",
            )
        return Shape()

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call("gaussian_kl", *values)
