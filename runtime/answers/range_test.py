"""The answer to the question about the learning rate."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec

from runtime.answers.network_text import opened
from runtime.questions.range_test import FindRate

TOLD_EVERY = 5  # steps


def find_rate(request: FindRate) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """Some steps at a time, and then what follows."""
    from runtime.range_test import judged, measured
    from runtime.stepwise.subject import Patience, Subject

    patience = Patience(Path(request.stop_file)) if request.stop_file else Patience()
    pairs: list[tuple[float, float]] = []
    for pair in measured(Subject(opened(request.network).network, Path(request.base), patience), request.steps):
        pairs.append(pair)
        if len(pairs) % TOLD_EVERY == 0:
            yield {"rates": [rate for rate, _ in pairs], "losses": [loss for _, loss in pairs]}
    return dict(msgspec.to_builtins(judged(pairs)))
