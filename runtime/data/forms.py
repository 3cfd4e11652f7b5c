"""The forms that data come in, one entry each: what to write as source, what it gives, which settings it reads.

Plain values: the form, the command line and the choice read them without torch. What reads the data is named
here and imported when it is first needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

AUTO = "auto"
FOLDER = "folder"
"""What a source without a known suffix is taken for until its folder has been looked into."""
TABLE_FILE = "table file"
"""What a table is taken for until it is known whether it lists pictures."""

TOY = "toy:"
TOYS = {
    "moons": "two half circles that reach into each other",
    "circles": "a circle within another",
    "spirals": "three arms that wind around each other",
    "signals": "ten digits as lines of 40 numbers, after MNIST-1D",
    "ring": "eight clusters of points on a circle",
    "captions": "pictures of coloured shapes, each with a sentence",
    "numbers": "numbers in words, and their digits",
}
"""Name -> what it is. All are fixed by the seed."""

TORCHVISION = "torchvision:"
READY_SETS = {
    "MNIST": ((1, 28, 28), 10),
    "FashionMNIST": ((1, 28, 28), 10),
    "KMNIST": ((1, 28, 28), 10),
    "EMNIST": ((1, 28, 28), 47),
    "USPS": ((1, 16, 16), 10),
    "CIFAR10": ((3, 32, 32), 10),
    "CIFAR100": ((3, 32, 32), 100),
    "SVHN": ((3, 32, 32), 10),
    "STL10": ((3, 96, 96), 10),
    "QMNIST": ((1, 28, 28), 10),
    "SEMEION": ((1, 16, 16), 10),
}
"""Name -> size of a picture, number of classes."""

PHOTOGRAPHS = {
    "Flowers102": (102, 224),
    "OxfordIIITPet": (37, 224),
    "Food101": (101, 224),
    "FGVCAircraft": (100, 224),
    "Country211": (211, 224),
    "Imagenette": (10, 224),
    "Caltech101": (101, 224),
    "Caltech256": (257, 224),
    "DTD": (47, 224),
    "EuroSAT": (10, 64),
    "GTSRB": (43, 48),
    "RenderedSST2": (2, 224),
}
"""Ready sets whose pictures are files: name -> number of classes, and the side (px) that they are brought to."""
MASKED = {"VOCSegmentation": 21, "OxfordIIITPetSegmentation": 3}
"""Ready sets of photographs with a class for every pixel: name -> number of classes. Their side is 224 px."""
SIDE = 224  # px

PICTURE_SETTINGS = ("picture_size", "fit", "shorter_side", "memory", "workers")
"""Of all forms whose pictures lie in files."""


@dataclass(frozen=True)
class Form:
    """One form of data. ``loader`` is a function ``(choice) -> Loaded``, as ``module:name``."""

    name: str
    title: str
    takes: str
    gives: str
    loader: str
    suffixes: tuple[str, ...] = ()  # of files that are taken for this form
    settings: tuple[str, ...] = ()  # of the data choice, beside those that all forms read
    is_folder: bool | None = False  # None: a file or a folder
    prefix: str | tuple[str, ...] = ""  # of sources that are names and no paths

    def load(self, choice: Any) -> Any:
        """What the source of a data choice gives. Raises DataError."""
        module, _, name = self.loader.partition(":")
        return getattr(import_module(module), name)(choice)


FORMS = (
    Form(
        "digits",
        "Handwritten digits",
        "digits",
        "image 1 × 8 × 8, label of 10 classes; 1,797 samples, bundled",
        "runtime.data.digits:load_digits",
    ),
    Form(
        "toy",
        "Generated toys",
        ", ".join(TOY + name for name in TOYS),
        "point of 2 numbers, or signal 1 × 40; label. captions: image 3 × 24 × 24, written, next; numbers: source, "
        "written, next",
        "runtime.data.toys:load_toy",
        prefix=TOY,
    ),
    Form(
        "segmented",
        "Ready sets of photographs with masks, downloaded once",
        ", ".join(TORCHVISION + name for name in MASKED),
        "image 3 × 224 × 224, or as picture_size says; mask: a class for every pixel",
        "runtime.data.ready_masks:load_ready_masks",
        settings=(*PICTURE_SETTINGS, "ignore"),
        prefix=tuple(TORCHVISION + name for name in MASKED),
    ),
    Form(
        "photographs",
        "Ready sets of photographs, downloaded once",
        ", ".join(TORCHVISION + name for name in PHOTOGRAPHS),
        "image 3 × 224 × 224 (EuroSAT 64, GTSRB 48), or as picture_size says; label; parts are theirs",
        "runtime.data.photographs:load_photographs",
        settings=PICTURE_SETTINGS,
        prefix=tuple(TORCHVISION + name for name in PHOTOGRAPHS),
    ),
    Form(
        "ready",
        "Ready sets, downloaded once",
        ", ".join(TORCHVISION + name for name in READY_SETS),
        "image C × H × W, label; training and test part are theirs",
        "runtime.data.ready:load_ready",
        prefix=TORCHVISION,
    ),
    Form(
        "idx",
        "IDX files, as MNIST comes in",
        "a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and the like",
        "image 1 × H × W, label",
        "runtime.data.idx:load_idx_folder",
        is_folder=True,
    ),
    Form(
        "pictures",
        "Pictures, a folder for each class",
        "a folder with one subfolder for each class, below train, val and test if wanted",
        "image C × H × W, label",
        "runtime.data.folder:load_picture_folder",
        settings=PICTURE_SETTINGS,
        is_folder=True,
    ),
    Form(
        "masks",
        "Pictures with masks",
        "a folder with images and masks, or train and trainannot; a mask has its picture's name",
        "image C × H × W; mask: a class for every pixel, by number or colour",
        "runtime.data.masks:load_masks",
        settings=(*PICTURE_SETTINGS, "ignore"),
        is_folder=True,
    ),
    Form(
        "characters",
        "Text by character",
        "a text file (.txt)",
        "text: L characters as numbers; next: the character after each of them",
        "runtime.data.characters:load_characters",
        suffixes=(".txt",),
        settings=("seq_length", "seq_step"),
    ),
    Form(
        "table",
        "Table",
        "a CSV or Parquet file, or a folder with train.csv and test.csv",
        "features: numbers, and categories one-hot; label (classes) or target (numbers)",
        "runtime.data.table_or_pictures:load_table_or_pictures",
        suffixes=(".csv", ".tsv", ".parquet"),
        settings=("inputs", "targets", "target_as", "categories"),
        is_folder=None,
    ),
    Form(
        "listed",
        "Pictures listed in a table",
        "a CSV or Parquet file with a column of picture files",
        "image C × H × W; label (classes), target (numbers), box or boxes (L × 4) with labels",
        "runtime.data.listed:load_listed",
        settings=("pictures", "targets", "target_as", "boxes", "box_units", *PICTURE_SETTINGS),
        is_folder=None,
    ),
    Form(
        "series",
        "Time series from a table",
        "a CSV or Parquet file whose rows follow each other in time; set form to series",
        "series L × C: some rows of the inputs; next: the targets of a later row",
        "runtime.data.series:load_series",
        settings=("inputs", "targets", "seq_length", "seq_step", "horizon"),
    ),
    Form(
        "texts",
        "Labelled texts, word by word",
        "a CSV or Parquet file with a column of texts and one of labels; set form to texts",
        "words: L words as numbers (0 fills up in front, 1 is unknown); label",
        "runtime.data.texts:load_texts",
        settings=("inputs", "targets", "seq_length", "vocabulary"),
        is_folder=None,
    ),
    Form(
        "pairs",
        "Pairs of sentences, word by word",
        "a CSV or Parquet file with two columns of texts; set form to pairs",
        "source: L words as numbers, 0 fills up in front; written and next: the other sentence, shifted",
        "runtime.data.pairs:load_pairs",
        settings=("inputs", "targets", "seq_length", "vocabulary"),
        is_folder=None,
    ),
    Form(
        "arrays",
        "NumPy arrays",
        "an .npz file with arrays such as x and y, or x_train, y_train, x_test and y_test; or one .npy",
        "a field for each array; y, label or target is the target",
        "runtime.data.arrays:load_arrays",
        suffixes=(".npz", ".npy"),
    ),
)


def form_named(name: str) -> Form:
    return next(form for form in FORMS if form.name == name)


def forms_reading(setting: str) -> tuple[str, ...]:
    """The forms that read a setting, and what stands for those that are known only after a look."""
    found = [form for form in FORMS if setting in form.settings]
    names = [form.name for form in found]
    is_of_tables = not {"table", "listed"}.isdisjoint(names)
    return (
        *names,
        *([FOLDER] if any(form.is_folder for form in found) else []),
        *([TABLE_FILE] if is_of_tables else []),
    )
