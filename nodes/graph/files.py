"""Network files (``.netw``): JSON in a stable order with one setting a line, so that diffs read well.

Reading is forgiving where that loses nothing: what can be read is read, and the rest is listed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from nodes.block import Block, Body
from nodes.catalogue import find_type
from nodes.graph.marks_file import marks_entry, read_marks
from nodes.graph.model import Graph, GraphError, Link, Network, Node, name_fault
from nodes.graph.search_file import BODIES, SearchSection, node_entries
from nodes.graph.searched import NODES
from nodes.spec.muted import Muted, original
from nodes.spec.node_type import NodeType, setting_kinds
from nodes.spec.settings import Kind, SettingError, kinds, shown
from nodes.spec.training import NodeTraining

FORMAT, VERSION, SUFFIX = "netwright", 1, ".netw"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)
LARGEST = 64 * 1024 * 1024  # bytes; a drawing of ten thousand nodes has about four million


class NetworkFileError(Exception):
    """A file that cannot be opened or saved; the sentence says why and what to do."""


@dataclass(frozen=True)
class Opened:
    """A network as read, and a sentence for everything in its file that could not be."""

    network: Network
    faults: tuple[str, ...] = ()


def load(path: Path) -> Opened:
    """Reads a network file. Raises NetworkFileError where nothing of it can be opened."""
    try:
        if path.stat().st_size > LARGEST:
            raise NetworkFileError(f"{path} is larger than {LARGEST >> 20} MiB, so it is no network file.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise NetworkFileError(f"There is no file {path}. Check its name and folder.") from None
    except IsADirectoryError:
        raise NetworkFileError(f"{path} is a folder. Name a {SUFFIX} file in it.") from None
    except OSError as error:
        raise NetworkFileError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        return read(data)
    except NetworkFileError as error:
        raise NetworkFileError(f"{path}: {error}") from None


def save(network: Network, path: Path) -> None:
    """Writes a network file: whole or not at all. Raises NetworkFileError."""
    write_atomically(path, write(network))


def write_atomically(path: Path, data: bytes) -> None:
    """Temporary file beside it, fsync, rename: a reader sees the old content or the new, never half of it."""
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        put_in_place(Path(temporary), path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise NetworkFileError(
            f"{path} cannot be written: {error.strerror}. Choose another folder, or make room."
        ) from None


def put_in_place(temporary: Path, path: Path) -> None:
    """Renames what is whole now; as readable as the file before it, or as a new file, which temporary ones are not.

    Raises OSError.
    """
    temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    temporary.replace(path)


def write(network: Network, *, is_compact: bool = False) -> bytes:
    """The text of a network file; ``is_compact`` in one line, which takes a third of the time."""
    bodies = _Bodies()
    nodes = {name: _node_entry(node, bodies) for name, node in network.graph.nodes.items()}
    search = {key: mark.entry() for key, mark in network.search.items()}
    search |= dict(node_entries(NODES, network.graph.nodes)) | bodies.search
    entry = {
        "format": FORMAT,
        "version": VERSION,
        "title": network.title,
        "notes": network.notes,
        "data": dict(network.data),
        "recipe": dict(network.recipe),
        **({"search": search} if search else {}),
        "bodies": bodies.entries,
        "nodes": nodes,
        "links": [str(link) for link in network.graph.links],
        **_marks(network.graph),
    }
    return msgspec.json.encode(entry) if is_compact else ("".join(_pretty(entry)) + "\n").encode()


def read(data: bytes) -> Opened:
    """The network in the text of a file. Raises NetworkFileError where nothing of it can be opened."""
    faults: list[str] = []
    try:
        entry = msgspec.json.decode(data)
    except UNREADABLE as error:
        entry = _salvaged(data)
        if entry is None:
            raise NetworkFileError(f"This is no network file: it is not JSON ({error}).") from None
        faults.append("The file is damaged or cut short; what stands before the damage was read.")
    except RecursionError:
        raise NetworkFileError("This is no network file: it is nested too deeply.") from None
    if not isinstance(entry, dict) or entry.get("format") != FORMAT:
        raise NetworkFileError(f"This is no network file: it does not begin with “format”: “{FORMAT}”.")
    version = entry.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise NetworkFileError(f"This network file has no valid version ({shown(version)}).")
    if version > VERSION:
        raise NetworkFileError(
            f"This file was written by a newer Netwright (file version {version}; this one reads up to {VERSION}). "
            "Update Netwright to open it."
        )
    faults += _doubles(data)
    search = SearchSection(entry.get("search", {}), faults)
    reader = _Reader(faults, search)
    reader.read_bodies(_table(entry, "bodies", faults))
    graph = reader.graph(entry, "", NODES)
    network = Network(
        graph,
        title=_string(entry, "title", faults),
        notes=_string(entry, "notes", faults),
        data=_table(entry, "data", faults),
        recipe=_table(entry, "recipe", faults),
        search=search.rest(),
    )
    return Opened(network, tuple(faults))


def _doubles(data: bytes) -> list[str]:
    """Sentences on names that stand twice in one JSON object; of such entries only the last is read."""
    found: list[str] = []

    def notice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(pairs)
        if len(whole) < len(pairs):
            for name in whole:
                times = sum(key == name for key, _ in pairs)
                if times > 1:
                    what = "nodes are" if isinstance(whole[name], dict) and "type" in whole[name] else "entries are"
                    found.append(f"{times} {what} named {name[:60]}. Only the last was read.")
        return whole

    try:
        json.loads(data, object_pairs_hook=notice)
    except (ValueError, RecursionError):
        return found  # damaged: what is wrong with it is said already
    return found


class _Bodies:
    """The bodies of blocks, each written once: equal ones share an entry."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}
        self.search: dict[str, Any] = {}  # of the nodes inside
        self._names: dict[Graph, str] = {}

    def name_of(self, block: Block) -> str:
        known = self._names.get(block.body)
        if known is not None:
            return known
        nodes = {name: _node_entry(node, self) for name, node in block.body.nodes.items()}  # inner ones first
        name, number = block.name, 1
        while name in self.entries:
            number += 1
            name = f"{block.name}_{number}"
        self._names[block.body] = name
        links = [str(link) for link in block.body.links]
        self.entries[name] = {"nodes": nodes, "links": links, **_marks(block.body)}
        self.search |= dict(node_entries(f"{BODIES}.{name}", block.body.nodes))
        return name


@lru_cache(maxsize=512)
def _field_names(declared: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(declared))


def _node_entry(node: Node, bodies: _Bodies) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    kind = original(node.settings)
    declared: Any = type(kind)
    for name in _field_names(declared):
        value = getattr(kind, name)
        settings[name] = bodies.name_of(kind) if isinstance(value, Graph) and isinstance(kind, Block) else value
    entry: dict[str, Any] = {"type": kind.type_id, "at": [_number(node.x), _number(node.y)], "settings": settings}
    if node.is_muted:
        entry["muted"] = True
    if not node.training.is_plain:
        entry["training"] = _changed(node.training)
    return entry


def _marks(graph: Graph) -> dict[str, Any]:
    """Frames, notes and bends, where there are any."""
    return {"marks": marks_entry(graph.marks)} if graph.marks else {}


def _changed(training: NodeTraining) -> dict[str, Any]:
    """What differs from the default: few nodes have any of it."""
    return {
        field.name: getattr(training, field.name)
        for field in dataclasses.fields(training)
        if getattr(training, field.name) != field.default
    }


class _Reader:
    """Reads graphs, notes faults, and remembers the bodies read so far."""

    def __init__(self, faults: list[str], search: SearchSection) -> None:
        self._faults, self._search = faults, search
        self._bodies: dict[str, Graph] = {}

    def read_bodies(self, entries: Mapping[str, Any]) -> None:
        """Bodies in the order of the file: one that is used inside another stands before it."""
        for name, entry in entries.items():
            if isinstance(entry, dict):
                self._bodies[name] = self.graph(entry, f"block {name}: ", f"{BODIES}.{name}")
            else:
                self._faults.append(f"block {name}: it has no nodes; it was left out.")

    def graph(self, entry: Mapping[str, Any], place: str, key: str) -> Graph:
        """Nodes, links and marks of an entry; ``place`` begins sentences, ``key`` names of settings."""
        nodes: dict[str, Node] = {}
        written = _table(entry, "nodes", self._faults)
        names = self._usable_names(written, place)
        for name, node in written.items():
            try:
                nodes[names.get(name, name)] = self._node(names.get(name, name), node, f"{key}.{name}")
            except (SettingError, GraphError) as error:
                self._faults.append(f"{place}{name[:60]}: {error} The node was left out.")
        graph = Graph(nodes)
        links = entry.get("links", [])
        if not isinstance(links, list):
            self._faults.append(f"{place}links should be a list; all were left out.")
            links = []
        taken: dict[tuple[str, str], Link] = {}
        for text in links:
            link = _link(text)
            if link and names:
                link = link._replace(
                    source=names.get(link.source, link.source), target=names.get(link.target, link.target)
                )
            fault = graph.port_fault(link) if link else "It should read “a.output -> b.x”."
            if link and not fault and (link.target, link.input) in taken:
                fault = f"Another link ends at {link.target}.{link.input} already."
            if link is None or fault:
                self._faults.append(f"{place}link {shown(text)}: {fault} The link was left out.")
            else:
                taken[link.target, link.input] = link
        graph = Graph(nodes, tuple(taken.values()))
        return graph.with_marks(read_marks(entry["marks"], graph, self._faults)) if "marks" in entry else graph

    def _usable_names(self, written: Mapping[str, Any], place: str) -> dict[str, str]:
        """Other names for nodes whose own mean something else in PyTorch or in an export."""
        names: dict[str, str] = {}
        for name in written:
            if name.isidentifier() and name_fault(name) and not name_fault(f"{name.strip('_')}1"):
                number = 1
                while (free := f"{name.strip('_')}{number}") in written or free in names.values():
                    number += 1
                names[name] = free
                self._faults.append(f"{place}{name}: {name_fault(name).partition('. ')[0]}. It is named {free} now.")
        return names

    def _node(self, name: str, entry: Any, key: str) -> Node:
        fault = name_fault(name)
        if fault:
            raise GraphError(fault)
        if not isinstance(entry, dict):
            raise SettingError("its entry should be a JSON object.")
        type_id = entry.get("type")
        declared = find_type(type_id) if isinstance(type_id, str) else None
        if declared is None:
            raise SettingError(f"there is no node type {shown(type_id)} in this version of Netwright.")
        x, y = _place(entry.get("at"))
        training = NodeTraining(**self._given(name, entry.get("training", {}), kinds(NodeTraining), "training"))
        settings = self._settings(name, declared, entry.get("settings", {}))
        can_be_muted = bool(settings.inputs()) and not settings.is_loss
        searched = self._search.of_node(key, settings)
        kept = Muted(settings) if entry.get("muted") is True and can_be_muted else settings
        return Node(kept, x, y, training, searched)

    def _given(self, name: str, written: Any, known: Mapping[str, Kind], title: str) -> dict[str, Any]:
        """The values that a file gives for settings that there are."""
        if not isinstance(written, dict):
            raise SettingError("settings should be a JSON object.")
        given: dict[str, Any] = {}
        for key, value in written.items():
            if key not in known:
                self._faults.append(f"{name}: {title} has no setting {key[:60]!r}; it was left out.")
                continue
            value = tuple(value) if isinstance(value, list) else value
            try:
                given[key] = value if isinstance(known[key], Body) else known[key].checked(key, value)
            except SettingError as error:
                self._faults.append(f"{name[:60]}: {error} It was left as it is at first.")
        return given

    def _settings(self, name: str, declared: type[NodeType], written: Any) -> NodeType:
        given = self._given(name, written, setting_kinds(declared), declared.title)
        if issubclass(declared, Block) and isinstance(given.get("body"), str):
            body = self._bodies.get(given["body"])
            if body is None:
                raise SettingError(f"the body {given['body'][:60]!r} is not in the file.")
            given["body"] = body
        return declared(**given)


def _link(text: Any) -> Link | None:
    found = re.fullmatch(r"(\w+)\.(\w+) -> (\w+)\.(\w+)", text) if isinstance(text, str) else None
    return Link(*found.groups()) if found else None


def _place(at: Any) -> tuple[float, float]:
    numbers = isinstance(at, list) and len(at) == 2 and all(isinstance(v, int | float) for v in at)
    if not numbers or any(abs(v) > 1e7 for v in at):
        return 0.0, 0.0
    return float(at[0]), float(at[1])


def _table(entry: Mapping[str, Any], key: str, faults: list[str]) -> dict[str, Any]:
    value = entry.get(key, {})
    if isinstance(value, dict):
        return value
    faults.append(f"{key} should be a JSON object; it was left out.")
    return {}


def _string(entry: Mapping[str, Any], key: str, faults: list[str]) -> str:
    value = entry.get(key, "")
    if isinstance(value, str):
        return value
    faults.append(f"{key} should be text; it was left out.")
    return ""


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else round(value, 2)


def _pretty(value: Any, indent: str = "") -> Iterator[str]:
    """JSON with one entry a line; lists of links too, while settings such as [3, 3] stay on theirs."""
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        yield "{"
        for number, (key, inner) in enumerate(value.items()):
            yield f"{',' if number else ''}\n{deeper}{_compact(key)}: "
            yield from _pretty(inner, deeper)
        yield f"\n{indent}}}"
    elif isinstance(value, list) and value and isinstance(value[0], str):
        yield "["
        yield ",".join(f"\n{deeper}{_compact(inner)}" for inner in value)
        yield f"\n{indent}]"
    else:
        yield _compact(value).replace(",", ", ") if isinstance(value, list | tuple) else _compact(value)


def _compact(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _salvaged(data: bytes) -> Any:
    """What stands before the damage: cut at the last whole line, with the open brackets closed."""
    lines = data.decode(errors="replace").split("\n")
    broken = _line_of_fault(data)
    for last in range(min(broken, len(lines)), max(0, broken - 50), -1):
        text = "\n".join(lines[:last]).rstrip().rstrip(",")
        closed = _closed(text)
        if closed is None:
            continue
        try:
            return msgspec.json.decode(closed.encode())
        except UNREADABLE:
            continue
    return None


def _line_of_fault(data: bytes) -> int:
    try:
        msgspec.json.decode(data)
    except UNREADABLE as error:
        found = re.search(r"byte (\d+)", str(error))
        if found and isinstance(error, msgspec.DecodeError):
            return data[: int(found.group(1))].count(b"\n") + 1
    return data.count(b"\n") + 1


def _closed(text: str) -> str | None:
    """The text with every bracket closed; None where it ends inside a string."""
    open_brackets: list[str] = []
    in_string = escaped = False
    for sign in text:
        if in_string:
            in_string, escaped = escaped or sign != '"', sign == "\\" and not escaped
        elif sign == '"':
            in_string = True
        elif sign in "{[":
            open_brackets.append("}" if sign == "{" else "]")
        elif sign in "}]" and open_brackets:
            open_brackets.pop()
    return None if in_string else text + "".join(reversed(open_brackets))
