"""A table whose form is not said: of pictures where a column names some that are there, else of features."""

from __future__ import annotations

import dataclasses

from runtime.data.choice import DataChoice
from runtime.data.dataset import Loaded
from runtime.data.forms import AUTO
from runtime.data.listed import listed
from runtime.data.picture_files import PictureFiles, column_of_files, notes_on_missing, root_of
from runtime.data.table import features_of
from runtime.data.table_file import read_table


def load_table_or_pictures(choice: DataChoice) -> Loaded:
    """Raises DataError."""
    table = read_table(choice.path)
    if choice.form != AUTO or choice.inputs:
        return features_of(choice, table)
    files = PictureFiles(root_of(choice))
    column = choice.pictures or column_of_files(table, choice, files)
    if not column:
        return features_of(choice, table, notes_on_missing(table, choice, files))
    loaded = listed(choice.replaced(pictures=column), table)
    note = f"Column {column} names pictures: the table is read as a list of them. Set form to table to read texts."
    return dataclasses.replace(loaded, notes=(note, *loaded.notes))
