"""Attention at pictures and at other sentences, against PyTorch by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from runtime.engine import reply_to
from runtime.insight.attending import attends, attention, reads_sentence
from runtime.insight.trained import Trained, open_trained
from runtime.protocol import Answer, encode
from runtime.questions.insight import Attention, ListLayers
from tests.runtime.insight.attending_runs import caption_run, translating_run
from tests.runtime.insight.shared import fresh_run


@pytest.fixture(scope="module")
def captions(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return open_trained(caption_run(tmp_path_factory.mktemp("captions")))


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return open_trained(translating_run(tmp_path_factory.mktemp("numbers")))


@torch.no_grad()
def test_each_word_of_a_caption_looks_at_the_places_that_the_layer_says(captions, tmp_path):
    row = int(captions.data.test[0])
    told = attention(captions, "", row, 0, tmp_path)
    module = captions.module
    image = captions.inputs(torch.tensor([row]))[captions.binding.forward.index("image")]
    vocabulary = captions.data.field("written").classes
    fed = [vocabulary.index("<start>"), *(vocabulary.index(word) for word in told["query_words"][:-1])]
    hidden = module.gru(module.embed(torch.tensor([fed])))[0][0]  # T × 64
    maps = module.pool1(module.relu1(module.bn1(module.conv1(image))))
    maps = module.pool2(module.relu2(module.bn2(module.conv2(maps))))
    layer = module.glance.layer.attend
    places = maps[0].flatten(1).T  # 36 × 32
    expected = torch.stack(
        [
            layer.score(torch.tanh(layer.features(places) + layer.state(state))).flatten().softmax(0)
            for state in hidden
        ]
    )
    assert told["layers"] == [{"path": "glance.layer.attend", "heads": 1}]
    assert told["key_grid"] == [6, 6, 0]
    assert told["query_grid"] is None
    torch.testing.assert_close(torch.tensor(told["weights"][0]), expected, atol=1e-3, rtol=0)
    assert len(told["query_words"]) == len(told["weights"][0])
    with Image.open(told["picture"]["path"]) as picture:
        assert picture.size == tuple(told["picture"]["tile"])


@torch.no_grad()
def test_words_that_are_written_and_words_that_are_read_are_told_apart(numbers, tmp_path):
    told = attention(numbers, "four thousand three hundred and five", -1, 0, tmp_path)
    assert told["key_words"] == ["four", "thousand", "three", "hundred", "and", "five"]
    assert told["query_words"]
    assert not set(told["query_words"]) & set(told["key_words"])
    assert not told["is_self"]
    assert len(told["weights"]) == 2
    assert [len(told["weights"][0]), len(told["weights"][0][0])] == [len(told["query_words"]), 6]
    module, known = numbers.module, numbers.data.field("source").classes
    given = torch.tensor([[known.index(word) for word in told["key_words"]]])
    vocabulary = numbers.data.field("written").classes
    fed = [vocabulary.index("<start>"), *(vocabulary.index(word) for word in told["query_words"][:-1])]
    memory = module.encoder(module.embed_source(given))[0]
    states = module.decoder(module.embed_written(torch.tensor([fed])))[0]
    _, expected = module.look(states, memory, memory, average_attn_weights=False)
    torch.testing.assert_close(torch.tensor(told["weights"]), expected[0], atol=1e-3, rtol=0)
    assert reads_sentence(numbers)


def test_places_of_a_picture_look_at_each_other_and_a_class_token_stands_in_front(tmp_path):
    trained = open_trained(fresh_run(tmp_path, "vit_digits"))
    told = attention(trained, "", 3, 2, tmp_path)
    assert attends(trained)
    assert len(told["layers"]) == 3
    assert told["layer"] == 2
    assert told["query_grid"] == told["key_grid"] == [4, 4, 1]
    assert told["is_self"]
    assert [len(told["weights"]), len(told["weights"][0]), len(told["weights"][0][0])] == [4, 17, 17]
    assert told["query_words"] == []


def test_the_engine_says_who_attends(captions):
    about = reply_to(encode(ListLayers(1, str(captions.run))))
    assert isinstance(about, Answer)
    assert (about.result["attends"], about.result["reads_sentence"]) == (True, False)
    reply = reply_to(encode(Attention(1, str(captions.run), str(Path(captions.run) / "pictures"), row=0)))
    assert isinstance(reply, Answer)
    assert reply.result["key_grid"] == [6, 6, 0]
