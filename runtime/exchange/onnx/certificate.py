"""The certificate beside an ONNX file: what was compared, how far apart it was, how large and how fast it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodes.graph.files import write_atomically


def certificate_paths(out: Path) -> tuple[Path, Path]:
    """``model.certificate.json`` and ``.md`` beside ``model.onnx``."""
    return out.with_suffix(".certificate.json"), out.with_suffix(".certificate.md")


def write_certificate(out: Path, facts: Mapping[str, Any]) -> Path:
    """Writes both; gives the one for people. Raises NetworkFileError."""
    for_programs, for_people = certificate_paths(out)
    write_atomically(for_programs, (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode())
    write_atomically(for_people, ("\n".join(in_words(out.name, facts)) + "\n").encode())
    return for_people


def in_words(name: str, facts: Mapping[str, Any]) -> list[str]:
    """The certificate as lines of Markdown."""
    what = "samples of the data" if facts["is_proven_on_data"] else "random inputs"
    lines = [
        f"# Certificate of {name}",
        "",
        f"Network: {facts['title'] or 'untitled'}, {'trained' if facts['is_trained'] else 'not trained'}.",
        f"Compared: onnxruntime and PyTorch, on {facts['samples']} {what}; allowed is a difference of "
        f"{facts['tolerance']:g} of an output's largest number.",
        "",
        "| output | largest difference | of its largest number | mean difference |",
        "|---|---|---|---|",
    ]
    means, relatives = facts["mean_differences"], facts["relative_differences"]
    lines += [
        f"| {output} | {value:.1e} | {relatives[output]:.1e} | {means[output]:.1e} |"
        for output, value in facts["outputs"].items()
    ]
    lines += ["", "| input batch | sizes |", "|---|---|"]
    for number, batch in enumerate(facts["inputs"], start=1):
        sizes = ", ".join(f"{name} {' × '.join(map(str, shape))}" for name, shape in batch.items())
        lines.append(f"| {number} | {sizes} |")
    lines += ["", *_figures(facts)]
    return lines


def _figures(facts: Mapping[str, Any]) -> list[str]:
    speed = facts["speed"]
    threads = "1 thread" if speed["threads"] == 1 else f"{speed['threads']} threads"
    lines = [
        f"- Checker: {facts['checker']}.",
        f"- Opset {facts['opset']}, {facts['nodes']} operators, {facts['onnx_bytes']:,} bytes, {facts['precision']}.",
        f"- One sample: {speed['onnx_ms']:.3g} ms in onnxruntime, {speed['torch_ms']:.3g} ms in PyTorch "
        f"({threads}, this machine).",
        f"- Batches of {speed['batch']}: {speed['onnx_samples_per_second']:,.0f} samples a second in onnxruntime.",
    ]
    if facts.get("cost"):
        lines.append(f"- {cost_in_words(facts['precision'], facts['cost'])}")
    return lines


def cost_in_words(precision: str, cost: Mapping[str, Any]) -> str:
    """What a smaller precision costs, as a sentence."""
    known = cost["accuracy"]
    of = f" of {cost['available']:,}" if cost["samples"] < cost["available"] else ""
    largest = f"{cost['largest_difference']:.2g}"
    words = f"{precision} on {cost['samples']:,}{of} samples: the largest difference is {largest}"
    if known:
        before, after = (100 * share for share in known)
        return f"{words}; accuracy {after:.2f} % instead of {before:.2f} % ({after - before:+.2f} points)."
    return f"{words}; {100 * cost['agreement']:.1f} % of the samples keep their most likely class."
