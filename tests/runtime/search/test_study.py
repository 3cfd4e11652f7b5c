"""Claims, retries and proposals of a study; nothing is trained here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nodes.spec.search import Mark
from runtime.faults import RefusalError
from runtime.search import folder as files
from runtime.search import study as study_module
from runtime.search.folder import read_table
from runtime.search.prepare import Wishes, begin, resume
from tests.runtime.search.networks import marked, prepared, study_of

GRID = {"recipe.learning_rate": Mark(0.01, 1, log=True), "recipe.momentum": Mark(choices=(0.0, 0.9))}


def _claims(study, count=100):
    """Claims and finishes trials; gives their values."""
    made = []
    with study.at_work():
        while len(made) < count and (claim := study.claim()):
            made.append(claim.values)
            study.finish(claim, claim.values["recipe.learning_rate"], 0.1)
        study.conclude()
    return made


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """A grid that has been gone through, and the values in their order."""
    search = prepared(tmp_path_factory.mktemp("grid"), marked(GRID), sampler="grid", points=3)
    return search, _claims(study_of(search))


def test_a_grid_has_every_combination_once(grid):
    search, made = grid
    assert search.plan.trials == len(made) == 6
    assert {tuple(v.values()) for v in made} == {(r, m) for r in (0.01, 0.1, 1.0) for m in (0.0, 0.9)}


def test_two_processes_share_a_grid_without_doubles(tmp_path: Path):
    search = prepared(tmp_path, marked(GRID), sampler="grid", points=3)
    one, other = study_of(search), study_of(resume(search.folder, Wishes()))
    made = []
    with one.at_work(), other.at_work():
        while claims := [claim for study in (one, other) if (claim := study.claim())]:
            made += [tuple(claim.values.values()) for claim in claims]
            for study, claim in zip((one, other), claims, strict=False):
                study.finish(claim, 0.5, 0.1)
    assert len(made) == len(set(made)) == 6


def test_a_small_space_is_drawn_without_doubles_to_its_last(tmp_path: Path):
    few = {"recipe.batch_size": Mark(1, 4), "recipe.learning_rate": Mark(choices=(0.1, 0.2))}
    search = prepared(tmp_path, marked(few), sampler="random", trials=50)
    assert len({tuple(v.values()) for v in _claims(study_of(search))}) == search.plan.trials == 8


def test_random_draws_are_those_of_the_seed_however_many_processes(tmp_path: Path):
    search = prepared(tmp_path, marked(), sampler="random", trials=4)
    alone = _claims(study_of(search))
    (tmp_path / "two").mkdir()
    shared = prepared(tmp_path / "two", marked(), sampler="random", trials=4)
    assert _claims(study_of(shared), 2) + _claims(study_of(shared)) == alone


def test_the_second_half_of_a_coarse_to_fine_search_lies_around_the_best(tmp_path: Path):
    search = prepared(tmp_path, marked(), sampler="random", trials=8, stages=2)
    made = [values["recipe.learning_rate"] for values in _claims(study_of(search))]
    best = max(made[:4])  # finished with their rate as value
    assert all(rate >= best / 10 ** (5 / 8) * 0.999 for rate in made[4:])  # half a quarter of five decades
    assert len(made) == 8
    stages = {row.number: row.stage for row in read_table(search.folder).rows}
    assert [stages[n] for n in range(8)] == [0] * 4 + [1] * 4


def test_tpe_comes_closer_than_chance(tmp_path: Path):
    search = prepared(tmp_path, marked(), sampler="tpe", trials=16, metric="loss")
    study, tried = study_of(search), []
    with study.at_work():
        while claim := study.claim():
            tried.append(claim.values["recipe.learning_rate"])
            study.finish(claim, abs(tried[-1] - 1.0), 0.1)  # best at 1
    near = [rate for rate in tried[8:] if 0.3 < rate < 3]
    assert len(near) >= 4  # a fifth by chance: 1.6 of 8


def test_a_dead_process_loses_its_trial_to_the_next(tmp_path: Path):
    search = prepared(tmp_path, marked(), sampler="random", trials=3)
    dead = study_of(search)
    with dead.at_work():
        lost = dead.claim()
        dead.tell_run(lost, "its-run")
    study = study_of(search)
    with study.at_work():
        again = study.claim()
        study.conclude()
    assert (again.values, again.run) == (lost.values, "its-run")
    rows = {row.number: row for row in read_table(search.folder).rows}
    assert rows[lost.number].state == "failed"
    assert rows[lost.number].reason == "Its process was ended. It is begun again."


def test_a_trial_that_ends_process_after_process_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(study_module, "MOST_DEATHS", 1)
    search = prepared(tmp_path, marked(), sampler="random", trials=2)
    values = []
    for _ in range(3):
        study = study_of(search)
        with study.at_work():
            values.append(study.claim().values["recipe.learning_rate"])
    assert values[0] == values[1] != values[2]


def test_a_trial_of_a_living_process_is_left_to_it(tmp_path: Path):
    search = prepared(tmp_path, marked(), sampler="random", trials=1)
    one, other = study_of(search), study_of(search)
    with one.at_work(), other.at_work():
        assert one.claim() is not None
        assert other.claim() is None
        assert files.is_worked_on(search.folder)
    assert not files.is_worked_on(search.folder)


def test_a_trial_far_behind_the_others_is_pruned(tmp_path: Path):
    search = prepared(tmp_path, marked(), sampler="random", trials=6)
    study = study_of(search)
    with study.at_work():
        for _ in range(5):
            claim = study.claim()
            assert not any(study.report(claim, 0.8 + n / 100, n) for n in (1, 2, 3))
            study.finish(claim, 0.83, 0.1)
        claim = study.claim()
        assert [study.report(claim, 0.2, n) for n in (1, 2)] == [False, True]


def test_the_best_is_a_network_file_and_the_table_a_spreadsheet(grid):
    search, _ = grid
    text = json.loads((search.folder / files.BEST).read_text())
    assert text["recipe"]["learning_rate"] == 1.0
    lines = (search.folder / files.CSV).read_text().splitlines()
    assert lines[0] == "trial,state,accuracy,recipe.learning_rate,recipe.momentum,validations,seconds,run,reason"
    assert lines[1].split(",")[3] == "1.0"
    assert read_table(search.folder).best.values["recipe.learning_rate"] == 1.0


def test_what_mattered_is_said_of_two_settings(grid):
    importance = read_table(grid[0].folder).importance
    assert importance["recipe.learning_rate"] > 0.9
    assert sum(importance.values()) == pytest.approx(1)


def test_another_network_does_not_join(tmp_path: Path):
    search = prepared(tmp_path, marked(), trials=3)
    with pytest.raises(RefusalError, match="search of another network"):
        begin(tmp_path / "digits.netw", search.folder, ["recipe.epochs=7"], Wishes())
    with pytest.raises(RefusalError, match="has sampler tpe, not grid"):
        resume(search.folder, Wishes(sampler="grid"))


def test_more_trials_can_be_wished_for_later(tmp_path: Path):
    search = prepared(tmp_path, marked(), sampler="random", trials=2)
    assert len(_claims(study_of(search))) == 2
    assert len(_claims(study_of(resume(search.folder, Wishes(trials=5))))) == 3


def test_tpe_takes_no_stages(tmp_path: Path):
    with pytest.raises(RefusalError, match="coarse to fine by itself"):
        prepared(tmp_path, marked(), sampler="tpe", stages=2)
