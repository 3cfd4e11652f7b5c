"""What the window and the engine process say to each other: one JSON object a line.

The window writes requests to the engine's standard input; each gets exactly one answer, which bears the id
of its request. Weights and pictures travel as files, never as lines. Nothing here imports torch.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

NO_ID = -1
"""The id of a refusal to a line that could not be read."""


class Asked(msgspec.Struct, tag=True, frozen=True):
    """What every request has: an id that its answer bears."""

    id: int


class CompileCheck(Asked, frozen=True):
    """Does the network build and run? It is compiled, and a batch of zeros goes through it.

    Result:  ``outputs`` (name -> shape without the batch axis), ``weights`` (their number), ``seconds``.
    """

    network: str  # the JSON text of a network file


class DescribeData(Asked, frozen=True):
    """What does this data choice give?

    Result:  ``fields`` (list of ``name``, ``shape``, ``classes``, ``is_target``),
             ``samples`` (part -> count), ``class_counts`` (part -> count of each class), ``notes`` (sentences),
             ``mean`` and ``std`` per channel of the training part.
    """

    data: dict[str, Any]  # a data choice, as a network file holds it
    base: str  # the folder that relative paths start from


class ExportOnnx(Asked, frozen=True):
    """Write an ONNX file and prove it equal to PyTorch. Without a run the network is exported untrained.

    Result:  ``path``, ``bytes``, ``samples``, ``proof_max_abs_diff``,
             ``outputs`` (name -> largest difference).
    """

    run: str  # a run folder, or a network file
    out: str
    network: str = ""  # the JSON text of a network file; used where ``run`` is empty
    base: str = ""  # the folder that relative paths of ``network`` start from


class ExportPython(Asked, frozen=True):
    """Write a network as PyTorch source, and the weights of ``run`` beside it.

    Result:  ``path``, ``class_name``, ``weights_path`` (empty without a run).
    """

    network: str  # the JSON text of a network file; used where ``run`` is empty
    out: str
    run: str = ""


class Shaped(msgspec.Struct, frozen=True):
    """A value without its batch axis."""

    size: list[int]
    axes: str
    values: Literal["real", "index"] = "real"


class FindShape(Asked, frozen=True):
    """What does a user's Python code give? It runs once for each trial, if it is trusted.

    Result:  ``answers``, one for each trial: ``size`` and ``values`` of the output, ``weights`` and ``buffers``
             (name -> size), ``multiply_adds`` of one sample.
    """

    code: str
    trials: list[list[Shaped]]  # shapes of all inputs


class Predict(Asked, frozen=True):
    """What does a trained network say of one picture?

    Result:  ``outputs`` (name -> list of numbers), and for a classification ``class_name``, ``probability``
             and ``classes`` (list of ``name``, ``probability``, most likely first).
    """

    run: str
    input: str  # a picture file


Request = CompileCheck | DescribeData | ExportOnnx | ExportPython | FindShape | Predict


class Ready(msgspec.Struct, tag=True, frozen=True):
    """The engine's first line: torch is loaded, requests are answered at once from now on."""


class Answer(msgspec.Struct, tag=True, frozen=True):
    id: int
    result: dict[str, Any]


class Refused(msgspec.Struct, tag=True, frozen=True):
    """Why a request could not be met, and what to change. ``node`` is where it can be mended, if known."""

    id: int
    fact: str
    remedy: str = ""
    node: str = ""


Reply = Answer | Refused | Ready

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
