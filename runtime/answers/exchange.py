"""Answers to the questions about taking a network away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime.answers.network_text import opened
from runtime.questions.exchange import Export


def export(request: Export) -> dict[str, Any]:
    """Writes one file of the kind that was asked for. Raises ExportError and what the writers raise."""
    from runtime.exchange.kinds import Wishes, write
    from runtime.exchange.subject import open_subject, untrained

    if request.run:
        subject = open_subject(Path(request.run))
    else:
        subject = untrained(opened(request.network), Path(request.base))
    wishes = Wishes(
        opset=request.opset,
        folded=request.folded,
        prepared=request.prepared,
        precision=request.precision,
        threads=request.threads,
        with_weights=request.with_weights,
    )
    report = write(subject, request.kind, Path(request.out), wishes)
    return {"path": request.out, "bytes": Path(request.out).stat().st_size} | report
