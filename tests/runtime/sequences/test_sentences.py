"""Pairs of sentences and captions: how they are shifted, what the network writes by itself, BLEU."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from nodes.boundary import Input
from nodes.embedding import Embedding
from nodes.graph.infer import infer
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import GRU
from runtime.compile import build
from runtime.data.binding import bind
from runtime.data.captions import VOCABULARY, sentence
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.number_words import in_words
from runtime.data.open import open_data
from runtime.data.written import IGNORED, SPECIAL, words_of_numbers
from runtime.engine import reply_to
from runtime.faults import RefusalError
from runtime.protocol import Answer, encode
from runtime.questions.sequences import CaptionPicture, TranslateText
from runtime.runs import create_run
from runtime.sequences.bleu import bleu
from runtime.sequences.opening import SentenceWriter, open_any_writer
from runtime.sequences.sentences import write_sentences, writing_plan
from runtime.train import train
from tests.networks.drawn import DRAWINGS
from tests.networks.drawn.sketch import Sketch

PAIRS = (
    "english,german,note\nthe cat,die Katze,1\nthe dog,der Hund,2\na cat,eine Katze,3\n,leer,4\nthe the cat,Katze,5\n"
)


def pairs(folder: Path, **rest: object) -> DataSet:
    (folder / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    choice = {"source": str(folder / "pairs.csv"), "form": "pairs", "validation": 0, "test": 0, **rest}
    return open_data(DataChoice.read(choice))


def test_the_target_is_what_is_read_one_place_later(tmp_path: Path) -> None:
    data = pairs(tmp_path)
    assert data.notes == ("1 row with an empty sentence left out.",)
    source, written, following = (data.columns[name] for name in ("source", "written", "next"))
    words = data.field("written").classes
    assert words is not None
    assert words[:4] == SPECIAL
    assert [words[n] for n in written[0]] == ["<start>", "die", "katze"]
    assert [words[n] for n in following[0]] == ["die", "katze", "<end>"]
    assert following[3].tolist() == [words.index("katze"), words.index("<end>"), IGNORED]
    assert source[0].tolist()[0] == 0  # filled up in front
    assert words_of_numbers(following[1].tolist(), words) == ["der", "hund"]


def test_pairs_need_two_columns_of_texts(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Name one column in inputs and one in targets"):
        pairs(tmp_path, inputs="english, note")


def test_columns_of_pairs_are_chosen(tmp_path: Path) -> None:
    words = pairs(tmp_path, inputs="german", targets="english").field("source").classes
    assert words is not None
    assert "katze" in words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (19, "nineteen"),
        (40, "forty"),
        (305, "three hundred and five"),
        (9021, "nine thousand and twenty one"),
    ],
)
def test_numbers_in_words(number: int, words: str) -> None:
    assert " ".join(in_words(number)) == words


def test_a_caption_names_the_shapes_from_left_to_right() -> None:
    shapes = [("red", "square"), ("blue", "circle"), ("green", "triangle")]
    assert " ".join(sentence(shapes)) == "a red square , a blue circle and a green triangle"
    data = open_data(DataChoice(source="toy:captions"))
    told = [words_of_numbers(row, VOCABULARY) for row in data.columns["next"][:400].tolist()]
    assert {len(words) for words in told} == {3, 7, 11}
    seen = [n for n, words in enumerate(told) if len(words) == 7 and (words[1], words[5]) == ("red", "blue")]
    for number in seen:
        red, blue = (data.columns["image"][number][channel].gt(200).nonzero()[:, 1] for channel in (0, 2))
        assert red.max() < blue.min()
    assert len(seen) >= 3


# ---- BLEU


def test_bleu_of_what_is_right_is_1_and_of_what_shares_no_word_0() -> None:
    right = [["the", "cat", "is", "on", "the", "mat"]]
    assert bleu(right, right) == 1.0
    assert bleu([["a", "b", "c", "d"]], right) == 0.0
    assert bleu([[]], right) == 0.0


def test_a_word_counts_only_as_often_as_it_is_right() -> None:
    """Papineni et al. 2002, example 2: seven times “the” has a modified unigram precision of 2/7."""
    assert bleu([["the"]] * 7, [["the"]] * 2 + [["cat"]] * 5) == pytest.approx(2 / 7)


def test_bleu_by_hand() -> None:
    """5 of 6 words, 3 of 5 pairs, 1 of 4 triples, 0 of 3 in a row of four; and a sentence that is right."""
    ours, right = list("abxdef"), list("abcdef")
    both = bleu([ours, right], [right, right])
    assert both == pytest.approx(math.exp(sum(map(math.log, (11 / 12, 8 / 10, 5 / 8, 3 / 6))) / 4))


def test_what_is_too_short_is_punished() -> None:
    assert bleu([["a", "b"]], [["a", "b", "c", "d"]]) == pytest.approx(math.exp(1 - 4 / 2))


# ---- writing


def small(epochs: int = 2, **data: object) -> Network:
    """Numbers in words to digits, with few weights."""
    sketch = Sketch(
        source=Input("indices", ("L",), field="source"), written=Input("indices", ("T",), field="written")
    )
    sketch.at("source").then(embed_source=Embedding(32, 16), encoder=GRU(48))
    sketch.at("written").then(embed_written=Embedding(14, 16))
    sketch.put("decoder", GRU(48), "embed_written", "encoder.hidden").then(fc=Linear(14)).judged("digit")
    recipe = {"optimizer": "Adam", "learning_rate": 0.02, "epochs": epochs, "batch_size": 64, "device": "cpu"}
    return Network(sketch.drawn(), "numbers", data={"source": "toy:numbers", **data}, recipe=recipe)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    run = create_run(tmp_path_factory.mktemp("numbers"), small(5))
    return run, train(run)


def test_an_encoder_and_decoder_learn_by_teacher_forcing(numbers: tuple[Path, Any]) -> None:
    metrics = numbers[1].test_metrics
    assert metrics["accuracy"] > 0.95
    assert 0.85 < metrics["bleu"] <= 1


def test_it_translates_by_itself(numbers: tuple[Path, Any]) -> None:
    reply = reply_to(encode(TranslateText(1, str(numbers[0]), "nine thousand four hundred and twenty one")))
    assert isinstance(reply, Answer)
    assert reply.result["text"] == "9 4 2 1"
    assert all(0.3 < chance <= 1 for chance in reply.result["probabilities"])


def test_the_command_translates(numbers: tuple[Path, Any], capsys: pytest.CaptureFixture[str]) -> None:
    from runtime.commands import run as command

    assert command(["sample", str(numbers[0]), "--start", "nine thousand four hundred and twenty one"]) == 0
    assert capsys.readouterr().out.split() == ["9", "4", "2", "1"]
    assert command(["sample", str(numbers[0])]) == 2
    assert "There is no word to read." in capsys.readouterr().err


def test_each_refuses_what_it_does_not_read(numbers: tuple[Path, Any], tmp_path: Path) -> None:
    writer = open_any_writer(numbers[0])
    assert isinstance(writer, SentenceWriter)
    with pytest.raises(RefusalError, match="reads sentences, not pictures"):
        writer.describe(tmp_path / "any.png")


def test_what_is_written_word_by_word_is_the_likeliest_each_time() -> None:
    """A whole pass over what was written has each word as its likeliest at the place before."""
    network = small()
    data = open_data(DataChoice.read(network.data))
    plan = writing_plan(infer(network.graph), bind(network.graph, data), data)
    assert plan is not None
    assert (plan.fields, plan.given) == (("source", "written"), ("source",))
    torch.manual_seed(1)
    module = build(network.graph).eval()
    source = data.columns["source"][:3].long()
    for row, told in enumerate(write_sentences(plan, module, {"source": source})):
        places = [plan.vocabulary.index(word) for word in told.words]
        scores = module(source[row : row + 1], torch.tensor([[2, *places]]))[0]
        scores[:, [0, 2]] = -torch.inf
        assert scores.argmax(1).tolist()[: len(places)] == places


def test_a_network_that_writes_nothing_has_no_plan() -> None:
    network = replace(DRAWINGS["char_lstm"](), data={"source": "toy:numbers"})
    data = open_data(DataChoice.read(network.data))
    binding = bind(small().graph, data)
    assert writing_plan(infer(small().graph), replace(binding, forward=("source",)), data) is None


def test_a_picture_gets_a_caption(tmp_path: Path, save_image: Callable[[Path, torch.Tensor], None]) -> None:
    network = DRAWINGS["caption_shapes"]()
    network = replace(network, recipe={**network.recipe, "max_steps": 3, "device": "cpu"})
    run = create_run(tmp_path, network)
    assert set(train(run).test_metrics) == {"accuracy", "perplexity", "bleu"}
    picture = open_data(DataChoice.read(network.data)).columns["image"][0]
    save_image(tmp_path / "shapes.png", picture)
    reply = reply_to(encode(CaptionPicture(2, str(run), str(tmp_path / "shapes.png"))))
    assert isinstance(reply, Answer)
    assert set(reply.result["words"]) <= set(VOCABULARY)
    assert len(reply.result["words"]) == len(reply.result["probabilities"])


@pytest.fixture
def save_image() -> Callable[[Path, torch.Tensor], None]:
    return lambda path, value: Image.fromarray(value.permute(1, 2, 0).numpy()).save(path)
