"""The commands of a run, as its training reads them."""

from __future__ import annotations

from pathlib import Path

from runtime.runs import CONTROL, Command, RollBack, read_commands


class WishToGoBackError(Exception):
    """A command that leaves the epoch under way."""

    def __init__(self, command: RollBack) -> None:
        super().__init__(command)
        self.command = command


class Control:
    """Reads what is new in the control file. Commands to a process that is gone are gone with it."""

    def __init__(self, run: Path, *, from_now: bool) -> None:
        self._run, self._file = run, run / CONTROL
        self._waiting: list[Command] = []
        self._offset = self._size() if from_now else 0

    def new(self) -> list[Command]:
        """Commands since the last call; where there are none it costs one look at the file's size.

        Going back leaves what is under way: what was sent after that waits for the next call.
        """
        if self._size() != self._offset:
            commands, self._offset = read_commands(self._run, self._offset)
            self._waiting += commands
        count = next((n for n, one in enumerate(self._waiting, 1) if isinstance(one, RollBack)), len(self._waiting))
        now, self._waiting = self._waiting[:count], self._waiting[count:]
        return now

    def _size(self) -> int:
        try:
            return self._file.stat().st_size
        except FileNotFoundError:
            return 0
