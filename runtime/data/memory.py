"""How much memory a data set may take before its pictures stay on disk."""

from __future__ import annotations

import os
from pathlib import Path

from runtime.data.choice import DataChoice

SHARE = 0.5  # of the memory that this process may have at all: what is free at the moment would not come again
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
UNKNOWN = 8e9  # bytes, where the system does not say


def memory_of_computer() -> float:
    """Bytes that there are, or that a container leaves."""
    there = UNKNOWN
    if hasattr(os, "sysconf"):
        there = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for limit in LIMITS:
        try:
            there = min(there, float(limit.read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return there


def budget_of(choice: DataChoice) -> float:
    """Bytes that decoded pictures may take."""
    return SHARE * memory_of_computer() if choice.memory is None else choice.memory * 1e9


def worker_count(choice: DataChoice) -> int:
    """Processes that decode pictures; 0: this one does it."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return there if choice.workers is None else min(choice.workers, there)
