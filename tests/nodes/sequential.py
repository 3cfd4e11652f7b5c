"""Inputs for node types of sequences: recurrent layers, attention, embeddings."""

from typing import Any

INPUTS: dict[str, Any] = {}
