"""Answers about what training samples look like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime.questions import augmentation


def draw_sheet(request: augmentation.AugmentationSheet) -> dict[str, Any]:
    from runtime.augmentation.sheet import Ink, sheet_of

    base, out = Path(request.base), Path(request.out)
    ink = Ink(*request.ink)
    return sheet_of(request.data, request.recipe, base, out, samples=request.samples, draws=request.draws, ink=ink)
