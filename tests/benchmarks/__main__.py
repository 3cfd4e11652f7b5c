"""``python -m tests.benchmarks [NAME…] [--json]``: one line a figure, beside its goal.

A benchmark is a module of this folder with a function ``run`` that gives figures; its name is the module's.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType

import tests.benchmarks as folder
from tests.benchmarks.figures import AbsentError, Figure


def benchmarks() -> dict[str, str]:
    """Name and module of every benchmark, found without importing them: a benchmark of start-up wants that."""
    return {
        entry.name: f"{folder.__name__}.{entry.name}"
        for entry in pkgutil.iter_modules(folder.__path__)
        if entry.name not in ("__main__", "figures")
    }


def main(arguments: Sequence[str] | None = None) -> int:
    known = benchmarks()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measures, beside the goals.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)}; all without a name")
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in known]
    if unknown:
        sys.stderr.write(f"There is no benchmark {unknown[0]}. There are {', '.join(known)}.\n")
        return 2
    report = []
    for name in given.names or known:
        for figure in _figures(importlib.import_module(known[name])):
            if isinstance(figure, str):
                sys.stderr.write(f"{name}: not measured. {figure}\n")
                continue
            report.append(dataclasses.asdict(figure) | {"benchmark": name, "meets": figure.meets})
            if not given.json:
                print(figure.line(), flush=True)
    if given.json:
        print(json.dumps({"figures": report}, ensure_ascii=False))
    return 0


def _figures(module: ModuleType) -> Iterator[Figure | str]:
    """The figures of one benchmark; a sentence where what it needs is not here. None from a module without run."""
    measured: Iterable[Figure] = module.run() if hasattr(module, "run") else ()
    try:
        yield from measured
    except AbsentError as error:
        yield str(error)


if __name__ == "__main__":
    sys.exit(main())
