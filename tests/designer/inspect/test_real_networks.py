"""Activations of networks with repeated blocks, through the panel: every layer that is listed shows something."""

from __future__ import annotations

from pathlib import Path

import pytest

from designer.inspect.layer_views import MOST_MAPS, MapsView
from tests.designer.inspect.conftest import panel_on
from tests.runtime.insight.shared import fresh_run, needs_resnet20, resnet20_run


@pytest.fixture(params=[pytest.param("resnet20", marks=needs_resnet20), "vit_digits"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Path:  # of another network than that of the other tests
    return resnet20_run(tmp_path) if request.param == "resnet20" else fresh_run(tmp_path, request.param)


def test_every_layer_of_a_network_with_repeated_blocks_shows_what_it_gave(qtbot, run):
    panel = panel_on(qtbot, run)
    view = panel.choose(MapsView)
    assert isinstance(view, MapsView)
    qtbot.waitUntil(lambda: view.content.isVisible() and bool(view.shown))
    paths = [layer["path"] for layer in view.about["layers"]]
    seen = dict(view.shown)
    for first in range(MOST_MAPS, len(paths), MOST_MAPS):
        view.start.setCurrentIndex(first)
        qtbot.waitUntil(lambda: not panel.asker._under_way)
        assert view.content.isVisible(), view.message.text
        seen |= view.shown
    assert list(seen) == paths
    assert not [told["missing"] for told in seen.values() if "missing" in told]
    blocks = [layer["path"] for layer in view.about["layers"] if layer["kind"] == "Sequential"]
    assert blocks
    for path in blocks:  # a block gives what the last of its repeats gives
        last = [each for each in paths if each.startswith(f"{path}.")][-1]
        assert seen[path]["mean"] == pytest.approx(seen[last]["mean"], rel=1e-5)
