"""Actions have the probabilities that the model gives them, texts are always valid, and no answer depends on its batch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from simpact.actions import ACTION_TYPES, WITH_TEXT
from simpact.errors import UserError
from simpact.generation.actions import action_log_probabilities, sampled_actions
from simpact.generation.answers import GenerationSettings, answer
from simpact.generation.automaton import BYTE_TRANSITIONS, State, text_of, token_transitions
from simpact.generation.batches import batches
from simpact.generation.held_out import answers
from simpact.generation.openings import deciding_tokens, text_opening
from simpact.generation.sampling import draw, uniforms
from simpact.generation.texts import sample_texts
from simpact.generation.tries import trie
from simpact.generation.vocabulary import token_bytes
from tiny import asked, base

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
# The first characters merge with the quote before them, the last with the quote after them.
TEXTS = ["Hockey tonight!", "@you #now", "naïve 🏒 text.", '"Quoted" \\ slashed', "two\nlines", "", "日本語のテキスト", "—dash"]


def answer_json(action: str, text: str) -> str:
    body = {"action": action, "text": text} if action in WITH_TEXT else {"action": action}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


CORPUS = [answer_json(action, text) for action in ACTION_TYPES for text in TEXTS]


@pytest.fixture(scope="module")
def tokenizer() -> Qwen2Tokenizer:
    """Qwen2's own pre-tokeniser, with merges learnt from answers: `"}`, `":"`, `":"@` and the like become tokens."""
    plain = Qwen2Tokenizer().backend_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, special_tokens=SPECIAL
    )
    plain.train_from_iterator(CORPUS * 3, trainer)
    learnt = json.loads(plain.to_str())["model"]
    made = Qwen2Tokenizer(vocab=learnt["vocab"], merges=[tuple(pair) for pair in learnt["merges"]])
    made.add_special_tokens({"additional_special_tokens": SPECIAL})
    return made


@pytest.fixture(scope="module")
def model(tokenizer: Qwen2Tokenizer) -> Iterator[Qwen2ForCausalLM]:
    """Random weights, large enough that probabilities are far from equal; eight rows more than the vocabulary, as Qwen2 has."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer) + 8,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.2,
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Qwen2ForCausalLM(config).eval()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def prompts(tokenizer: Qwen2Tokenizer) -> list[list[int]]:
    return [
        tokenizer.encode(f"<|im_start|>user\n{'Go on. ' * (number % 7)}{text}<|im_end|>\n<|im_start|>assistant\n")
        for number, text in enumerate(TEXTS * 2)
    ]


def thirteen_forwards(
    model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, prompts: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Each answer after each prompt by itself, all its tokens counted."""
    scores = np.zeros((len(prompts), len(ACTION_TYPES)))
    for row, prompt in enumerate(prompts):
        for column, tokens in enumerate(deciding_tokens(tokenizer)):
            with torch.no_grad():
                logits = model(input_ids=torch.tensor([[*prompt, *tokens]])).logits[0].double().log_softmax(-1)
            scores[row, column] = sum(float(logits[len(prompt) + place - 1, token]) for place, token in enumerate(tokens))
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def text_one_by_one(
    model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, prompt: list[int], action: str, place: int, steps: int
) -> str:
    """The whole prompt again for every token, and a search for the tokens that may come."""
    content = token_bytes(tokenizer)
    tokens, so_far, state = [*prompt, *text_opening(tokenizer, action)], b"", int(State.OPENING_1)
    for uniform in np.random.default_rng(np.random.SeedSequence([7, place])).random(steps):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([tokens])).logits[0, -1].double().numpy() / 0.8
        allowed = [number for number, piece in content.items() if walk(piece, state) != State.REFUSED]
        weights = np.zeros(len(logits))
        weights[allowed] = np.exp(logits[allowed] - logits[allowed].max())
        weights /= weights.sum()
        falling = np.sort(weights)[::-1]
        weights[weights < falling[np.searchsorted(falling.cumsum(), 0.9)]] = 0
        drawn = int(np.searchsorted(weights.cumsum() / weights.sum(), 1 - uniform))
        tokens, so_far = [*tokens, drawn], so_far + content[drawn]
        state = walk(content[drawn], state)
        if state in (State.CLOSED, State.ENDED):
            break
    return text_of(so_far)


def walk(content: bytes, state: int = State.OPENING_1) -> int:
    for byte in content:
        state = BYTE_TRANSITIONS[state, byte]
    return state


def test_the_cuts_are_where_the_tokens_of_whole_answers_have_them(tokenizer: Qwen2Tokenizer) -> None:
    content = token_bytes(tokenizer)
    merged = set()
    for action, deciding in zip(ACTION_TYPES, deciding_tokens(tokenizer), strict=True):
        for text in TEXTS:
            whole = tokenizer.encode(f"<|im_start|>assistant\n{answer_json(action, text)}<|im_end|>")
            whole = whole[len(tokenizer.encode("<|im_start|>assistant\n")) :]
            assert whole[: len(deciding)] == deciding
            if action in WITH_TEXT:
                opening = text_opening(tokenizer, action)
                assert whole[: len(opening)] == opening
                rest = b"".join(content[token] for token in whole[len(opening) : -1])
                assert text_of(rest) == text
                merged.add(content[whole[len(opening)]])
        assert b"".join(content[token] for token in deciding).rstrip(b'},"') == f'{{"action":"{action}'.encode()
    assert len(merged) > 2, "no token holds both the opening quote and the text, so the test proves little"
    assert len({tuple(tokens) for tokens in deciding_tokens(tokenizer)}) == 13


def test_a_tree_holds_what_sequences_share_once() -> None:
    tree = trie([[1, 2, 3, 9], [1, 2, 4, 5, 9], [1, 2, 4, 9], [1, 2, 8]])
    assert tree.stem == [1, 2]
    assert tree.tokens == [2, 3, 4, 5]
    assert tree.depths.tolist() == [0, 1, 1, 2]
    assert tree.ancestors.astype(int).tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 1, 1]]
    assert tree.paths == [[(0, 3), (1, 9)], [(0, 4), (2, 5), (3, 9)], [(0, 4), (2, 9)], [(0, 8)]]
    with pytest.raises(ValueError, match="no first token in common"):
        trie([[1, 2], [3, 4]])


def test_one_forward_gives_what_thirteen_give(
    model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, prompts: list[list[int]]
) -> None:
    found = action_log_probabilities(model, tokenizer, prompts, batch_tokens=500)
    assert found.dtype == np.float64
    assert np.exp(found).sum(axis=1) == pytest.approx(1)
    assert found == pytest.approx(thirteen_forwards(model, tokenizer, prompts), abs=1e-4)
    assert np.ptp(found, axis=1).min() > 1, "all actions are equally likely, so the test proves little"


def test_the_attention_may_be_any_that_takes_a_mask(
    model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, prompts: list[list[int]]
) -> None:
    sdpa = action_log_probabilities(model, tokenizer, prompts, batch_tokens=500)
    model.set_attn_implementation("eager")
    try:
        assert action_log_probabilities(model, tokenizer, prompts, batch_tokens=500) == pytest.approx(sdpa, abs=1e-4)
    finally:
        model.set_attn_implementation("sdpa")


def test_an_adapter_counts_and_its_dropout_does_not(
    model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, prompts: list[list[int]]
) -> None:
    base = action_log_probabilities(model, tokenizer, prompts, batch_tokens=500)
    torch.manual_seed(1)
    settings = LoraConfig(r=4, lora_dropout=0.5, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    adapted = get_peft_model(model, settings)
    try:
        adapted.train()
        found = action_log_probabilities(adapted, tokenizer, prompts, batch_tokens=500)
        texts = sample_texts(adapted, tokenizer, prompts[:3], ["post"] * 3, 20, 0.8, 0.9, seed=7, batch_tokens=500)
        assert adapted.training
        adapted.eval()
        assert found == pytest.approx(thirteen_forwards(adapted, tokenizer, prompts), abs=1e-4)
        assert texts == [text_one_by_one(adapted, tokenizer, prompts[place], "post", place, 20) for place in range(3)]
    finally:
        adapted.unload()
        model.requires_grad_(True)
    assert np.abs(found - base).max() > 0.01
    assert action_log_probabilities(model, tokenizer, prompts, batch_tokens=500) == pytest.approx(base)


def test_the_batch_changes_no_answer(model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, prompts: list[list[int]]) -> None:
    settings = GenerationSettings(max_new_tokens=24, temperature=1.0, top_p=0.95, batch_tokens=1)
    alone = answer(model, tokenizer, prompts, [True] * len(prompts), settings, seed=3)
    for batch_tokens in (300, 100_000):
        found = answer(model, tokenizer, prompts, [True] * len(prompts), settings._replace(batch_tokens=batch_tokens), seed=3)
        assert found.log_probabilities == pytest.approx(alone.log_probabilities, abs=1e-4)
        assert (found.actions, found.texts) == (alone.actions, alone.texts)
    assert answer(model, tokenizer, prompts[:5], [True] * 5, settings, seed=3).texts == alone.texts[:5]
    assert answer(model, tokenizer, prompts, [True] * len(prompts), settings, seed=4).texts != alone.texts
    assert {bool(text) for text, action in zip(alone.texts, alone.actions, strict=True) if action not in WITH_TEXT} == {False}


def test_a_batch_is_of_like_lengths_within_its_tokens() -> None:
    assert [batch.tolist() for batch in batches([3, 9, 2, 4, 3], 9)] == [[1], [3, 0], [4, 2]]
    assert list(batches([], 9)) == []


def test_the_cache_changes_no_text(model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, prompts: list[list[int]]) -> None:
    actions = [(*WITH_TEXT, "like")[place % 5] for place in range(len(prompts))]
    found = sample_texts(model, tokenizer, prompts, actions, 16, 0.8, 0.9, seed=7, batch_tokens=400)
    for place, (prompt, action) in enumerate(zip(prompts, actions, strict=True)):
        expected = text_one_by_one(model, tokenizer, prompt, action, place, 16) if action in WITH_TEXT else ""
        assert found[place] == expected
    assert len({len(text) for text in found}) > 5


def test_every_text_is_unicode_and_free_of_special_tokens(
    model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, prompts: list[list[int]]
) -> None:
    many = prompts * 25
    texts = sample_texts(model, tokenizer, many, ["post"] * len(many), 30, 1.5, 1.0, seed=0, batch_tokens=10_000)
    assert len(set(texts)) > len(many) / 2
    for text in texts:
        assert json.loads(json.dumps(text)) == text.encode().decode()
        assert "\ufffd" not in text
        assert not any(token in text for token in SPECIAL)
    assert any(ord(letter) > 0x7F for text in texts for letter in text)


def test_tokens_that_may_come_are_those_whose_bytes_keep_the_string_valid(tokenizer: Qwen2Tokenizer) -> None:
    content = token_bytes(tokenizer)
    table = token_transitions(content, len(tokenizer) + 8)
    for state in State:
        assert [walk(content[number], state) for number in content] == [table[state, number] for number in content]
    others = sorted(set(range(len(tokenizer) + 8)) - set(content))
    assert len(others) == len(SPECIAL) + 8
    assert not table[:, others].any()
    assert not table[[State.REFUSED, State.ENDED]].any()
    way_on = set(State) - {State.REFUSED, State.ENDED}
    assert all(table[state].any() for state in way_on)


def is_json_string(content: bytes) -> bool:
    """What Python's own decoders accept, but for halves of surrogate pairs."""
    try:
        text = json.loads(b'"' + content + b'"')
        text.encode()
    except ValueError:
        return False
    return isinstance(text, str)


PIECES = st.sampled_from(
    [*(r"\ud83d", r"\uDE00", r"\u00e9", r"\uD7ff", r"\u12", r"\n", r"\x", "\\", '"', '\\"', "}", "\n", "\x7f", "a", "é", "🏒")]
).map(str.encode)


@given(st.lists(PIECES | st.binary(max_size=4), max_size=5).map(b"".join))
def test_strings_are_valid_where_json_says_so(content: bytes) -> None:
    assert (walk(content, State.PLAIN) == State.PLAIN) == is_json_string(content)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans(), st.integers(0, 40))
def test_escapes_come_back_as_what_they_stand_for_and_a_cut_is_between_characters(text: str, ascii_: bool, end: int) -> None:
    content = json.dumps({"text": text}, ensure_ascii=ascii_, separators=(",", ":")).encode()[len('{"text') :]
    assert text_of(content) == text
    assert walk(content) == State.ENDED
    cut = text_of(content[:end])
    assert text.startswith(cut)
    assert len(content[:end]) - len(json.dumps(cut, ensure_ascii=ascii_).encode()) - 2 <= 11  # bytes of an escaped pair


def test_a_text_is_cut_before_a_character_that_is_not_whole() -> None:
    assert text_of(b'":"caf\xc3') == "caf"
    assert text_of(b'":"a\\ud83d\\ud') == "a"
    assert text_of(b'":"a\\') == "a"
    assert text_of(b'":') == ""
    assert text_of(b'":""}') == ""


def test_a_draw_is_an_inversion_within_the_nucleus() -> None:
    logits = torch.tensor([0.2, 0.1, 0.4, 0.0, 0.3]).log().repeat(6, 1)
    uniform = torch.tensor([0.0, 0.25, 0.3, 0.65, 0.95, 1 - 2**-53], dtype=torch.float64)
    # Reversed, as the first to reach 1 - u: thresholds at 0.2, 0.3, 0.7, 0.7, 1.
    assert draw(logits, 1.0, 1.0, uniform).tolist() == [4, 4, 2, 2, 0, 0]
    # 0.4 + 0.3 reach 0.6, so the nucleus is tokens 2 and 4.
    assert draw(logits, 1.0, 0.6, uniform).tolist() == [4, 4, 4, 2, 2, 2]
    assert draw(logits[1:], 0.01, 1.0, uniform[1:]).tolist() == [2] * 5


@pytest.mark.parametrize("spread", [0.1, 5.0], ids=["nearly flat", "peaked"])
def test_the_nucleus_is_the_same_however_many_tokens_it_holds(spread: float) -> None:
    logits = torch.from_numpy(np.random.default_rng(0).normal(scale=spread, size=(1, 3000))).float()
    weights = np.exp(logits[0].double().numpy())
    weights /= weights.sum()
    falling = np.sort(weights)[::-1]
    size = int(np.searchsorted(falling.cumsum(), 0.9)) + 1
    assert (size > 1000) == (spread < 1)
    uniform = torch.linspace(0, 0.9999, 2000, dtype=torch.float64)
    drawn = draw(logits.expand(2000, -1), 1.0, 0.9, uniform)
    nucleus = np.where(weights < falling[size - 1], 0, weights)
    assert drawn.tolist() == np.searchsorted(nucleus.cumsum(), (1 - uniform.numpy()) * nucleus.sum()).tolist()


def test_draws_of_a_prompt_are_its_own() -> None:
    assert uniforms(5, [3, 0], 4)[0].tolist() == uniforms(5, [1, 2, 3], 9)[2, :4].tolist()


def test_actions_are_drawn_with_their_probabilities() -> None:
    probabilities = np.array([0.5, 0, 0, 0, 0, 0.3, 0, 0, 0, 0.2, 0, 0, 0])
    with np.errstate(divide="ignore"):
        log_probabilities = np.log(np.tile(probabilities, (20_000, 1)))
    drawn = sampled_actions(log_probabilities, seed=1)
    assert drawn[:100] == sampled_actions(log_probabilities[:100], seed=1)
    assert drawn != sampled_actions(log_probabilities, seed=2)
    shares = np.array([drawn.count(action) for action in ACTION_TYPES]) / len(drawn)
    assert shares == pytest.approx(probabilities, abs=0.015)  # four standard errors
    assert shares[probabilities == 0].sum() == 0


def test_a_bet_is_written_for_with_the_draws_of_its_prompt(tmp_path: Path) -> None:
    """So that an answer that was drawn and one that was bet on differ by the action alone."""
    bets = [*ACTION_TYPES, *WITH_TEXT, None] * 3
    held_out = pa.table(
        {
            "model": ["base"] * len(bets),
            "folder": pa.nulls(len(bets), pa.string()),
            "thread_id": range(len(bets)),
            "prompt": [asked(f"user_0: {TEXTS[place % len(TEXTS)]}") for place in range(len(bets))],
            "target": [answer_json("like", "")] * len(bets),
            "writes_text": [True] * len(bets),
            "bet": bets,
        }
    )
    settings = GenerationSettings(max_new_tokens=12, temperature=1.0, top_p=1.0, batch_tokens=2000)
    found = answers(base(), tmp_path, held_out, settings, max_tokens=256, seed=3)
    rows = found.to_pylist()
    assert [row["bet"] for row in rows] == bets
    assert {row["bet"] in WITH_TEXT for row in rows if row["text_of_bet"] is not None} == {True}
    assert {row["text_of_bet"] is None for row in rows if row["bet"] in WITH_TEXT} == {False}
    # Whoever bets on what is drawn has all of its texts: nothing but the action makes the difference.
    drawn = held_out.set_column(held_out.schema.get_field_index("bet"), "bet", found["action_type"])
    texts = answers(base(), tmp_path, drawn, settings, 256, 3)["text_of_bet"].to_pylist()
    assert texts == found["text"].to_pylist() and any(texts)
    replies = held_out.set_column(held_out.schema.get_field_index("bet"), "bet", pa.array(["reply"] * len(bets)))
    written = answers(base(), tmp_path, replies, settings, 256, 3)
    for row, reply in zip(rows, written["text_of_bet"].to_pylist(), strict=True):
        assert row["bet"] != "reply" or row["text_of_bet"] == reply
    assert answers(base(), tmp_path, held_out, settings, 256, 3).equals(found)
    assert written.drop(["bet", "text_of_bet"]).equals(found.drop(["bet", "text_of_bet"]))


def test_a_tokenizer_that_is_not_byte_level_is_one_clear_sentence(model: Qwen2ForCausalLM) -> None:
    words = Tokenizer(models.WordLevel({"two words": 0, "[UNK]": 1}, unk_token="[UNK]"))
    words.decoder = decoders.WordPiece()
    with pytest.raises(UserError, match="its tokenizer is no byte-level BPE"):
        action_log_probabilities(model, PreTrainedTokenizerFast(tokenizer_object=words), [[1]], batch_tokens=10)
