"""Texts that are typed: class, what each word adds, and the next character, against PyTorch by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nodes.recurrent import LSTM
from runtime.engine import reply_to
from runtime.faults import RefusalError
from runtime.insight.trained import Trained, open_trained
from runtime.insight.typed import judged_text
from runtime.protocol import Answer, Refused, encode
from runtime.questions.insight import JudgeText
from runtime.train import train
from tests.runtime.insight.reviews import sentiment_run
from tests.runtime.sequences.networks import text_of, text_run


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return open_trained(sentiment_run(tmp_path_factory.mktemp("reviews")))


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    run = text_run(tmp_path_factory.mktemp("letters"), text_of(300), layer=LSTM(8), epochs=1)
    train(run)
    return open_trained(run)


def test_words_of_a_typed_review_are_weighed_as_pytorch_weighs_them(reviews):
    told = judged_text(reviews, "The film was SPLENDID!", -1)
    module, words = reviews.module, reviews.data.field("words").classes
    numbers = [words.index(word) for word in ("the", "film", "was", "splendid")] + [1]  # no text has a "!"
    vectors = module.embed(torch.tensor([[0] * 7 + numbers])).detach().requires_grad_(True)
    scores = module.fc(module.lstm(vectors)[0][:, -1])
    scores[0, 1].backward()
    expected = (vectors.grad * vectors).sum(-1)[0, 7:].detach()
    assert told["tokens"] == ["the", "film", "was", "splendid", "!"]
    assert told["unknown"] == [4]
    assert (told["target"], told["predicted"][0]["name"]) == (1, "good")
    assert told["predicted"][0]["probability"] == pytest.approx(float(scores.detach().softmax(1)[0, 1]), abs=1e-5)
    assert told["saliency"] == pytest.approx((expected / expected.abs().max()).tolist(), abs=1e-4)
    assert max(range(5), key=told["saliency"].__getitem__) == 3


def test_what_speaks_for_another_class_is_told_when_it_is_asked_for(reviews):
    for_bad = judged_text(reviews, "the plot was awful", -1, target=0)["saliency"]
    for_good = judged_text(reviews, "the plot was awful", -1, target=1)["saliency"]
    assert for_bad[3] == 1.0
    assert for_good[3] < 0


def test_a_sample_of_the_data_is_read_without_what_fills_it_up(reviews):
    row = int(reviews.data.test[0])
    told = judged_text(reviews, "", row)
    words = reviews.data.field("words").classes
    assert told["tokens"] == [words[n] for n in reviews.data.columns["words"][row].tolist() if n]
    assert len(told["saliency"]) == len(told["tokens"]) == 6


def test_the_next_character_is_told_with_how_likely_each_was(letters):
    told = judged_text(letters, "abcabc", -1)
    module = letters.module
    with torch.no_grad():
        scores = module(torch.tensor([[0, 1, 2, 0, 1, 2]]))[0].softmax(-1)
    assert told["tokens"] == list("abcabc")
    assert told["probabilities"][1:] == pytest.approx(
        [float(scores[n, "abcabc".index("abcabc"[n + 1])]) for n in range(5)]
    )
    assert {one["name"]: one["probability"] for one in told["next"]} == pytest.approx(
        {"abcdefgh"[n]: float(scores[5, n]) for n in range(8)}
    )
    assert told["next"][0]["probability"] == max(one["probability"] for one in told["next"])


def test_strange_letters_and_texts_without_a_word_get_a_sentence(letters, reviews):
    with pytest.raises(RefusalError, match="has no z"):
        judged_text(letters, "abz", -1)
    assert judged_text(reviews, "  ", -1)["tokens"]  # a sample
    reply = reply_to(encode(JudgeText(1, str(letters.run), text="xyz")))
    assert isinstance(reply, Refused)


def test_the_engine_answers_it(reviews: Trained, tmp_path: Path):
    reply = reply_to(encode(JudgeText(1, str(reviews.run), text="a lovely film")))
    assert isinstance(reply, Answer)
    assert reply.result["predicted"][0]["name"] == "good"
