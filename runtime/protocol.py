"""What the window and the engine process say to each other: one JSON object a line.

The window writes requests to the engine's standard input; each gets exactly one answer, which bears the id
of its request; parts of it may come before. Weights and pictures travel as files, never as lines. Nothing here
imports torch.
"""

from __future__ import annotations

from typing import Any

import msgspec

from runtime.questions.augmentation import AugmentationSheet
from runtime.questions.baselines import Baselines
from runtime.questions.basic import CompileCheck, DescribeData, FindShape, Predict
from runtime.questions.device_memory import DeviceMemory
from runtime.questions.exchange import Export
from runtime.questions.importing import ImportNetwork, ListImportable
from runtime.questions.insight import Insight
from runtime.questions.range_test import FindRate
from runtime.questions.sequences import CaptionPicture, MakeSamples, SampleText, TranslateText
from runtime.questions.stepwise import CheckGradient, LayerTiming, Preflight, ReadSnapshot
from runtime.questions.surgery import MeasureSurgery, OperateOn
from runtime.questions.transfer import EvaluateEnsemble, MatchWeights

NO_ID = -1
"""The id of a refusal to a line that could not be read."""


Transfer = EvaluateEnsemble | MatchWeights | MeasureSurgery | OperateOn
Stepwise = CheckGradient | FindRate | LayerTiming | Preflight | ReadSnapshot
Request = (
    AugmentationSheet
    | Baselines
    | CompileCheck
    | DescribeData
    | DeviceMemory
    | Export
    | FindShape
    | Insight
    | Predict
    | CaptionPicture
    | MakeSamples
    | SampleText
    | TranslateText
    | Stepwise
    | Transfer
    | ImportNetwork
    | ListImportable
)


class Ready(msgspec.Struct, tag=True, frozen=True):
    """The engine's first line: torch is loaded, requests are answered at once from now on."""


class Answer(msgspec.Struct, tag=True, frozen=True):
    id: int
    result: dict[str, Any]


class Partly(msgspec.Struct, tag=True, frozen=True):
    """A part of an answer that is still being worked out."""

    id: int
    result: dict[str, Any]


class Refused(msgspec.Struct, tag=True, frozen=True):
    """Why a request could not be met, and what to change. ``node`` is where it can be mended, if known."""

    id: int
    fact: str
    remedy: str = ""
    node: str = ""


Reply = Answer | Partly | Refused | Ready

_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def encode(message: Request | Reply) -> bytes:
    """A message as one line, newline included."""
    return msgspec.json.encode(message) + b"\n"


def decode_request(line: bytes) -> Request:
    """A request from its line. Raises msgspec.DecodeError."""
    return _requests.decode(line)


def decode_reply(line: bytes) -> Reply:
    """An answer from its line. Raises msgspec.DecodeError."""
    return _replies.decode(line)


def id_of(line: bytes) -> int:
    """The id in a line that is no request we know; NO_ID where there is none."""
    try:
        return msgspec.json.decode(line, type=_OnlyId).id
    except msgspec.DecodeError:
        return NO_ID


class _OnlyId(msgspec.Struct):
    id: int
