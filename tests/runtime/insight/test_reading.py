"""Hidden units and attention, step by step, against PyTorch by hand; boxes; samples on which two runs disagree."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from nodes.attention import MultiheadAttention
from nodes.boundary import Input
from nodes.embedding import Embedding
from nodes.graph.files import load
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import LSTM
from runtime.engine import reply_to
from runtime.faults import RefusalError
from runtime.insight.attending import attention
from runtime.insight.boxes import overlap
from runtime.insight.disagreeing import disagreeing
from runtime.insight.reading import hidden_units
from runtime.insight.trained import open_trained
from runtime.protocol import Answer, encode
from runtime.questions.insight import Disagreements, ListLayers
from runtime.recipe import override
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch
from tests.runtime.insight.conftest import NETWORKS, run  # noqa: F401  the same training
from tests.runtime.sequences.networks import QUICK, text_of, text_run

TEXT = text_of(300)


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = text_run(tmp_path_factory.mktemp("letters"), TEXT, layer=LSTM(8), epochs=1)  # noqa: F811
    train(run)
    return run


@pytest.fixture(scope="module")
def attending(letters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sketch = Sketch(text=Input("indices", ("L",)))
    sketch.then(embed=Embedding(8, 8), look=MultiheadAttention(num_heads=2, causal=True), fc=Linear(8)).judged("next")
    data = {"source": str(letters.parents[1] / "text.txt"), "seq_length": 12, "validation": 0.2, "test": 0.1}
    run = create_run(tmp_path_factory.mktemp("look"), Network(sketch.drawn(), "look", data=data, recipe=QUICK))  # noqa: F811
    train(run)
    return run


def test_a_unit_is_followed_over_the_characters_as_pytorch_gives_it(letters):
    trained = open_trained(letters)
    told = hidden_units(trained, "rnn", 3, "abcabc", -1)
    modules = dict(trained.module.named_modules())
    with torch.no_grad():
        hidden, _ = modules["rnn"](modules["embed"](torch.tensor([[0, 1, 2, 0, 1, 2]])))
        scores = modules["fc"](hidden)[0].softmax(-1)
    assert told["tokens"] == list("abcabc")
    assert told["values"] == pytest.approx(hidden[0, :, 3].tolist(), abs=1e-6)
    assert told["probabilities"][1] == pytest.approx(float(scores[0, 1]), abs=1e-6)
    liveliest = hidden_units(trained, "rnn", -1, "abcabc", -1)
    assert liveliest["unit"] == int(hidden[0].std(0).argmax())
    assert hidden_units(trained, "rnn", 0, "", 2)["tokens"] == [
        "abcdefgh"[n] for n in trained.data.columns["text"][2].tolist()
    ]


def test_strange_letters_and_units_are_refused(letters):
    trained = open_trained(letters)
    with pytest.raises(RefusalError, match="have no z"):
        hidden_units(trained, "rnn", 0, "abz", -1)
    with pytest.raises(RefusalError, match="has 8 units"):
        hidden_units(trained, "rnn", 8, "ab", -1)


def test_attention_is_the_softmax_of_the_scores_and_looks_at_nothing_later(attending, tmp_path):
    trained = open_trained(attending)
    told = attention(trained, "abcdef", -1, 0, tmp_path)
    [layer] = told["layers"]
    modules = dict(trained.module.named_modules())
    look = modules[layer["path"]]
    with torch.no_grad():
        x = modules["embed"](torch.arange(6)[None])
        q, k, _ = functional.linear(x, look.in_proj_weight, look.in_proj_bias).chunk(3, -1)
        scores = (q[..., :4] @ k[..., :4].transpose(1, 2)) / 2  # the first of two heads, of four numbers
        expected = scores.masked_fill(torch.ones(6, 6, dtype=torch.bool).triu(1), float("-inf")).softmax(-1)[0]
    weights = torch.tensor(told["weights"])
    assert told["query_words"] == told["key_words"] == list("abcdef")
    assert weights.shape == (2, 6, 6)
    assert torch.allclose(weights[0], expected, atol=1e-4)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 6), atol=1e-3)


def test_attention_inside_transformer_layers_is_seen():
    """The joined kernel of PyTorch tells none; each of the layers is named."""
    from runtime.compile import build
    from runtime.insight.watching_attention import watched

    network = load(NETWORKS / "char_transformer.netw").network
    module = build(network.graph, losses=False).eval()

    class Opened:
        pass

    opened = Opened()
    opened.network, opened.module = network, module  # type: ignore[attr-defined]
    with watched(opened) as watching, torch.no_grad():  # type: ignore[arg-type]
        module(torch.arange(10)[None])
    assert [looked.weights.shape for looked in watching.maps] == [(4, 10, 10)] * 4
    assert len({looked.path for looked in watching.maps}) == 4
    assert float(watching.maps[0].weights.triu(1).abs().max()) == 0


def test_what_a_run_is_asked_about_is_listed(letters, attending, run):  # noqa: F811
    def about(path: Path) -> dict:
        answer = reply_to(encode(ListLayers(1, str(path))))
        assert isinstance(answer, Answer)
        return answer.result

    assert about(letters)["writes"] == "text"
    assert about(letters)["recurrent"] == [{"path": "rnn", "units": 8}]
    assert about(attending)["attends"]
    digits = about(run)
    assert (digits["writes"], digits["reads_text"], digits["attends"], digits["tells_boxes"]) == (
        "",
        False,
        False,
        False,
    )


def test_boxes_overlap_as_on_paper():
    """A quarter of each of two unit squares is shared: 1 / (4 + 4 − 1) of squares with side 2."""
    one = torch.tensor([[0.0, 0, 2, 2], [0, 0, 1, 1]])
    other = torch.tensor([[1.0, 1, 3, 3], [2, 2, 3, 3]])
    assert overlap(one, other).tolist() == pytest.approx([1 / 7, 0.0])


def test_disagreements_of_two_runs(run, tmp_path):  # noqa: F811
    network = load(NETWORKS / "digits.netw").network
    shorter = create_run(tmp_path, override(override(network, "recipe.epochs=1"), "recipe.learning_rate=0.003"))
    train(shorter)
    first, second = open_trained(run), open_trained(shorter)
    told = disagreeing(first, second, "test", 500)
    rows = first.data.test
    with torch.no_grad():
        given = [t.module(*t.inputs(rows)).argmax(1) for t in (first, second)]
    wanted = first.data.columns["label"][rows]
    assert told["samples"] - told["agree"] == int(given[0].ne(given[1]).sum()) == len(told["found"]) > 0
    assert told["counts"]["only_first"] == int((given[0].eq(wanted) & given[1].ne(wanted)).sum())
    sample = told["found"][0]
    place = rows.tolist().index(sample["row"])
    assert [sample["first"], sample["second"]] == [int(g[place]) for g in given]
    answer = reply_to(encode(Disagreements(1, str(run), str(tmp_path), other=str(shorter))))
    assert isinstance(answer, Answer)
    assert Path(answer.result["sheet"]["path"]).is_file()


def test_runs_of_other_data_cannot_disagree(run, letters):  # noqa: F811
    with pytest.raises(RefusalError, match="same classes"):
        disagreeing(open_trained(run), open_trained(letters), "test", 10)
