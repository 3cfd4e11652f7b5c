import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.files import NetworkFileError, load, read, save, write
from nodes.graph.model import Graph, Network, Node
from nodes.linear import Linear
from nodes.reshape import Flatten
from tests.nodes.drawing import chain
from tests.nodes.graph.test_infer import double_block, lenet


@pytest.fixture
def network():
    return Network(lenet(), title="LeNet-5", data={"source": "digits"}, recipe={"epochs": 3})


def edited(data, **changes):
    entry = json.loads(data)
    entry.update(changes)
    return json.dumps(entry).encode()


def test_what_is_written_is_read_back(network):
    opened = read(write(network))
    assert opened.network == network
    assert opened.faults == ()


def test_writing_is_stable(network):
    assert write(read(write(network)).network) == write(network)


def test_one_setting_stands_on_one_line(network):
    lines = write(network).decode().splitlines()
    assert '        "kernel_size": [5, 5],' in lines
    changed = Network(network.graph.with_settings("fc3", Linear(12)), network.title, "", network.data, network.recipe)
    others = write(changed).decode().splitlines()
    assert len([1 for a, b in zip(lines, others, strict=True) if a != b]) == 1


def test_equal_bodies_are_stored_once():
    graph = chain(image=Input(size=(6, 8, 8)), one=double_block(), two=double_block(3), out=Output())
    entry = json.loads(write(Network(graph)))
    assert list(entry["bodies"]) == ["Double"]
    assert read(write(Network(graph))).network.graph == graph


def test_a_file_of_a_newer_version_is_refused_in_words(network):
    with pytest.raises(NetworkFileError, match=r"newer Netwright \(file version 2; this one reads up to 1\)"):
        read(edited(write(network), version=2))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\x00\xff", b"[" * 100_000, b'{"format": "other"}', b"nonsense"]
)
def test_what_is_no_network_file_is_refused_in_words(data):
    with pytest.raises(NetworkFileError, match="no network file"):
        read(data)


def test_an_unknown_node_type_is_left_out_and_told(network):
    data = write(network).replace(b'"type": "flatten"', b'"type": "teleport"')
    opened = read(data)
    assert "flatten" not in opened.network.graph.nodes
    assert any("no node type 'teleport'" in fault for fault in opened.faults)
    assert len(opened.network.graph.nodes) == len(network.graph.nodes) - 1


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_file_cut_short_opens_as_far_as_it_goes(network, share):
    data = write(network)
    opened = read(data[: int(len(data) * share)])
    assert "cut short" in opened.faults[0]
    assert opened.network.title == "LeNet-5"
    assert all(opened.network.graph.nodes[name] == node for name, node in opened.network.graph.nodes.items())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b'"kernel_size": [5, 5]', b'"kernel_size": [0, 5]', "kernel_size takes 2 whole numbers"),
        (b'"out_channels": 6', b'"out_channels": "six"', "out_channels takes a whole number"),
        (b'"out_channels": 6', b'"out_chanels": 6', "no setting 'out_chanels'"),
        (b'"conv1.output -> relu1.x"', b'"conv1.output => relu1.x"', "should read"),
        (b'"conv1.output -> relu1.x"', b'"conv1.output -> relu9.x"', "no node named relu9"),
        (b'"fc1": {', b'"import": {', "means something else"),
        (b'"at": [0, 0]', b'"at": "here"', None),
    ],
)
def test_a_damaged_entry_is_told_and_the_rest_read(network, old, new, fault):
    data = write(network)
    assert old in data
    opened = read(data.replace(old, new, 1))
    assert len(opened.network.graph.nodes) >= len(network.graph.nodes) - 1
    assert fault is None or any(fault in told for told in opened.faults)


@given(st.data())
def test_damage_anywhere_is_a_sentence_and_never_a_crash(data):
    whole = write(Network(chain(image=Input(), flatten=Flatten(), fc=Linear(3), out=Output())))
    place = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:place] + data.draw(st.binary(max_size=6)) + whole[place + data.draw(st.integers(0, 9)) :]
    try:
        opened = read(broken)
    except NetworkFileError:
        return  # a sentence; anything else would fail the test
    assert read(write(opened.network)).faults == ()


def test_saving_is_whole_or_not_at_all(network, tmp_path):
    path = tmp_path / "a.netw"
    save(network, path)
    assert load(path).network == network
    assert [p.name for p in tmp_path.iterdir()] == ["a.netw"]
    with pytest.raises(NetworkFileError, match="cannot be written"):
        save(network, path / "inside a file.netw")


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(NetworkFileError, match="There is no file"):
        load(tmp_path / "none.netw")
    with pytest.raises(NetworkFileError, match="is a folder"):
        load(tmp_path)


def test_a_number_beyond_all_floats_is_told():
    whole = write(Network(chain(image=Input(), dropout=Dropout(), out=Output())))
    opened = read(whole.replace(b'"p": 0.5', b'"p": 1' + b"0" * 400))
    assert "takes a number from 0 to" in opened.faults[0]


def test_a_node_that_stands_twice_is_told():
    text = write(Network(chain(image=Input(), act=ReLU(), out=Output()))).decode()
    entry = '"act": {"type": "sigmoid", "at": [0, 0], "settings": {}}'
    doubled = text.replace('"nodes": {', f'"nodes": {{\n    {entry},')
    opened = read(doubled.encode())
    assert opened.faults == ("2 nodes are named act. Only the last was read.",)
    assert opened.network.graph.nodes["act"].settings == ReLU()


def test_a_wrong_setting_costs_neither_its_node_nor_its_links() -> None:
    network = Network(chain(image=Input(size=(1, 8, 8)), conv=Conv2d(8, (3, 3)), result=Output()))
    opened = read(write(network).replace(b'"stride": [1, 1]', b'"stride": [0, 1]'))
    assert opened.network == network
    [fault] = opened.faults
    assert fault.startswith("conv: stride takes 2 whole numbers")


def test_a_name_that_cannot_be_any_more_is_changed_with_its_links() -> None:
    network = Network(chain(image=Input(size=(1, 8, 8)), relu1=ReLU(), result=Output()))
    opened = read(write(network).replace(b"relu1", b"code"))
    assert list(opened.network.graph.nodes) == ["image", "code1", "result"]
    assert len(opened.network.graph.links) == 2
    assert opened.faults == ("code: “code” means something else in PyTorch or Python. It is named code1 now.",)


def test_places_are_kept_as_files_write_them():
    graph = Graph({"relu1": Node(ReLU(), 1 / 3, 0.1 + 0.2)}).moved({})
    assert read(write(Network(graph))).network.graph == graph
    assert (graph.nodes["relu1"].x, graph.nodes["relu1"].y) == (0.33, 0.3)
