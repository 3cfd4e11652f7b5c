"""The handwritten digits that come with scikit-learn: 1,797 pictures of 8 × 8, ten classes.

Source: E. Alpaydin & C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.
"""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Loaded, picture_fields

HIGH = 16.0  # grey values are counts of set pixels in a field of 4 × 4


def load_digits(_choice: DataChoice | None = None) -> Loaded:
    """Reads the file inside scikit-learn without importing it, which would take a second."""
    package = find_spec("sklearn")
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise DataError("The bundled digits are part of scikit-learn, which is missing.", "pip install scikit-learn.")
    path = Path(folders[0]) / "datasets" / "data" / "digits.csv.gz"
    try:
        numbers = gzip.decompress(path.read_bytes()).decode().replace("\n", ",").rstrip(",").split(",")
        table = np.array(numbers, dtype=np.float64).astype(np.uint8).reshape(-1, 65)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"The bundled digits cannot be read ({error}).", "Install scikit-learn anew.") from None
    classes = tuple(str(digit) for digit in range(10))
    return Loaded(
        picture_fields((1, 8, 8), classes, HIGH),
        {
            "image": np.ascontiguousarray(table[:, :64].reshape(-1, 1, 8, 8)),
            "label": table[:, 64].astype(np.int64),
        },
    )
