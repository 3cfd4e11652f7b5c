"""Every test runs without a screen and keeps its settings, caches and runs in a folder of its own."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path

import hypothesis
import pytest

from runtime.collecting import collect_if_due

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

_HOME = Path(tempfile.mkdtemp(prefix="netwright-tests-"))
for name in (
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
    "APPDATA",
    "LOCALAPPDATA",
):
    os.environ[name] = str(_HOME / name.lower())


@pytest.fixture(scope="session", autouse=True)
def private_settings() -> None:
    """Sends QSettings to the same folder, for every test of the process."""
    try:
        from PySide6.QtCore import QCoreApplication, QSettings
    except ImportError:  # the parts without a window are tested without Qt as well
        return
    QCoreApplication.setOrganizationName("Netwright")
    QCoreApplication.setApplicationName("Netwright")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(_HOME / "settings"))


def pytest_configure() -> None:
    gc.disable()


def pytest_runtest_logfinish() -> None:
    """As in the program, cycles are collected in the main thread alone: threads that listen to programs, and that of
    pytest-xdist, would destroy objects of Qt's that are not theirs."""
    collect_if_due()


# ``--hypothesis-profile=quick`` is for the loop of writing and trying.
hypothesis.settings.register_profile("full", max_examples=120, deadline=None)
hypothesis.settings.register_profile("quick", max_examples=40, deadline=None)
hypothesis.settings.load_profile("full")
