"""Values declared with kinds of setting, as node types are, read from and written to plain JSON mappings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from nodes.spec.settings import Kind, SettingError, check_settings, kinds


class Declared:
    """Base of a frozen dataclass whose fields are settings. ``words`` names it in sentences."""

    words: ClassVar[str]

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def settings(cls) -> dict[str, Kind]:
        """Name and kind of each setting, in the order of the form."""
        return kinds(cls)

    @classmethod
    def read(cls, mapping: Mapping[str, Any]) -> Self:
        """The value in a file; what is not there has its default. Raises SettingError."""
        known = cls.settings()
        for name in mapping:
            if name not in known:
                raise SettingError(f"{cls.words} has no setting {name}. It has {', '.join(known)}.")
        return cls(**mapping)

    def written(self) -> dict[str, Any]:
        """Every setting by name, ready for a file."""
        return {name: getattr(self, name) for name in self.settings()}

    def replaced(self, **changes: Any) -> Self:
        """The same with other settings. Raises SettingError."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]
