"""Which data a network is trained on, and how it is parted: plain values, read without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from nodes.spec.settings import SettingError, choice, integer, real, shown, size, text
from runtime.data.forms import AUTO, FOLDER, FORMS, TABLE_FILE, forms_reading
from runtime.declared import Declared

DIGITS = "digits"
"""The source that comes with scikit-learn: 1,797 handwritten digits of 8 × 8."""

SHARES = "shares"
"""Boxes from 0 to 1."""

BY_FILE = "by file"
"""The split that a column or a file tells."""

FILE_FORMS = tuple(form.name for form in FORMS if form.name != DIGITS and not form.prefix)
"""What a file or folder can be read as."""

NORMALISATIONS = (
    "standardise", "scale", "mean channel", "mean picture", "PCA", "PCA whitening", "ZCA whitening", "none",
)  # fmt: skip


def read_by(setting: str) -> dict[str, Any]:
    """Words of a kind: this setting means something to some forms of data only."""
    return {"when": (("reads_as", forms_reading(setting)),)}


@dataclass(frozen=True)
class DataChoice(Declared):
    """A source, the shares of its parts, and what is done to its numbers.

    Where the source has a test part of its own (MNIST's t10k files, a folder ``test``), that part is the test
    part and ``test`` is passed over. What is neither validation nor test is trained on.
    """

    words: ClassVar[str] = "The data choice"

    source: str = text(DIGITS, longest=4096, doc="digits, or a file or folder of data.")
    form: str = choice(
        AUTO, AUTO, *FILE_FORMS, doc="How it is read; auto: as its name says.", when=(("is_path", ()),)
    )
    validation: float = real(0.1, low=0.0, high=0.9, doc="Share of the samples that each epoch is judged by.")
    test: float = real(0.2, low=0.0, high=0.9, doc="Share that is kept for the end.")
    seed: int = integer(0, low=0, high=2**31 - 1, doc="Fixes which sample falls into which part.", advanced=True)
    split: str = choice(
        "random",
        "random",
        "stratified",
        BY_FILE,
        doc="stratified: each class is parted by the same shares; by file: as a column or a file says.",
        advanced=True,
    )
    parts: str = text(
        longest=4096,
        doc="A column that says train, validation or test of each row, or a file with a line for each sample: its "
        "part, or its name, a comma and its part.",
        advanced=True,
        when=(("split", (BY_FILE,)),),
    )
    folds: int = integer(
        0,
        low=0,
        high=100,
        doc="k for cross-validation: the validation part is one of k equal folds; 0: it is the share above.",
        advanced=True,
    )
    fold: int = integer(1, low=1, high=100, doc="Which fold is validated.", advanced=True, when=(("folds", ()),))
    normalise: str = choice(
        "standardise",
        *NORMALISATIONS,
        doc="Measured on the training part. standardise: mean 0 and deviation 1 per channel; scale: 0 to 1; "
        "mean channel, mean picture: 0 to 1, less the mean of each channel (VGG) or of each pixel (AlexNet). "
        "PCA: turned to the axes of largest variance; whitening: each of them with variance 1; ZCA turns back.",
    )
    whitening_epsilon: float = real(
        1e-3,
        low=0.0,
        high=10.0,
        logarithmic=True,
        doc="Added to each variance before it is divided by, so that faint axes do not become noise.",
        advanced=True,
        when=(("normalise", ("PCA whitening", "ZCA whitening")),),
    )

    noise: int = integer(
        0,
        low=0,
        high=65_536,
        doc="Numbers by chance that come with each sample, new each time it is trained on, as a field noise: what a "
        "generator begins with. Beside it comes the field real, a 1 for each sample.",
        advanced=True,
    )

    seq_length: int = integer(
        128, low=1, high=100_000, doc="How long the pieces are that are learned from.", **read_by("seq_length")
    )
    seq_step: int | None = integer(
        None,
        low=1,
        high=100_000,
        optional="as seq_length",
        doc="From the start of one piece to the start of the next.",
        advanced=True,
        **read_by("seq_step"),
    )

    picture_size: tuple[int, int] | None = size(
        None,
        low=1,
        high=4096,
        unit="px",
        optional="as they are",
        doc="Height and width that all pictures of a folder are brought to.",
        **read_by("picture_size"),
    )
    fit: str = choice(
        "crop",
        "crop",
        "stretch",
        doc="crop: the middle, as large as fits; stretch: the whole picture, out of shape where need be.",
        when=(("picture_size", ()),),
    )
    shorter_side: int | None = integer(
        None,
        low=1,
        high=8192,
        unit="px",
        optional="as picture_size",
        doc="Brings the shorter side to this before the middle is cut out: 256 before 224 × 224 is usual.",
        advanced=True,
        when=(("picture_size", ()), ("fit", ("crop",))),
    )
    memory: float | None = real(
        None,
        low=0.0,
        high=1e5,
        unit="GB",
        optional="half of what the computer has",
        doc="Pictures that would take more once they are decoded stay on disk and are decoded while training.",
        advanced=True,
        **read_by("memory"),
    )
    workers: int | None = integer(
        None,
        low=0,
        high=256,
        optional="one for each core",
        doc="Processes that decode pictures on disk ahead of training; 0: training waits for each batch.",
        advanced=True,
        **read_by("workers"),
    )
    ignore: int | None = integer(
        None,
        low=0,
        high=255,
        optional="255 alone",
        doc="The number in masks of pixels that count for nothing; 255 always does.",
        **read_by("ignore"),
    )

    inputs: str = text(
        longest=4096, doc="Columns that are learned from, with commas; empty: all others.", **read_by("inputs")
    )
    targets: str = text(
        longest=4096, doc="Columns that are to be told, with commas; empty: the last.", **read_by("targets")
    )
    pictures: str = text(
        longest=1024,
        doc="The column with the files of the pictures, as paths that start from the table; empty: image, picture, "
        "file, filename or path, else the first.",
        **read_by("pictures"),
    )
    boxes: str = text(
        longest=1024,
        doc="Four columns with left, top, right and bottom of a box in pixels; empty: x1, y1, x2, y2 or xmin, ymin, "
        "xmax, ymax where there are such. A picture may have several rows, a box each.",
        **read_by("boxes"),
    )
    box_units: str = choice(
        "pixels",
        "pixels",
        SHARES,
        doc="What boxes are given to the network in: pixels of the picture as it is learned from, or shares of its "
        "width and height, from 0 to 1.",
        **read_by("box_units"),
    )
    target_as: str = choice(
        "auto",
        "auto",
        "classes",
        "numbers",
        doc="auto: texts and few different whole numbers are classes.",
        **read_by("target_as"),
    )
    categories: str = choice(
        "one-hot",
        "one-hot",
        "indices",
        doc="one-hot: among the features; indices: each column a field of its own, for an Embedding.",
        **read_by("categories"),
    )
    horizon: int = integer(1, low=1, high=10_000, doc="How many rows later the targets lie.", **read_by("horizon"))

    vocabulary: int = integer(
        10_000, low=3, high=1_000_000, doc="How many of the commonest words are told apart.", **read_by("vocabulary")
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.source:
            raise SettingError("source is empty. Set it to digits, or to a folder of data.")
        if self.folds == 1:
            raise SettingError("folds is 1, which leaves nothing to train on. Set it to 2 or more, or to 0 for none.")
        if self.folds and self.fold > self.folds:
            raise SettingError(f"fold is {self.fold}, but there are {self.folds}. Set it to {self.folds} or less.")
        if self.shorter_side and self.picture_size and self.shorter_side < max(self.picture_size):
            height, width = self.picture_size
            raise SettingError(
                f"shorter_side is {self.shorter_side}, but {height} × {width} pixels are cut out. "
                f"Set it to {max(height, width)} or more."
            )
        if "\0" in self.source:
            raise SettingError("source has a character that no folder's name has. Set it to digits, or to a folder.")

    @property
    def is_path(self) -> bool:
        """Is the source a file or folder, and no name of ours?"""
        return self.source != DIGITS and self._named is None

    @property
    def _named(self) -> str | None:
        """The form whose names begin as the source does."""
        return next((form.name for form in FORMS if form.prefix and self.source.startswith(form.prefix)), None)

    @property
    def path(self) -> Path:
        return Path(self.source)

    @property
    def reads_as(self) -> str:
        """The form, as far as the name tells: of a folder or a table it is known only after a look."""
        if not self.is_path:
            return self._named or self.source
        if self.form != AUTO:
            return self.form
        suffix = self.path.suffix.lower()
        name = next((form.name for form in FORMS if suffix in form.suffixes), FOLDER)
        return TABLE_FILE if name == "table" else name

    def resolved(self, base: Path) -> DataChoice:
        """The same choice with its path written in full; ``base`` is where a relative one starts."""
        if not self.is_path:
            return self
        try:
            path = (base / Path(self.source).expanduser()).resolve()
        except (OSError, RuntimeError):  # no such user after ~, or links in a circle
            raise SettingError(f"source {shown(self.source)} leads nowhere. Write its path in full.") from None
        return self.replaced(source=str(path))


class DataError(Exception):
    """Data that cannot be read or do not suit the network: the fact, the remedy, and the node if there is one."""

    def __init__(self, fact: str, remedy: str = "", node: str = "") -> None:
        super().__init__(f"{fact} {remedy}".strip())
        self.fact, self.remedy, self.node = fact, remedy, node
