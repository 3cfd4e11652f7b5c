"""Network files with random damage: what can be read is read, and nothing else happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

from nodes.graph.check import problems
from nodes.graph.files import NetworkFileError, read, write
from nodes.graph.infer import infer

FOLDER = Path(__file__).parents[3] / "resources" / "networks"
NAMES = ("lenet5", "resnet20", "char_lstm", "vae", "unet", "squeezenet1_1", "googlenet")
WHOLE = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.netw")) if path.stem in NAMES}

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["fc.output -> loss.x", "C", "__init__", "block", "conv2d"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
silently = hypothesis.settings(deadline=None, derandomize=True, database=None)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a JSON value with every key in it."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [found for key in keys for found in places(value[key])]


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A file in which some entries are taken away, exchanged or put in another's place."""
    entry = json.loads(WHOLE[draw(st.sampled_from(sorted(WHOLE)))])
    for _ in range(draw(st.integers(1, 4))):
        there = places(entry)
        holder, key = there[draw(st.integers(0, len(there) - 1))]
        match draw(st.integers(0, 2)):
            case 0:
                del holder[key]
            case 1:
                holder[key] = draw(ANY)
            case _:
                other, place = there[draw(st.integers(0, len(there) - 1))]
                holder[key] = json.loads(json.dumps(other.get(place) if isinstance(other, dict) else None))
    return json.dumps(entry).encode()


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """A file with bytes missing or exchanged."""
    data = bytearray(WHOLE[draw(st.sampled_from(sorted(WHOLE)))])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        data[at : at + draw(st.integers(0, 40))] = draw(st.binary(max_size=6))
        if not data:
            break
    return bytes(data)


@silently
@hypothesis.given(data=changed() | torn())
def test_a_damaged_file_is_read_as_far_as_it_goes(data: bytes) -> None:
    try:
        opened = read(data)
    except NetworkFileError:
        return
    assert all(fault.endswith(".") for fault in opened.faults)
    graph = opened.network.graph
    problems(graph, infer(graph))
    again = read(write(opened.network))
    assert again.faults == ()
    assert again.network == opened.network
