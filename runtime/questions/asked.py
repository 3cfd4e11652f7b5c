"""What every question to the engine has."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Asked(msgspec.Struct, tag=True, frozen=True):
    """A question with an id that its answer bears.

    ``handler`` is the function ``(request) -> dict`` that answers it, as ``module:name``. A generator's parts are
    sent as they come; what it returns is the answer.
    """

    handler: ClassVar[str]

    id: int
