"""From chats to tokens: a prompt, and the answer that is to be learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from simpact.errors import UserError

Chat: TypeAlias = Sequence[Mapping[str, str]]  # messages with a role and a content


class Example(NamedTuple):
    """Tokens of a chat. The first `n_prompt` are the prompt, with the words that open the assistant's turn."""

    ids: list[int]
    n_prompt: int

    @property
    def prompt(self) -> list[int]:
        """What a model is given."""
        return self.ids[: self.n_prompt]


def tokenise(tokenizer: Any, prompts: Sequence[Chat], answers: Sequence[str], max_tokens: int) -> list[Example]:
    """Tokens of chats in the base model's own template, each answer closed by the token that ends a turn.

    Prompt and answer are tokenised apart: the border between them is then the same in training as when a model answers. An
    example of more than `max_tokens` loses the beginning of its prompt, and the end of its answer where that alone is longer.
    Raises UserError when the template does not set an answer behind its prompt.
    """
    openings = [tokenizer.apply_chat_template(list(prompt), tokenize=False, add_generation_prompt=True) for prompt in prompts]
    closings = []
    for prompt, opening, answer in zip(prompts, openings, answers, strict=True):
        whole = tokenizer.apply_chat_template([*prompt, {"role": "assistant", "content": answer}], tokenize=False)
        closing = whole.removeprefix(opening).rstrip("\n")
        if not whole.startswith(opening) or not closing:
            raise UserError("The chat template of the base model does not set an answer behind its prompt.")
        closings.append(closing)
    if not openings:
        return []
    heads = tokenizer(openings, add_special_tokens=False)["input_ids"]
    tails = tokenizer(closings, add_special_tokens=False)["input_ids"]
    return [_within(head, tail, max_tokens) for head, tail in zip(heads, tails, strict=True)]


def _within(head: list[int], tail: list[int], max_tokens: int) -> Example:
    tail = tail[: max_tokens - 1]  # one token of the prompt at least: it predicts the first of the answer
    kept = head[-(max_tokens - len(tail)) :]
    return Example(kept + tail, len(kept))
