"""A model of the build's own making, so that the whole path from release to scores runs where no hub is reachable.

It has Qwen2's architecture and a fifty-thousandth of its weights, and knows nothing but the sentences of the sample's
generator. Whatever it scores shows that the path runs, and nothing about people: tables and reports call it a smoke model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from simpact.actions import ACTION_TYPES
from simpact.progress import progress
from simpact.sample.texts import english_posts
from simpact.whole import whole

SMOKE = "smoke"
SHAPE = {
    "vocab_size": 1024,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": True,
}
N_POSTS, ROW_TOKENS, ROWS, EPOCHS, LEARNING_RATE = 5000, 128, 16, 2, 4e-3
END_OF_TEXT, TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

# ChatML, as Qwen's own template lays it out, but for the system prompt, which would be half of all tokens: so small a model
# makes nothing of it.
CHAT_TEMPLATE = (
    "{% for message in messages if message.role != 'system' %}"
    "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def make_smoke_model(home: Path, seed: int) -> Path:
    """The folder of the smoke model, made when it is not there: some seconds on two cores."""
    made_of = Path(__file__).read_bytes() + (Path(__file__).parents[1] / "sample" / "vocabulary.toml").read_bytes()
    folder = home / "base_models" / f"{SMOKE}-{seed}-{hashlib.sha256(made_of).hexdigest()[:8]}"
    if folder.exists():
        return folder
    posts = english_posts(N_POSTS, seed)
    tokenizer = _tokenizer(posts)
    with whole(folder) as beside, one_thread():
        tokenizer.save_pretrained(beside)
        _pretrained(tokenizer, posts, seed).save_pretrained(beside)
    return folder


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch with one thread: so small a model gains nothing by two, which on a busy machine wait for each other (0.5 s for
    0.08 s a step)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _tokenizer(texts: Sequence[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SHAPE["vocab_size"],
        special_tokens=[END_OF_TEXT, TURN, END_OF_TURN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    answers = [f'{{"action":"{action}","text":""}}' for action in ACTION_TYPES]
    words_of_chats = [
        *answers,
        "system",
        "assistant",
        "user",
        "user_0: ",
        "user_1, minutes later: ",
        "user_2, hours later: ",
    ] * 100
    tokenizer.train_from_iterator([*texts, *words_of_chats], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END_OF_TURN, pad_token=END_OF_TEXT)
    fast.chat_template = CHAT_TEMPLATE
    return fast


def _pretrained(tokenizer: Any, posts: Sequence[str], seed: int) -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    ends = {name: tokenizer.convert_tokens_to_ids(END_OF_TURN) for name in ("bos_token_id", "eos_token_id")}
    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(Qwen2Config(**SHAPE, **ends))  # type: ignore[arg-type]
    stream = [token for ids in tokenizer(list(posts))["input_ids"] for token in [*ids, tokenizer.pad_token_id]]
    n_rows = len(stream) // ROW_TOKENS
    rows = torch.tensor(stream[: n_rows * ROW_TOKENS]).view(n_rows, ROW_TOKENS)
    steps = EPOCHS * (n_rows // ROWS)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    orders = np.random.default_rng(seed)
    with progress(steps, "Making the smoke model", "step") as bar:
        for _ in range(EPOCHS):
            for batch in torch.from_numpy(orders.permutation(n_rows)[: n_rows // ROWS * ROWS]).view(-1, ROWS):
                loss = model(input_ids=rows[batch], labels=rows[batch]).loss
                loss.backward()
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                bar.set_postfix(loss=f"{loss.item():.2f}", refresh=False)
                bar.update()
    return model
