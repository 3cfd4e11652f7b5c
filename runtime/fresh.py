"""Names for folders that nobody has used yet."""

from __future__ import annotations

import re
import time
from pathlib import Path


def fresh_folder(root: Path, stem: str) -> Path:
    """A folder that is not there yet, named after the time and what it is for."""
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "network"
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{slug}"
    found, number = root / name, 1
    while found.exists():
        number += 1
        found = root / f"{name}-{number}"
    return found
