"""Samples on which two trained networks decide differently."""

from __future__ import annotations

from typing import Any

from runtime.faults import RefusalError
from runtime.insight.judged import judge
from runtime.insight.trained import Trained


def disagreeing(first: Trained, second: Trained, part: str, count: int) -> dict[str, Any]:
    """Those that one of them is surest of come first. Raises RefusalError where the data or classes differ."""
    if not first.classes or first.classes != second.classes:
        raise RefusalError(
            "These runs do not sort samples into the same classes.",
            "Choose two runs that were trained on the same data.",
        )
    one, other = judge(first, part), judge(second, part)
    if one.rows.tolist() != other.rows.tolist() or not one.wanted.equal(other.wanted):
        raise RefusalError(
            f"The {part} parts of these runs hold other samples.", "Train both with the same data, shares and seed."
        )
    right = one.given.eq(one.wanted), other.given.eq(other.wanted)
    differs = one.given.ne(other.given)
    surety = one.probabilities.amax(1), other.probabilities.amax(1)
    places = differs.nonzero().flatten()
    order = (surety[0] + surety[1])[places].argsort(descending=True)
    return {
        "samples": len(one.rows),
        "agree": int((~differs).sum()),
        "counts": {
            "only_first": int((right[0] & ~right[1]).sum()),
            "only_second": int((right[1] & ~right[0]).sum()),
            "neither": int((differs & ~right[0] & ~right[1]).sum()),
        },
        "accuracies": [float(each.float().mean()) for each in right],
        "classes": list(first.classes),
        "found": [
            {
                "row": int(one.rows[n]),
                "right": int(one.wanted[n]),
                "first": int(one.given[n]),
                "second": int(other.given[n]),
                "probabilities": [float(surety[0][n]), float(surety[1][n])],
            }
            for n in places[order][:count].tolist()
        ],
    }
