"""This machine: how much memory there is and how much of it is free, told without importing torch."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

MEMINFO, STATM = Path("/proc/meminfo"), Path("/proc/self/statm")


def free_memory() -> int | None:
    """Bytes that a training on the CPU could still take; None where the system does not tell.

    Linux counts what it would give back from its caches; other systems tell what is unused.
    """
    if sys.platform == "win32":
        return _free_on_windows()
    if MEMINFO.exists():
        return available_in(MEMINFO.read_text(encoding="ascii", errors="replace"))
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):  # macOS knows only how much there is in all
        return _all_memory()


def process_memory() -> int | None:
    """Bytes of memory that this process holds now; on macOS the most it has held; None on Windows."""
    if STATM.exists():
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return None
    import resource  # no such module on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def total_memory() -> int | None:
    """Bytes of memory in all; None where the system does not tell."""
    if sys.platform == "win32":
        status = _status_of_windows()
        return int(status.total) if status is not None else None
    return _all_memory()


def available_in(meminfo: str) -> int | None:
    """``MemAvailable`` of Linux's table, whose unit is 1024 bytes."""
    for line in meminfo.splitlines():
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return int(amount.split()[0]) * 1024
    return None


def _all_memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        *((name, ctypes.c_ulonglong) for name in ("total", "available", "total_page", "available_page")),
        *((name, ctypes.c_ulonglong) for name in ("total_virtual", "available_virtual", "available_extended")),
    )


def _free_on_windows() -> int | None:
    status = _status_of_windows()
    return int(status.available) if status is not None else None


def _status_of_windows() -> _MemoryStatus | None:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - other systems have no windll
    return status if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None
