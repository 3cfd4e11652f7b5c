"""All stepwise questions one after the other; each ends with a result, whatever happens to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from runtime.faults import MENDABLE, RefusalError, fault_of
from runtime.questions.stepwise import CHECKS, CheckResult
from runtime.stepwise.batch_checks import batch_norm, memory
from runtime.stepwise.beginnings import beginnings
from runtime.stepwise.data_checks import data_range, labels, shapes
from runtime.stepwise.first_loss import first_loss, rises_with_regularisation
from runtime.stepwise.gradient import network_gradient
from runtime.stepwise.overfit import overfits
from runtime.stepwise.subject import StoppedError, Subject


class Question(NamedTuple):
    title: str
    answer: Callable[[Subject], CheckResult]


QUESTIONS = {
    "shapes": Question("Shapes", shapes),
    "data_range": Question("Range of the data", data_range),
    "labels": Question("Labels", labels),
    "batch_norm": Question("Batch normalization", batch_norm),
    "memory": Question("Memory", memory),
    "first_loss": Question("First loss", first_loss),
    "regularisation": Question("Regularisation", rises_with_regularisation),
    "beginnings": Question("Layers before the first step", beginnings),
    "gradient": Question("Numeric against analytic gradient", network_gradient),
    "overfit": Question("Twenty samples by heart", overfits),
}


def asked(subject: Subject, only: Sequence[str] = ()) -> Iterator[CheckResult]:
    """The results in order, as they come. Where there can be no training at all, only the first says why.

    Raises RefusalError for a name that is no check, StoppedError where the person gives up.
    """
    unknown = [name for name in only if name not in QUESTIONS]
    if unknown:
        raise RefusalError(f"There is no check {unknown[0]}.", f"There are {', '.join(CHECKS)}.")
    for name in CHECKS:
        if only and name not in only:
            continue
        _ = subject.patience.is_over
        began = time.perf_counter()
        try:
            _ = subject.job, subject.inference
        except MENDABLE as error:
            fault = fault_of(error)
            yield CheckResult(name, QUESTIONS[name].title, "red", fault.fact, fault.remedy, fault.node)
            return
        result = _answered(subject, name)
        yield msgspec.structs.replace(result, seconds=round(time.perf_counter() - began, 3))


def _answered(subject: Subject, name: str) -> CheckResult:
    title, answer = QUESTIONS[name]
    try:
        return answer(subject)
    except StoppedError:
        raise
    except MENDABLE as error:
        fault = fault_of(error)
        return CheckResult(name, title, "red", fault.fact, fault.remedy, fault.node)
    except RuntimeError as error:  # torch's, of a layer or a device
        reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        return CheckResult(name, title, "red", f"PyTorch refused it: {reason}.", "Compile the network to see where.")
