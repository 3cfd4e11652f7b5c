"""An operation from its start to its cost: what the engine and the command line share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodes.graph.model import Network
from nodes.graph.scope import Way
from runtime.faults import MENDABLE
from runtime.job import Job
from runtime.surgery.measure import calibrate, data_of, job_of, measured
from runtime.surgery.operate import Operated, operate


@dataclass(frozen=True, eq=False)
class Performed:
    """What was done, and what it can be measured with; ``reason`` says why it cannot."""

    done: Operated
    jobs: tuple[Job, Job] | None
    reason: str

    def told(self, file: Path) -> dict[str, Any]:
        """What is known before it is measured, for programs."""
        done = self.done
        return {
            "file": str(file),
            "kept": done.kept,
            "weights": done.weights,
            "is_exact": done.is_exact,
            "words": done.words,
        }

    def cost(self) -> dict[str, Any]:
        return measured(*self.jobs) if self.jobs else {"reason": self.reason}


def perform(
    network: Network, source: str, base: Path, operation: str, ways: Sequence[Way], node: str = "", value: str = ""
) -> Performed:
    """Data that cannot be read only keep it unmeasured.

    Raises RefusalError, GraphError, TrainingError, SourceError.
    """
    done = operate(network, source, base, operation, ways, node, value)
    try:
        data = data_of(network, base)
        jobs = job_of(network, done.before, data, base), job_of(done.network, done.after, data, base)
        calibrate(jobs[1], done.identity_norms)
    except MENDABLE as error:
        return Performed(done, None, str(error))
    return Performed(done, jobs, "")
