"""Which parts of a picture a decision rests on: saliency, Grad-CAM, occlusion.

Source: Simonyan et al. 2014, arXiv:1312.6034; Smilkov et al. 2017, arXiv:1706.03825; Selvaraju et al. 2017,
        arXiv:1610.02391; Zeiler & Fergus 2014, arXiv:1311.2901.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from runtime.faults import RefusalError
from runtime.insight.seen import look
from runtime.insight.trained import Trained, whole_sizes
from runtime.sequences.sampling import as_scores

METHODS = ("saliency", "smooth saliency", "grad-cam", "occlusion")
DRAWS, NOISE = 24, 0.1  # of smooth saliency: pictures, and deviation as a share of the picture's range
PARTS = 12  # occlusion: a patch is one part in so many of a side wide
AT_ONCE = 128
SHIFT_SHARE, BLUR_EVERY, SHRINK = 16, 8, 0.995  # of gradient ascent; small pictures are neither shifted nor blurred


def scores_of(trained: Trained, outputs: list[Tensor]) -> Tensor:
    """The output with a score for each class, N × C. Raises RefusalError where there is none."""
    for value in outputs:
        if value.dim() == 2 and value.shape[1] == len(trained.classes or value[0]):
            return value
    raise RefusalError("This network tells no classes apart.", "Choose one with a score for each class.")


def attribution(trained: Trained, value: Tensor, method: str, target: int | None = None) -> tuple[Tensor, int]:
    """A map H × W of 0 … 1 for one picture value 1 × C × H × W, and the class that it is of.

    ``target`` is a class; None: that with the highest score. Raises RefusalError.
    """
    if target is None:
        with torch.no_grad():
            target = int(scores_of(trained, look(trained, [value], ()).outputs)[0].argmax())
    match method:
        case "saliency":
            heat = _saliency(trained, value, target)
        case "smooth saliency":
            heat = _smooth(trained, value, target)
        case "grad-cam":
            heat = grad_cam(trained, value, target)
        case "occlusion":
            heat = _occlusion(trained, value, target)
        case _:
            raise RefusalError(f"There is no way called {method}.", f"Choose {', '.join(METHODS)}.")
    return heat / heat.max().clamp(min=1e-12), target


def _saliency(trained: Trained, value: Tensor, target: int) -> Tensor:
    """max over channels of |∂ score / ∂ pixel|."""
    return _gradient(trained, value, target).abs().amax(1)[0]


def _gradient(trained: Trained, values: Tensor, target: int) -> Tensor:
    given = values.detach().clone().requires_grad_(True)
    scores = scores_of(trained, look(trained, [given], (), with_gradients=True).outputs)
    return torch.autograd.grad(scores[:, target].sum(), given)[0]


def _smooth(trained: Trained, value: Tensor, target: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn((DRAWS, *value.shape[1:]), generator=generator) * NOISE * (value.max() - value.min())
    return _gradient(trained, value + noise, target).abs().amax(1).mean(0)


def grad_cam(trained: Trained, value: Tensor, target: int, path: str = "") -> Tensor:
    """ReLU(Σ_k α_k A_k), α_k the mean gradient of the score over map k; of the last convolution, or of ``path``."""
    path = path or last_maps(trained)
    given = value.detach().clone().requires_grad_(True)
    seen = look(trained, [given], [path], with_gradients=True)
    maps = seen[path]
    gradient = torch.autograd.grad(scores_of(trained, seen.outputs)[0, target], maps)[0]
    heat = (gradient.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True).relu()
    size = [int(side) for side in value.shape[2:]]
    return functional.interpolate(heat, size, mode="bilinear", align_corners=False)[0, 0].detach()


def last_maps(trained: Trained) -> str:
    """The last convolution of the network."""
    found: list[str] = [name for name, layer in trained.module.named_modules() if isinstance(layer, nn.Conv2d)]
    if not found:
        raise RefusalError("There is no convolution in this network.", "Choose saliency or occlusion.")
    return found[-1]


@torch.no_grad()
def _occlusion(trained: Trained, value: Tensor, target: int) -> Tensor:
    """How much the probability of the class falls when a grey patch hides each place."""
    height, width = (int(side) for side in value.shape[2:])
    patch = (max(2, height // PARTS * 2), max(2, width // PARTS * 2))
    stride = (max(1, patch[0] // 2), max(1, patch[1] // 2))
    corners = [(y, x) for y in range(0, height, stride[0]) for x in range(0, width, stride[1])]
    whole = float(scores_of(trained, look(trained, [value], ()).outputs).softmax(1)[0, target])
    fall, count = torch.zeros(height, width), torch.zeros(height, width)
    grey = value.mean()
    for start in range(0, len(corners), AT_ONCE):
        part = corners[start : start + AT_ONCE]
        hidden = value.repeat(len(part), 1, 1, 1)
        for number, (y, x) in enumerate(part):
            hidden[number, :, y : y + patch[0], x : x + patch[1]] = grey
        left = scores_of(trained, look(trained, [hidden], ()).outputs).softmax(1)[:, target]
        for (y, x), probability in zip(part, left.tolist(), strict=True):
            fall[y : y + patch[0], x : x + patch[1]] += whole - probability
            count[y : y + patch[0], x : x + patch[1]] += 1
    return (fall / count).clamp(min=0)


def ascended(
    trained: Trained, path: str, unit: int, steps: int = 120, rate: float = 0.1
) -> tuple[Tensor, list[float]]:
    """A picture that moves a unit most, by gradient ascent from noise, and how far it moved it at each step.

    Kept smooth by L2, by small shifts and by blurring now and then. Source: Yosinski et al. 2015, arXiv:1506.06579.
    """
    shape = whole_sizes(trained.picture.shape)
    generator = torch.Generator().manual_seed(0)
    picture = torch.randn((1, *shape), generator=generator) * 0.1
    reach, strengths = min(shape[1:]) // SHIFT_SHARE, []
    for step in range(steps):
        shift = torch.randint(-reach, reach + 1, (2,), generator=generator).tolist()
        given = picture.roll(shift, (2, 3)).detach().requires_grad_(True)
        strength = look(trained, [given], [path], with_gradients=True)[path][0, unit].mean()
        gradient = torch.autograd.grad(strength, given)[0]
        gradient = gradient / gradient.square().mean().sqrt().clamp(min=1e-12)
        picture = (picture + rate * gradient.roll([-n for n in shift], (2, 3))) * SHRINK
        if reach and step % BLUR_EVERY == BLUR_EVERY - 1:
            blurred = functional.avg_pool2d(functional.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)
            picture = (picture + blurred) / 2
        strengths.append(float(strength.detach()))
    return picture.detach(), strengths


def told(trained: Trained, outputs: list[Tensor]) -> list[dict[str, Any]]:
    """The classes of the first sample, the likeliest first."""
    probabilities = as_scores(scores_of(trained, outputs)[0]).softmax(0)
    names = trained.classes or tuple(str(n) for n in range(len(probabilities)))
    order = probabilities.argsort(descending=True).tolist()
    return [{"name": names[n], "index": n, "probability": float(probabilities[n])} for n in order]
