"""``python -m tests.runtime.full_disk FOLDER``: a training on a disk of its own that fills up, then has room again.

Has to be started where it may mount (as root, or by unshare). Prints as JSON what the failed run came to.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from runtime.checkpoint import load_weights
from runtime.runs import LAST, Checkpointed, Entry, TrainingError, read_entries
from runtime.train import train
from tests.runtime.journals import loss_by_step
from tests.runtime.networks import digits_run


def tried(disk: Path) -> dict[str, object]:
    """Trains, fails, makes room and goes on."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(disk)], check=True)
    run = digits_run(disk, epochs=3)
    ballast = disk / "ballast"

    def fill(entry: Entry) -> None:
        if isinstance(entry, Checkpointed) and entry.file == LAST and not ballast.exists():
            with ballast.open("wb", buffering=0) as file:
                try:
                    while file.write(b"\0" * 4096):
                        pass
                except OSError:
                    return

    try:
        train(run, on_entry=fill)
    except TrainingError as error:
        sentence = str(error)
    else:
        sentence = ""
    weights = len(load_weights(run, "last"))
    half = [path.name for path in run.rglob(".*") if path.is_file()]
    ballast.unlink()
    train(run, resume=True)
    return {
        "sentence": sentence,
        "weights": weights,
        "half": half,
        "losses": list(loss_by_step(read_entries(run)[0]).values()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(tried(Path(sys.argv[1]))))
