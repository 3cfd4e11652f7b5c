"""The doctor: each rule is triggered by a training with that fault and by no other, and its first advice cures it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from nodes.spec.training import NodeTraining
from runtime.doctor.diagnosis import EXPLAINS, RULES, diagnose
from runtime.doctor.findings import Finding, GoBack, InsertBehind, LookAtData, SetRecipe
from runtime.doctor.history import History
from runtime.doctor.treatment import treated
from runtime.runs import (
    Command,
    Entry,
    Noted,
    Progress,
    RollBack,
    Samples,
    SetLearningRate,
    Started,
    Validated,
    create_run,
    read_entries,
    send,
)
from runtime.train import train
from tests.runtime.doctor.patients import (
    FAULTS,
    HEALTHY,
    LOGARITHM,
    WATCHED,
    Patient,
    digits_file,
    layers,
    trained,
)

CURED_BY_HAND = ("shuffled_labels",)  # no setting puts labels right
BY_THE_CLOCK = "waits_for_data"  # a busy computer can make any training wait


def said(entries: Sequence[Entry] | History, network: Network, rule: str = "") -> list[Finding]:
    """What the doctor says; of the clock only where the ``rule`` is that one."""
    return [found for found in diagnose(entries, network) if found.rule != BY_THE_CLOCK or found.rule == rule]


@pytest.mark.parametrize("patient", FAULTS, ids=lambda patient: patient.rule)
def test_fault_is_found_at_its_node_and_the_advice_cures_it(patient: Patient, tmp_path: Path) -> None:
    network = patient.network(tmp_path)
    (finding,) = said(trained(tmp_path, network), network, patient.rule)
    assert finding.rule == patient.rule
    if patient.node:
        assert finding.node == patient.node
    assert any(series.values for series in finding.evidence.series)
    if patient.rule in CURED_BY_HAND:
        assert isinstance(finding.actions[0], LookAtData)
        mended = Network(network.graph, "mended", data=digits_file(tmp_path, 300), recipe=network.recipe)
    else:
        mended = treated(network, finding.actions[0])
        if isinstance(finding.actions[0], GoBack):  # to the start: then it is trained anew
            assert finding.actions[0].step == 0
    assert said(trained(tmp_path, mended), mended, patient.rule) == []


@pytest.mark.parametrize("patient", HEALTHY, ids=lambda patient: patient.name)
def test_nothing_is_said_of_a_healthy_run(patient: Patient, tmp_path: Path) -> None:
    network = patient.network(tmp_path)
    assert said(trained(tmp_path, network), network) == []


def test_every_rule_has_a_patient() -> None:
    assert {patient.rule for patient in FAULTS} == set(RULES)
    assert set(EXPLAINS) | {name for names in EXPLAINS.values() for name in names} <= set(RULES)


def test_the_first_number_that_is_none_is_told_where_no_layer_is_watched(tmp_path: Path) -> None:
    network = LOGARITHM.network(tmp_path)
    (finding,) = said(trained(tmp_path, network), network)
    assert (finding.rule, finding.node) == ("not_finite", "log")
    assert "before any weight has moved" in finding.sentence


def test_a_rate_that_was_raised_too_far_is_cured_by_going_back_while_it_trains(tmp_path: Path) -> None:
    network = Network(
        layers(), "raised", recipe={**WATCHED, "optimizer": "Adam", "learning_rate": 0.003, "epochs": 10}
    )
    run, history, sent = create_run(tmp_path, network), History(), list[Command]()

    def follow(command: Command) -> None:
        sent.append(command)
        send(run, command)

    def watch(entry: Entry) -> None:
        history.take([entry])
        if isinstance(entry, Validated) and entry.step >= 46 and not sent:
            follow(SetLearningRate(0.5))
        elif isinstance(entry, Progress) and len(sent) == 1:
            for action in [finding.actions[0] for finding in said(history, network)]:
                assert isinstance(action, GoBack)
                follow(RollBack(action.step, action.factor))

    train(run, on_entry=watch)
    assert len(sent) == 2
    assert any(isinstance(entry, Noted) and "Back to epoch" in entry.sentence for entry in read_entries(run)[0])
    assert said(read_entries(run)[0], network) == []


def test_one_lucky_validation_is_no_overfitting() -> None:
    """Losses of the bundled multilayer perceptron on the digits."""
    told = (0.1155, 0.0999, 0.0839, 0.0886, 0.0946, 0.0908, 0.097, 0.0928)
    network = Network(layers(), "mlp", recipe={})
    history = History([Started(0.0, 20, 40, Samples(1294, 180, 360), 32, "cpu", 650)])
    for epoch, loss in enumerate(told, 1):
        history.take([Progress(40 * (epoch - 1), epoch, [0.2 / epoch] * 40, [], 0.005, 1.0, 0.0)])
        history.take([Validated(40 * epoch, epoch, "validation", loss)])
    assert said(history, network) == []
    for epoch in range(9, 13):
        history.take([Validated(40 * epoch, epoch, "validation", 0.13)])
    assert [finding.rule for finding in said(history, network)] == ["overfitting"]


def test_weighing_classes_raises_the_recall_of_rare_ones(tmp_path: Path) -> None:
    """The cure is one in the results too, not only for the rule."""
    patient = next(patient for patient in FAULTS if patient.rule == "class_imbalance")
    network = patient.network(tmp_path)
    entries = trained(tmp_path, network)
    (finding,) = said(entries, network)
    cured = trained(tmp_path, treated(network, finding.actions[0]))
    assert recall(cured) > recall(entries) + 0.1


def recall(entries: list[Any]) -> float:
    """The mean recall of the classes in the last validation."""
    found: float = [e.metrics["recall"] for e in entries if getattr(e, "part", "") == "validation"][-1]
    return found


def test_a_layer_in_a_block_is_told_by_the_block(tmp_path: Path) -> None:
    body = Graph().with_node("features", Node(Input(kind="vector", size=(64,)))).with_node("inner", Node(Linear(64)))
    body = body.with_training("inner", NodeTraining(weight_init="normal", weight_std=10.0))
    body = body.with_node("result", Node(Output())).with_link(Link("features", "output", "inner", "x"))
    body = body.with_link(Link("inner", "output", "result", "x"))
    graph = layers(start="kaiming_normal", width=64).with_settings("fc2", Block(name="Stage", body=body))
    graph = graph.with_link(Link("act1", "output", "fc2", "features")).with_link(Link("fc2", "result", "act2", "x"))
    network = Network(graph, "block", recipe={**WATCHED, "optimizer": "Adam"})
    findings = said(trained(tmp_path, network), network)
    assert [(one.rule, one.node) for one in findings] == [("exploding_gradients", "fc2")]
    assert "fc2.inner" in findings[0].sentence
    assert findings[0].actions[0] == SetRecipe("Clip the gradient's length to 1", {"clip_grad_norm": 1.0})


def test_findings_travel_as_messages(tmp_path: Path) -> None:
    patient = FAULTS[1]
    network = patient.network(tmp_path)
    findings = said(trained(tmp_path, network), network)
    again = msgspec.json.decode(msgspec.json.encode(findings), type=list[Finding])
    assert again == findings
    assert isinstance(again[0].actions[0], InsertBehind)


def test_going_back_lowers_the_rate_of_a_new_training() -> None:
    network = Network(layers(), "net", recipe={"learning_rate": 0.1})
    assert treated(network, GoBack("", 100, 0.1)).recipe["learning_rate"] == pytest.approx(0.01)
    assert treated(network, SetRecipe("", {"clip_grad_norm": 1.0})).recipe["clip_grad_norm"] == 1.0


def test_the_doctor_needs_no_torch() -> None:
    code = "import sys, runtime.doctor.diagnosis, runtime.doctor.treatment; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
