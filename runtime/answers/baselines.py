"""The answer to the question what simple methods make of the data: a part for each method as it finishes."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec

from runtime.questions.baselines import Baselines


def answer(request: Baselines) -> Generator[dict[str, Any], None, dict[str, Any]]:
    from runtime.baselines import baselines, samples_of
    from runtime.data.choice import DataChoice
    from runtime.data.open import open_data

    samples = samples_of(open_data(DataChoice.read(request.data), Path(request.base)), request.most)
    found = []
    for baseline in baselines(samples):
        found.append(msgspec.to_builtins(baseline))
        yield found[-1]
    return {
        "baselines": found,
        "part": samples.part,
        "train": len(samples.train),
        "tested": len(samples.tested),
        "notes": samples.notes,
    }
