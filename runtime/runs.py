"""A run is a folder: its files, the journal that a training appends to, and the commands that it obeys.

Whoever watches needs this module alone; it imports no torch.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import re
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, BinaryIO, Generic, Self, TypeVar

import msgspec

from nodes.graph.files import NetworkFileError, load, save, write_atomically
from nodes.graph.model import Network
from runtime.collecting import no_collection
from runtime.data.choice import DataChoice
from runtime.recipe import Recipe, override

NETWORK = "network.netw"
RECIPE = "recipe.json"
JOURNAL = "journal.jsonl"
CONTROL = "control.jsonl"
CHECKPOINTS = "checkpoints"
PART = 1 << 21  # bytes of a journal that are read at once while a window is open
LAST = f"{CHECKPOINTS}/last.safetensors"
ENVIRONMENT = "environment.json"
SUMMARY = "summary.json"


class TrainingError(Exception):
    """What ends a training and its user can mend: the fact, the remedy, and the node if there is one."""

    def __init__(self, fact: str, remedy: str = "", node: str = "") -> None:
        super().__init__(f"{fact} {remedy}".strip())
        self.fact, self.remedy, self.node = fact, remedy, node


class _Line(msgspec.Struct, tag=True, frozen=True, gc=False):
    """One JSON object a line; ``type`` is the name of the class.

    Lines never hold each other, so the garbage collector need not look at millions of them.
    """


class Samples(msgspec.Struct, frozen=True):
    """How many samples each part has."""

    train: int
    validation: int
    test: int


class Started(_Line, frozen=True):
    """The first line, and once more after each resumption.

    ``resumed_at`` counts the steps that are kept; every step from there on follows (again).
    """

    time: float  # seconds since 1970
    epochs: int
    steps_per_epoch: int
    samples: Samples
    batch_size: int
    device: str
    weights: int
    resumed_at: int = 0
    notes: list[str] = []  # what was left out of the data, as sentences
    steps: int = 0  # of the whole run


class Progress(_Line, frozen=True):
    """One value in ``loss``, and in ``accuracy`` where samples are classified, for each step since the last line.

    The first line follows the first step at once, later ones come at most ten times a second.
    """

    first_step: int
    epoch: float  # epochs done, with the part of the current one
    loss: list[float]
    accuracy: list[float]  # of each batch, 0 to 1; empty where nothing is classified
    learning_rate: float
    samples_per_second: float
    seconds_left: float
    seconds: float = 0.0  # of training until the last of these steps


class Validated(_Line, frozen=True):
    """Mean loss, accuracy and the metrics of the task over a whole part, measured after ``step`` steps."""

    step: int
    epoch: float
    part: str  # "validation" or "test"
    loss: float
    accuracy: float | None = None  # where whole samples are classified
    metrics: dict[str, float] = {}


class Checkpointed(_Line, frozen=True):
    step: int
    file: str  # within the run folder
    best: bool


class StateChanged(_Line, frozen=True):
    state: str  # "running" or "paused"


class Sampled(_Line, frozen=True):
    """What the network wrote after ``step`` steps, going on from ``start``."""

    step: int
    temperature: float
    text: str
    start: str = ""
    probabilities: list[float] = []  # of each character, as the network thought of it at temperature 1


class GeneratorLoss(_Line, frozen=True):
    """The generator's losses since the last such line: at ``first_step`` (counted from 0) and every so many on."""

    first_step: int
    every: int
    loss: list[float]


class Noted(_Line, frozen=True):
    """Something that the training did by itself or was asked for, such as another rate, in a sentence."""

    step: int
    sentence: str
    rate: float | None = None  # the learning rate from here on, where that is what was changed


class MatchedWeight(msgspec.Struct, frozen=True):
    """One weight of the network, and what it begins as: ``state`` is "by name", "by order" or "fresh"."""

    node: str  # within blocks by its path: ``stage1.0.conv1``
    weight: str
    shape: list[int]
    source: str  # its name there; empty where it is fresh
    state: str


class WeightsTaken(_Line, frozen=True):
    """What the network began as: a row for each weight and running average."""

    source: str
    rows: list[MatchedWeight]


class LayerNumbers(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One layer in one watched step; None where a number means nothing there, or is not finite."""

    mean: float | None = None  # of its output, as are the next four
    std: float | None = None
    zeros: float | None = None  # share, after a rectifier
    dead: float | None = None  # share of units that were zero in the whole window
    saturated: float | None = None  # share whose slope is below a twentieth of its largest
    gradient_norm: float | None = None  # of all its weights together, before clipping; as are the next two
    weight_norm: float | None = None
    update_ratio: float | None = None  # length of the step beside the length of the weights
    is_finite: bool = True


class LayerStatistics(_Line, frozen=True):
    """What the layers did in a watched step, by their paths: ``conv1``, within blocks ``stage1.0.conv1``."""

    step: int  # counted from 0
    window: int  # watched steps that ``dead`` looks back on
    layers: dict[str, LayerNumbers]


class StepTime(_Line, frozen=True):
    """Seconds of one step by its parts, the mean over the timed steps since the last such line."""

    step: int
    data: float
    forward: float
    backward: float
    update: float
    memory: int = 0  # bytes that the training takes: on a GPU there, else of its process; 0 where nobody tells


class ClassCounts(_Line, frozen=True):
    """How many training samples each class has."""

    train: list[int]
    names: list[str] = []


class Snapshot(_Line, frozen=True):
    """Filters, activations, histograms and confusions at a step, in a small file; thinned ones are gone."""

    step: int
    epoch: float
    file: str  # within the run folder


class Failed(_Line, frozen=True):
    """The training has ended, and what to change before it is tried again."""

    fact: str
    remedy: str = ""
    node: str = ""


class Finished(_Line, frozen=True):
    step: int
    seconds: float
    reason: str  # "done", "stopped", or what ended it before its last step: "early", "target", "time"
    sentence: str = ""  # that says so


Watched = LayerStatistics | StepTime | ClassCounts | Snapshot
Entry = (
    Started
    | WeightsTaken
    | Progress
    | Validated
    | Checkpointed
    | StateChanged
    | Sampled
    | GeneratorLoss
    | Noted
    | Watched
    | Failed
    | Finished
)


class Pause(_Line, frozen=True):
    """Wait after the current step."""


class Resume(_Line, frozen=True):
    """Go on."""


class Stop(_Line, frozen=True):
    """Write a checkpoint, test the best weights, and end."""


class ValidateNow(_Line, frozen=True):
    """Measure the validation part without waiting for the end of the epoch."""


class SetLearningRate(_Line, frozen=True):
    """The learning rate from now on; a schedule goes on from it."""

    value: Annotated[float, msgspec.Meta(ge=0)]


class StepOnce(_Line, frozen=True):
    """One step of the optimizer, then wait again."""


class SaveNow(_Line, frozen=True):
    """Write a checkpoint."""


class RollBack(_Line, frozen=True):
    """Back to the last kept checkpoint at ``step`` or before it, and on from there at ``factor`` of the rate."""

    step: int
    factor: Annotated[float, msgspec.Meta(gt=0)] = 1.0


Command = Pause | Resume | Stop | ValidateNow | SetLearningRate | StepOnce | SaveNow | RollBack

_Item = TypeVar("_Item")


class _Lines(Generic[_Item]):
    """Reads whole lines of one kind; a last line that is not yet whole is passed over, and so is a strange one."""

    def __init__(self, decoder: msgspec.json.Decoder[_Item]) -> None:
        self._decoder = decoder

    def read(self, path: Path, offset: int, most: int = -1) -> tuple[list[_Item], int]:
        """What comes after ``offset``, and where to read on; of ``most`` bytes, or of one line that is longer."""
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < offset:
                    offset = 0
                file.seek(offset)
                data = file.read(most)
                if most >= 0 and b"\n" not in data:
                    data += file.readline()
        except FileNotFoundError:
            return [], 0
        whole = data.rfind(b"\n") + 1
        with no_collection():
            return self._items(data[:whole]), offset + whole

    def _items(self, lines: bytes) -> list[_Item]:
        try:
            return self._decoder.decode_lines(lines)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return [item for line in lines.splitlines() for item in self._item(line)]

    def _item(self, line: bytes) -> Iterable[_Item]:
        try:
            yield self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return


_entries: _Lines[Entry] = _Lines(msgspec.json.Decoder(Entry))
_commands: _Lines[Command] = _Lines(msgspec.json.Decoder(Command))


def read_entries(path: Path, offset: int = 0, most: int = -1) -> tuple[list[Entry], int]:
    """The journal's entries from ``offset`` on, and where to read on. ``path`` is the run or its journal.

    With ``most`` no more than about so many bytes are read at once.
    A journal that has become shorter (its run was resumed from a checkpoint) is read anew from its beginning:
    then the first entry is Started, and what was known before is void.
    """
    return _entries.read(path / JOURNAL if path.is_dir() else path, offset, most)


class JournalReader:
    """Reads a journal as it grows, a part at a time: one of a long run takes seconds in one go."""

    def __init__(self, run: Path) -> None:
        self._path = run / JOURNAL
        self._offset = 0
        self.is_behind = False  # is there more than was read last?

    def read(self) -> list[Entry]:
        """The next entries. Raises OSError."""
        size = self._path.stat().st_size if self._path.exists() else 0
        first = self._offset if size >= self._offset else 0
        found, self._offset = _entries.read(self._path, first, PART)
        self.is_behind = size > first + PART
        return found


def last_entries(run: Path) -> list[Entry]:
    """Those in the last part of a journal. Raises OSError."""
    path = run / JOURNAL
    size = path.stat().st_size if path.exists() else 0
    return _entries.read(path, max(0, size - PART))[0]


def read_commands(run: Path, offset: int = 0) -> tuple[list[Command], int]:
    """The commands from ``offset`` on, and where to read on."""
    return _commands.read(run / CONTROL, offset)


def send(run: Path, command: Command) -> None:
    """Asks a training to do something; it obeys within about a tenth of a second. Raises TrainingError."""
    try:
        with (run / CONTROL).open("ab", buffering=0) as file:
            file.write(msgspec.json.encode(command) + b"\n")
    except OSError as error:
        raise unwritable(run / CONTROL, error) from None


class Journal:
    """Appends entries; each reaches the file whole, by one write."""

    def __init__(self, run: Path, keep: int | None = None) -> None:
        """``keep`` is how many bytes stay of what is there; the rest is cut off."""
        self._path = run / JOURNAL
        try:
            self._file: BinaryIO = self._path.open("ab", buffering=0)
            if keep is not None and keep < self.offset:
                self._file.truncate(keep)
            elif self._is_torn:  # the torn line becomes one that readers pass over
                self._file.write(b"\n")
        except OSError as error:
            raise unwritable(self._path, error) from None

    @property
    def offset(self) -> int:
        """Bytes written so far."""
        return os.fstat(self._file.fileno()).st_size

    @property
    def _is_torn(self) -> bool:
        """Was a writer killed within a line?"""
        if not self.offset:
            return False
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

    def append(self, entry: Entry) -> None:
        line, before = msgspec.json.encode(entry) + b"\n", self.offset
        try:
            if self._file.write(line) < len(line):  # a full disk takes a part without a word
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(before)
            raise unwritable(self._path, error) from None

    def sync(self) -> None:
        """Returns once everything written is on the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise unwritable(self._path, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def create_run(root: Path, network: Network, name: str = "", base: Path | None = None) -> Path:
    """Makes the folder ``root/<time>-<name>`` with the network and the recipe as used.

    Relative paths of data and of weights to start from are written in full; ``base`` is where they start (else the
    current folder). Raises TrainingError, SettingError.
    """
    recipe = Recipe.read(network.recipe).resolved(base or Path.cwd())
    data = DataChoice.read(network.data).resolved(base or Path.cwd())
    network = dataclasses.replace(network, data=data.written(), recipe=recipe.written())
    run = _fresh_folder(root, name or network.title or "network")
    try:
        _write_settings(run, network)
    except NetworkFileError as error:
        raise TrainingError(str(error)) from None
    (run / CONTROL).touch()
    return run


def revise_run(run: Path, assignments: Sequence[str]) -> None:
    """Changes settings of a run that is to go on, such as ``recipe.epochs=20``.

    Raises TrainingError, SettingError.
    """
    try:
        network = load(run / NETWORK).network
        for assignment in assignments:
            network = override(network, assignment, Path.cwd())
        _write_settings(run, network)
    except NetworkFileError as error:
        raise TrainingError(str(error)) from None


def _write_settings(run: Path, network: Network) -> None:
    save(network, run / NETWORK)
    write_json(run / RECIPE, {"recipe": dict(network.recipe), "data": dict(network.data)})


def _fresh_folder(root: Path, name: str) -> Path:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "network"
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{slug}"
    number = 1
    while True:
        run = root / (stem if number == 1 else f"{stem}-{number}")
        try:
            root.mkdir(parents=True, exist_ok=True)
            run.mkdir()
            (run / CHECKPOINTS).mkdir()
        except FileExistsError:
            if not root.is_dir():
                raise TrainingError(f"{root} is a file.", "Name a folder for the run.") from None
            number += 1
        except OSError as error:
            raise unwritable(root, error) from None
        else:
            return run


def write_json(path: Path, content: Any) -> None:
    """Writes a small JSON file: whole or not at all. Raises TrainingError."""
    try:
        write_atomically(path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
    except NetworkFileError as error:
        raise TrainingError(str(error)) from None


def unwritable(path: Path, error: OSError) -> TrainingError:
    """The sentence for a file or folder that cannot be written."""
    return TrainingError(
        f"{path} cannot be written: {error.strerror or error}.", "Choose another folder for the run, or make room."
    )
