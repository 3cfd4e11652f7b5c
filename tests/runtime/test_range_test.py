"""The rate at which the loss falls fastest."""

from __future__ import annotations

import json
import math

import msgspec
import pytest

from nodes.graph.files import save, write
from runtime.commands import run
from runtime.engine import replies_to
from runtime.faults import RefusalError
from runtime.protocol import encode
from runtime.questions.range_test import FindRate
from runtime.range_test import HIGHEST, LOWEST, judged, measured, rate_of
from tests.runtime.stepwise.subjects import subject_of


def test_each_rate_is_as_many_times_the_one_before():
    assert (rate_of(0, 8), rate_of(7, 8)) == (LOWEST, pytest.approx(HIGHEST))
    assert rate_of(3, 8) == pytest.approx(1e-3)


def falling(steepest):
    """A loss that falls along a curve whose steepest place is known, and explodes at ten times that."""
    rates = [rate_of(step, 141) for step in range(141)]
    return [
        (rate, 2.0 - math.tanh(3 * math.log10(rate / steepest)) + max(0.0, rate / steepest / 30 - 1))
        for rate in rates
    ]


@pytest.mark.parametrize("steepest", [1e-3, 1e-2])
def test_the_suggestion_is_where_the_loss_falls_fastest(steepest):
    found = judged(falling(steepest))
    assert found.steepest == pytest.approx(steepest, rel=0.15)
    assert found.suggestion == pytest.approx(steepest, rel=0.15)
    assert f"Begin with {found.suggestion:g}." in found.sentence


def test_a_loss_that_does_not_fall_has_no_suggestion():
    found = judged([(rate_of(step, 50), 2.3 + step / 50) for step in range(50)])
    assert found.suggestion is None
    assert found.sentence.startswith("The loss did not fall at any rate from 1e-06 to 10.")


def test_without_any_number_there_is_nothing_to_suggest():
    assert judged([(1e-6, math.nan)]).suggestion is None


def test_a_real_network_learns_at_the_rate_that_is_found():
    pairs = list(measured(subject_of(optimizer="SGD", momentum=0.9, batch_size=64), steps=60))
    found = judged(pairs)
    assert 1e-4 < found.suggestion < 0.5
    assert pairs[-1][1] > 2 * min(loss for _, loss in pairs) or pairs[-1][0] == pytest.approx(HIGHEST)
    assert min(found.smoothed) < found.smoothed[0] / 2


def test_too_few_steps_are_refused():
    with pytest.raises(RefusalError, match="Ask for 10 or more"):
        next(measured(subject_of(), steps=5))


def test_the_engine_tells_of_it_as_it_goes():
    network = subject_of(batch_size=64).network
    replies = list(replies_to(encode(FindRate(7, write(network).decode(), ".", steps=20))))
    parts, result = replies[:-1], replies[-1].result
    assert len(parts[0].result["rates"]) == 5
    assert set(result) == {"rates", "losses", "smoothed", "steepest", "suggestion", "sentence"}
    assert len(result["rates"]) >= 5


def test_the_command_tells_the_rate(tmp_path, capsys):
    file = tmp_path / "digits.netw"
    save(subject_of(batch_size=64).network, file)
    assert run(["ratetest", str(file), "--steps", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert msgspec.convert(told["rates"], list[float])[0] == LOWEST
    assert run(["ratetest", str(file), "--steps", "20"]) == 0
    assert "Rate" in capsys.readouterr().out
