"""Inputs for merging, reshaping, arithmetic and losses."""

from typing import Any

INPUTS: dict[str, Any] = {}
