"""Questions about a trained network: its filters, what it sees, why it decides so, where it errs.

All take ``run``, a run folder, and ``which`` of its weights: "best", "last" or a file in ``checkpoints``. Pictures
are written as PNG files into ``folder``. A sheet in an answer has ``path``, ``columns``, ``count``, ``tile`` (width
and height of one) and ``gap`` between tiles, all in px.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from runtime.questions.asked import Asked


class OfRun(Asked, frozen=True):
    """What all of them have."""

    run: str
    folder: str = ""
    which: str = "best"


class ListLayers(OfRun, frozen=True):
    """What can be looked into?

    Result:  ``layers`` (list of ``path``, ``node``, ``kind``, ``has_filters``, ``units``), ``takes_pictures``,
             ``classes``, ``task``, ``parts`` (part -> samples), ``checkpoints`` (files), ``snapshots`` (steps).
    """

    handler: ClassVar[str] = "runtime.answers.insight:list_layers"


class Filters(OfRun, frozen=True):
    """The filters of a convolution, or the templates of a Linear straight behind the pictures.

    Result:  a sheet, ``filters``, ``channels`` that each sees, ``in_colour``, ``largest`` number.
    """

    handler: ClassVar[str] = "runtime.answers.insight:filters"

    path: str = ""
    channel: int = 0


class WeightHistograms(OfRun, frozen=True):
    """How the numbers of each weight are spread.

    Result:  ``weights`` (list of ``weight``, ``node``, ``shape``, ``low``, ``high``, ``counts``, ``mean``, ``std``).
    """

    handler: ClassVar[str] = "runtime.answers.insight:weight_histograms"


class Activations(OfRun, frozen=True):
    """What layers give for one sample: a row of the data, or a picture file.

    Result:  ``layers`` (path -> ``shape``, ``low``, ``high``, ``mean``, ``zeros``, and ``maps``, a sheet, or
             ``values``), ``picture`` (a sheet of the sample), ``predicted`` (classes, the likeliest first).
    """

    handler: ClassVar[str] = "runtime.answers.insight:activations"

    paths: tuple[str, ...] = ()
    row: int = -1
    picture: str = ""


class Extremes(OfRun, frozen=True):
    """The samples that move a unit most and least.

    Result:  a sheet (first row most, second least), ``strengths``, ``rows``, ``places`` (x1 y1 x2 y2 as shares).
    """

    handler: ClassVar[str] = "runtime.answers.insight:extremes"

    path: str = ""
    unit: int = 0
    count: int = 8


class Ascend(OfRun, frozen=True):
    """A picture that moves a unit most, by gradient ascent.

    Result:  a sheet, ``strengths`` (by step).
    """

    handler: ClassVar[str] = "runtime.answers.insight:ascend"

    path: str = ""
    unit: int = 0
    steps: int = 120


class Attribute(OfRun, frozen=True):
    """Which parts of a picture the decision rests on.

    ``method`` is "saliency", "smooth saliency", "grad-cam" or "occlusion"; ``target`` a class, −1 the likeliest.
    Result:  a sheet of three tiles (picture, map, map over picture), ``target``, ``predicted``.
    """

    handler: ClassVar[str] = "runtime.answers.insight:attribute"

    method: str = "grad-cam"
    row: int = -1
    picture: str = ""
    target: int = -1


class JudgeText(OfRun, frozen=True):
    """What does a network that reads texts make of this one? Without a text: of a sample of the data.

    Result:  ``kind`` "classes" or "characters", ``tokens``; for classes ``predicted`` (the likeliest first),
             ``target``, ``saliency`` (of each token, −1 to 1: what it adds to the target's score), ``unknown``
             (places of words that no training text has); for characters ``probabilities`` (how likely each was
             thought) and ``next`` (list of ``name``, ``probability``).
    """

    handler: ClassVar[str] = "runtime.answers.insight:judge_text"

    text: str = ""
    row: int = -1
    target: int = -1  # the class that is explained; −1 the likeliest


class Embed(OfRun, frozen=True):
    """Samples as points in the plane. ``method`` is "pca" or "t-sne"; an empty path what the head sees.

    Result:  ``layer``, ``points``, ``labels``, ``rows``, ``classes``.
    """

    handler: ClassVar[str] = "runtime.answers.insight:embed"

    path: str = ""
    method: str = "pca"
    count: int = 1000
    part: str = "test"


class Judge(OfRun, frozen=True):
    """How does it do on a part of its data?

    Result:  for classes ``accuracy``, ``classes``, ``confusion``, ``by_class``, ``calibration``, ``curves``; for
             numbers ``wanted``, ``given``, ``rows``, ``mae``, ``mse``, ``r2``.
    """

    handler: ClassVar[str] = "runtime.answers.insight:judge"

    part: str = "test"


class FindSamples(OfRun, frozen=True):
    """The samples of a cell of the confusion matrix (``right``, ``given``), or the hardest where these are −1.

    Result:  ``samples`` (list of ``row``, ``right``, ``given``, ``probability``, ``right_probability``, ``loss``),
             and ``sheet`` of their pictures where they are pictures.
    """

    handler: ClassVar[str] = "runtime.answers.insight:find_samples"

    part: str = "test"
    right: int = -1
    given: int = -1
    count: int = 64


class Samples(OfRun, frozen=True):
    """Some samples of a part of the data of a run, to choose from.

    Result:  ``rows``, ``samples`` in the part, ``names`` (of their classes; empty without), ``texts`` (their first
             words; empty where they are no texts) and ``sheet`` where they are pictures.
    """

    handler: ClassVar[str] = "runtime.answers.insight:list_samples"

    part: str = "test"
    first: int = 0
    count: int = 60


class ShowSamples(Asked, frozen=True):
    """Pictures of samples of a data choice, before any training.

    Result:  ``sheet``, ``labels``, ``rows``, ``classes``, ``counts`` (of each class in the part), ``samples`` in it.
    """

    handler: ClassVar[str] = "runtime.answers.insight:show_samples"

    data: dict[str, object]
    base: str
    folder: str
    part: str = "train"
    first: int = 0
    count: int = 64
    label: int = -1  # of one class only
    places: tuple[int, ...] = ()  # within the part: these samples and no others


class FollowGraph(Asked, frozen=True):
    """Values and gradients on every link of a small graph.

    Result:  ``order`` (nodes), ``links`` (list of ``source``, ``output``, ``target``, ``input``, ``shape``,
             ``value``, ``gradient``), ``weights`` and ``inputs`` (name -> ``shape``, ``value``, ``gradient``).
    """

    handler: ClassVar[str] = "runtime.answers.insight:follow_graph"

    network: str  # the JSON text of a network file
    run: str = ""  # whose weights are used; empty: those that a training would start from
    given: dict[str, list[float]] = msgspec.field(default_factory=dict)


class Masks(OfRun, frozen=True):
    """What does a network that tells classes of pixels make of samples?

    Result:  a sheet of four tiles a sample (picture, right mask, given mask, where they differ), ``classes``,
             ``colours`` and ``iou`` (of each class, over the samples shown).
    """

    handler: ClassVar[str] = "runtime.answers.insight:masks"

    first: int = 0
    count: int = 4
    part: str = "test"


class HiddenUnits(OfRun, frozen=True):
    """What does a unit of a recurrent layer give after each step of a text, or of a sample?

    Result:  ``tokens``, ``values`` (one a token), ``unit``, ``units`` there are, ``liveliest`` (units, by how much
             they move), ``probabilities`` (how likely each token was thought; empty where nothing scores it).
    """

    handler: ClassVar[str] = "runtime.answers.insight:hidden_units"

    path: str = ""
    unit: int = -1  # −1: the liveliest
    text: str = ""  # empty: a sample of the data
    row: int = -1


class Attention(OfRun, frozen=True):
    """What does each step look at? Where it writes, the steps are the words that it writes of the sample itself.

    Result:  ``layers`` (list of ``path``, ``heads``), ``layer`` (the one that is told); ``weights`` (heads × L × S,
             each row adding up to 1), ``is_self``, ``query_words``, ``key_words`` (empty where they are none),
             ``query_grid``, ``key_grid`` (rows, columns and steps in front, where they are places of the picture;
             else none), ``picture`` (a sheet) where there is one.
    """

    handler: ClassVar[str] = "runtime.answers.insight:attention"

    text: str = ""
    row: int = -1
    layer: int = 0


class Boxes(OfRun, frozen=True):
    """Where does a network that locates see things: in one box a picture, or in those of a grid of cells?

    Result:  a sheet of pictures; for each picture ``right`` and ``given``, lists of boxes (x1 y1 x2 y2 as shares),
             ``right_words`` and ``given_words`` (class and score of each box) and ``iou`` (the mean over its right
             boxes of the best overlap; none without any); ``rows``.
    """

    handler: ClassVar[str] = "runtime.answers.insight:boxes"

    first: int = 0
    count: int = 12
    part: str = "test"


class Disagreements(OfRun, frozen=True):
    """On which samples do two runs that were trained on the same data decide differently?

    Result:  ``samples`` in the part, ``agree``, ``counts`` ("only_first" right, "only_second", "neither"),
             ``accuracies`` (two), ``classes``, ``found`` (list of ``row``, ``right``, ``first``, ``second`` and their
             ``probabilities``), ``sheet`` of their pictures where they are pictures.
    """

    handler: ClassVar[str] = "runtime.answers.insight:disagreements"

    other: str = ""
    part: str = "test"
    count: int = 64


Insight = (
    ListLayers | Filters | WeightHistograms | Activations | Extremes | Ascend | Attribute | JudgeText | Embed | Judge
    | FindSamples | Samples | ShowSamples | FollowGraph | Masks | HiddenUnits | Attention | Boxes | Disagreements
)  # fmt: skip
