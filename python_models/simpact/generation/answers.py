"""Answer prompts: score the actions, draw one, write its text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simpact.actions import WITH_TEXT
from simpact.generation.actions import action_log_probabilities, sampled_actions
from simpact.generation.texts import sample_texts

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class GenerationSettings(NamedTuple):
    """How texts are sampled, and how much at a time."""

    max_new_tokens: int
    temperature: float
    top_p: float
    batch_tokens: int  # of one batch, padding included


class Answers(NamedTuple):
    """What a model answers, one entry per prompt."""

    log_probabilities: NDArray[np.float64]  # (prompts, 13), in the order of ACTION_TYPES
    actions: list[str]
    texts: list[str | None]  # none where the action has none, or none is wanted


def answer(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    writes: Sequence[bool],
    settings: GenerationSettings,
    seed: int,
) -> Answers:
    """An action for each prompt, drawn from its probabilities, and a text given that action, where the prompt `writes`.

    Raises UserError when the tokenizer is not a byte-level BPE.
    """
    log_probabilities = action_log_probabilities(model, tokenizer, prompts, settings.batch_tokens)
    actions = sampled_actions(log_probabilities, seed)
    written = [action if wanted else None for action, wanted in zip(actions, writes, strict=True)]
    return Answers(log_probabilities, actions, texts_of(model, tokenizer, prompts, written, settings, seed))


def texts_of(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    actions: Sequence[str | None],
    settings: GenerationSettings,
    seed: int,
) -> list[str | None]:
    """A text for each prompt given its action; none where there is no action, or it has no text.

    A text is drawn with the random numbers of its prompt's place, so no prompt may be left out of the list. Raises UserError
    when the tokenizer is not a byte-level BPE.
    """
    written = [action if action in WITH_TEXT else "" for action in actions]
    texts = sample_texts(
        model,
        tokenizer,
        prompts,
        written,
        settings.max_new_tokens,
        settings.temperature,
        settings.top_p,
        seed,
        settings.batch_tokens,
    )
    return [text if action else None for text, action in zip(texts, written, strict=True)]
