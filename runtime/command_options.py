"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As in the file: recipe.batch_size=64.")
]
Trust = Annotated[bool, typer.Option("--trust", help="Run the Python code that came with this file.")]
Json = Annotated[bool, typer.Option("--json", help="Report as one JSON object.")]
