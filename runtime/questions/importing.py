"""Questions about networks from elsewhere: what can be imported, and importing it."""

from __future__ import annotations

from typing import ClassVar

from runtime.questions.asked import Asked


class ListImportable(Asked, frozen=True):
    """Which of torchvision's networks can be imported?

    Result:  ``names``.
    """

    handler: ClassVar[str] = "runtime.answers.importing:list_importable"


class ImportNetwork(Asked, frozen=True):
    """Import a network, and write it with its weights beside it.

    Result:  the report (``title``, ``nodes``, ``blocks``, ``weights``, ``became``, ``opaque``, ``notes``, …), with
             ``path``, ``weights_path``, and ``lines``: the same in words.
    """

    handler: ClassVar[str] = "runtime.answers.importing:import_network"

    source: str  # model.onnx, torchvision:resnet50, module.py:ClassName, program.pt2
    out: str  # the network file to write
    weights: str = "trained"  # or "none", or a file
    size: str = ""  # of one sample, such as 3,224,224; of a Python class for each input: 3,32,32; indices:20
    trust: bool = False  # whether Python code that is imported may run
