"""Training: what it writes, the commands it obeys, and what ends it, each with a sentence."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import torch
from PIL import Image

from nodes.boundary import Input
from nodes.graph.files import load, save, write_atomically
from nodes.graph.model import Graph, Link, Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from nodes.normalization import BatchNorm1d
from nodes.reshape import Flatten
from runtime import meter
from runtime import train as train_module
from runtime.checkpoint import BEST, LAST, load_run, load_weights
from runtime.devices import out_of_memory
from runtime.lock import locked
from runtime.milestones import file_of, forget_milestones_after, keep_milestone, milestone_before, steps_kept
from runtime.recipe import Recipe
from runtime.runs import (
    ENVIRONMENT,
    NETWORK,
    SUMMARY,
    Checkpointed,
    Command,
    Entry,
    Failed,
    Finished,
    Journal,
    Noted,
    Pause,
    Progress,
    Resume,
    RollBack,
    SaveNow,
    SetLearningRate,
    Started,
    StateChanged,
    StepOnce,
    Stop,
    TrainingError,
    Validated,
    ValidateNow,
    create_run,
    read_entries,
    revise_run,
    send,
)
from runtime.train import train
from tests.runtime.networks import QUICK, chained, digits_graph, digits_run


def entries_of(run: Path) -> list[Entry]:
    return read_entries(run)[0]


def failure_of(run: Path, *, resume: bool = False) -> str:
    """The sentence of a training that has to fail; the journal ends with it too."""
    with pytest.raises(TrainingError) as caught:
        train(run, resume=resume)
    last = entries_of(run)[-1]
    assert isinstance(last, Failed)
    assert f"{last.fact} {last.remedy}".strip() == str(caught.value)
    return str(caught.value)


def run_of(root: Path, graph: Graph, **data: object) -> Path:
    return create_run(root, Network(graph, "test", data=data, recipe=QUICK))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = digits_run(tmp_path_factory.mktemp("runs"), epochs=3)
    train(run)
    return run


def test_journal_tells_every_step_once(finished: Path) -> None:
    entries = entries_of(finished)
    started = entries[0]
    assert isinstance(started, Started)
    assert (started.steps_per_epoch, started.weights) == (40, 40 + 1450)
    progress = [e for e in entries if isinstance(e, Progress)]
    assert progress[0].first_step == 0
    assert len(progress[0].loss) == 1
    for one, next_one in pairwise(progress):
        assert next_one.first_step == one.first_step + len(one.loss)
    assert sum(len(e.loss) for e in progress) == sum(len(e.accuracy) for e in progress) == 120
    assert progress[-1].seconds_left == 0


def test_each_epoch_is_validated_and_the_end_is_tested(finished: Path) -> None:
    scores = [e for e in entries_of(finished) if isinstance(e, Validated)]
    assert [(s.part, s.step) for s in scores] == [
        ("validation", 40), ("validation", 80), ("validation", 120), ("test", 120),
    ]  # fmt: skip
    assert isinstance(entries_of(finished)[-1], Finished)


def test_summary_and_environment(finished: Path) -> None:
    summary = msgspec.json.decode((finished / SUMMARY).read_bytes())
    assert summary["reason"] == "done"
    assert 0.8 < summary["test_accuracy"] <= 1
    assert "torch" in msgspec.json.decode((finished / ENVIRONMENT).read_bytes())


def test_test_accuracy_is_that_of_the_saved_weights(finished: Path) -> None:
    loaded = load_run(finished)
    data = loaded.dataset
    images = (data.columns["image"][data.test] / 16 - data.mean[0]) / data.std[0]
    right = loaded.module(images.float()).argmax(1) == data.columns["label"][data.test]
    tested = [e for e in entries_of(finished) if isinstance(e, Validated)][-1]
    assert right.float().mean().item() == pytest.approx(tested.accuracy)


def test_weights_bear_the_names_of_the_nodes(finished: Path) -> None:
    for which in ("best", "last"):
        assert set(load_weights(finished, which)) == {"conv.weight", "conv.bias", "fc.weight", "fc.bias"}


def test_checkpoints_are_told(finished: Path) -> None:
    files = {e.file for e in entries_of(finished) if isinstance(e, Checkpointed)}
    assert files == {BEST, LAST}


def test_same_seed_same_losses(tmp_path: Path, finished: Path) -> None:
    again = digits_run(tmp_path, epochs=3)
    train(again)
    one, two = ([x for e in entries_of(run) if isinstance(e, Progress) for x in e.loss] for run in (finished, again))
    assert one == two


def test_trained_run_is_not_trained_over(finished: Path) -> None:
    with pytest.raises(TrainingError, match=r"has been trained already\. Resume it, or start a new run"):
        train(finished)


def test_two_processes_cannot_train_in_one_folder(tmp_path: Path) -> None:
    run = digits_run(tmp_path)
    with locked(run), pytest.raises(TrainingError, match="Another process is training"):
        train(run)
    assert entries_of(run) == []


def obeyed(run: Path, reaction: Callable[[Entry], Command | None]) -> list[Entry]:
    """Trains while a listener answers journal entries with commands."""

    def listen(entry: Entry) -> None:
        command = reaction(entry)
        if command:
            send(run, command)

    train(run, on_entry=listen)
    return entries_of(run)


def test_stop_ends_with_a_checkpoint_and_a_test(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1000)
    entries = obeyed(run, lambda e: Stop() if isinstance(e, Progress) else None)
    assert isinstance(entries[-1], Finished)
    assert entries[-1].reason == "stopped"
    assert [e.part for e in entries if isinstance(e, Validated)][-1] == "test"
    assert (run / LAST).is_file()


def test_pause_waits_for_resume(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=2)
    send(run, Pause())
    waker = threading.Timer(0.5, lambda: send(run, Resume()))
    waker.start()
    began = time.perf_counter()
    train(run)
    assert time.perf_counter() - began > 0.5
    states = [e.state for e in entries_of(run) if isinstance(e, StateChanged)]
    assert states == ["paused", "running"]


def test_validate_now(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1)
    send(run, ValidateNow())
    train(run)
    assert [e.step for e in entries_of(run) if isinstance(e, Validated)] == [1, 40, 40]


def test_set_learning_rate_goes_on_from_the_schedule(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=2, schedule="step", step_size=1, gamma=0.1, learning_rate=0.05)
    send(run, SetLearningRate(0.02))
    train(run)
    rates = [e.learning_rate for e in entries_of(run) if isinstance(e, Progress)]
    assert rates[1] == pytest.approx(0.02)
    assert rates[-1] == pytest.approx(0.002)
    (noted,) = [e for e in entries_of(run) if isinstance(e, Noted)]
    assert (noted.step, noted.rate) == (1, 0.02)
    assert noted.sentence == "As was asked, the learning rate is 0.02 from here on."


def test_set_learning_rate_after_the_schedule_has_come_to_zero(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1, batch_size=2048, schedule="cosine")
    send(run, SetLearningRate(0.02))
    assert train(run).steps == 1


def test_a_summed_loss_is_judged_at_the_batch_size_it_is_trained_at(tmp_path: Path) -> None:
    graph = chained(
        Input(size=(1, 8, 8)), ("flatten", Flatten()), ("fc", Linear(10)), loss=CrossEntropyLoss(reduction="sum")
    )
    recipe = QUICK | {"epochs": 1, "learning_rate": 1e-8}
    run = create_run(tmp_path, Network(graph, data={"source": "digits"}, recipe=recipe))
    train(run)
    losses = [loss for e in entries_of(run) if isinstance(e, Progress) for loss in e.loss[:-1]]
    [validated] = [e for e in entries_of(run) if isinstance(e, Validated) and e.part == "validation"]
    assert validated.loss == pytest.approx(sum(losses) / len(losses), rel=0.25)


def test_loss_that_is_no_number(tmp_path: Path) -> None:
    run = digits_run(tmp_path, learning_rate=100.0, epochs=5)
    sentence = failure_of(run)
    assert "is not a number at step" in sentence or "is infinite at step" in sentence
    assert "Set the learning rate to 1e+01 or less" in sentence
    assert all(isinstance(e.loss, list) for e in entries_of(run) if isinstance(e, Progress))


def test_wrong_number_of_classes(tmp_path: Path) -> None:
    sentence = failure_of(run_of(tmp_path, digits_graph(classes=8)))
    assert sentence == ("The network gives 8 scores (fc) but the data has 10 classes. Set out_features of fc to 10.")


def test_input_of_another_size(tmp_path: Path) -> None:
    graph = digits_graph().with_settings("image", Input(size=(1, 28, 28)))
    assert failure_of(run_of(tmp_path, graph)) == (
        "image takes an image (1 × 28 × 28), but the data gives an image (1 × 8 × 8). "
        "Set size of image to 1 × 8 × 8, or choose other data."
    )


def test_input_with_a_field_that_is_not_there(tmp_path: Path) -> None:
    graph = digits_graph().with_settings("image", Input(size=(1, 8, 8), field="sound"))
    assert "Set field of image to image or label" in failure_of(run_of(tmp_path, graph))


def test_loss_that_cannot_compare_with_classes(tmp_path: Path) -> None:
    layers = (("flatten", Flatten()), ("fc", Linear(out_features=10)))
    graph = chained(Input(size=(1, 8, 8)), *layers, loss=MSELoss())
    assert failure_of(run_of(tmp_path, graph)).startswith("loss: Mean squared error compares with real numbers")


def test_network_without_a_loss(tmp_path: Path) -> None:
    assert "no loss" in failure_of(run_of(tmp_path, digits_graph().without(["loss"])))


def test_missing_data(tmp_path: Path) -> None:
    assert "There is no data folder" in failure_of(run_of(tmp_path, digits_graph(), source="/nowhere/at/all"))


def test_autoencoder_trains_without_a_target(tmp_path: Path) -> None:
    layers = (("flatten", Flatten()), ("fc", Linear(out_features=64)))
    graph = chained(Input(size=(1, 8, 8)), *layers, loss=MSELoss())
    graph = graph.with_link(Link("flatten", "output", "loss", "target"))
    run = run_of(tmp_path, graph)
    assert train(run).test_accuracy is None
    assert all(e.accuracy == [] for e in entries_of(run) if isinstance(e, Progress))


def test_damaged_network_file(tmp_path: Path) -> None:
    run = digits_run(tmp_path)
    (run / NETWORK).write_text("no network")
    assert "no network file" in failure_of(run)


def test_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is no run"):
        train(tmp_path)


def test_damaged_checkpoint(tmp_path: Path, finished: Path) -> None:
    run = digits_run(tmp_path)
    (run / LAST).write_bytes((finished / LAST).read_bytes()[:999])
    assert "cannot be read" in failure_of(run, resume=True)


def test_checkpoint_of_another_network(tmp_path: Path, finished: Path) -> None:
    run = digits_run(tmp_path)
    network = load(run / NETWORK).network
    graph = network.graph.with_settings("fc", Linear(out_features=10, bias=False))
    save(dataclasses.replace(network, graph=graph), run / NETWORK)
    (run / LAST).write_bytes((finished / LAST).read_bytes())
    assert "does not fit its network" in failure_of(run, resume=True)


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Journal, entry: Entry) -> None:
        raise OSError(28, "No space left on device")

    run = digits_run(tmp_path)
    monkeypatch.setattr(train_module.Training, "write", full)
    assert "No space left on device. Choose another folder for the run, or make room" in failure_of(run)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_out_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object) -> None:
        raise error

    run = digits_run(tmp_path)
    monkeypatch.setattr(meter.Meter, "add", fail)
    assert failure_of(run) == ("The computer ran out of memory at batch size 32. Set batch size to 16 or less.")


def test_out_of_gpu_memory_says_what_else_there_is() -> None:
    assert str(out_of_memory(Recipe(batch_size=128), torch.device("cuda"))) == (
        "The GPU ran out of memory at batch size 128. Set batch size to 64 or less, or train on the CPU."
    )


def test_fault_of_ours_is_a_sentence_with_details_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    run = digits_run(tmp_path)
    monkeypatch.setattr(meter.Meter, "add", fail)
    assert "ZeroDivisionError: division by zero" in failure_of(run)
    assert "Traceback" in (run / "error.txt").read_text()


def test_batch_normalisation_on_one_sample(tmp_path: Path) -> None:
    layers = (("flatten", Flatten()), ("norm", BatchNorm1d()), ("fc", Linear(out_features=10)))
    run = run_of(tmp_path, chained(Input(size=(1, 8, 8)), *layers))
    revise_run(run, ["recipe.batch_size=1"])
    assert failure_of(run).endswith("Set batch size to 2 or more.")


def test_pictures_left_out_are_told(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(10):
            Image.new("L", (8, 8), number).save(tmp_path / "data" / name / f"{number}.png")
    (tmp_path / "data" / "cats" / "broken.png").touch()
    run = run_of(tmp_path, digits_graph(classes=2), source=str(tmp_path / "data"))
    train(run)
    started = entries_of(run)[0]
    assert isinstance(started, Started)
    assert started.notes[0] == "1 picture could not be read and was left out: cats/broken.png (it is no picture)."


def test_last_batch_of_one_sample_is_left_out(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1, batch_size=1257)  # of 1258 samples
    assert train(run).steps == 1


def test_a_run_goes_back_where_it_is_told_to_and_on_at_a_lower_rate(tmp_path: Path) -> None:
    run = run_of(tmp_path, digits_graph())
    revise_run(run, ["recipe.epochs=4"])
    asked: list[int] = []

    def react(entry: Entry) -> Command | None:
        if isinstance(entry, Checkpointed) and entry.step >= 82 and not asked:
            asked.append(entry.step)
            return RollBack(60, 0.5)
        return None

    entries = obeyed(run, react)
    begun = [entry for entry in entries if isinstance(entry, Started)]
    back = begun[1].resumed_at
    assert 0 < back <= 60
    told = next(entry for entry in entries if isinstance(entry, Noted))
    assert "at 0.5 of the rate" in told.sentence
    after = entries[entries.index(begun[1]) :]
    steps = [entry for entry in after if isinstance(entry, Progress)]
    assert steps[0].first_step == back
    assert all(entry.learning_rate == pytest.approx(0.05 * 0.5) for entry in steps)
    assert isinstance(entries[-1], Finished)
    assert entries[-1].step == begun[0].steps


def test_going_back_before_anything_is_kept_goes_on_and_says_so(tmp_path: Path) -> None:
    run = run_of(tmp_path, digits_graph())
    send(run, RollBack(10))
    entries: list[Entry] = []
    train(run, on_entry=entries.append)
    assert "no checkpoint to go back to yet" in next(e for e in entries if isinstance(e, Noted)).sentence
    assert isinstance(entries[-1], Finished)


def test_one_step_at_a_time_while_it_waits(tmp_path: Path) -> None:
    run = run_of(tmp_path, digits_graph())
    send(run, Pause())
    waits: list[int] = []

    def react(entry: Entry) -> Command | None:
        if isinstance(entry, Checkpointed) and not waits:
            waits.append(0)
            return StepOnce()
        if isinstance(entry, Progress) and 0 < len(waits) < 4:
            waits.append(len(entry.loss))
            return StepOnce() if len(waits) < 4 else Resume()
        return None

    entries = obeyed(run, react)
    assert waits == [0, 1, 1, 1]
    assert isinstance(entries[-1], Finished)


def test_a_checkpoint_is_written_when_it_is_asked_for(tmp_path: Path) -> None:
    run = run_of(tmp_path, digits_graph())
    send(run, SaveNow())
    entries: list[Entry] = []
    train(run, on_entry=entries.append)
    first = next(entry for entry in entries if isinstance(entry, Checkpointed))
    assert first.step == 1


def test_what_is_kept_to_go_back_to_is_little_and_spread_over_the_run(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    for step in range(0, 2_000, 100):
        write_atomically(tmp_path / LAST, b"x" * 100)
        keep_milestone(tmp_path, step)
    kept = steps_kept(tmp_path)
    assert len(kept) == 6
    assert (kept[0], kept[-1]) == (0, 1_900)
    assert milestone_before(tmp_path, kept[2] + 5) == file_of(kept[2])
    forget_milestones_after(tmp_path, kept[1])
    assert steps_kept(tmp_path) == kept[:2]
    assert milestone_before(tmp_path / "nowhere", 5) is None
