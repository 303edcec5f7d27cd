"""Sample the text of an answer, so that the answer is valid JSON whatever the model thinks of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from simpact.actions import WITH_TEXT
from simpact.generation.automaton import State, text_of, token_transitions
from simpact.generation.batches import batches_with_progress, left_padded
from simpact.generation.openings import text_opening
from simpact.generation.sampling import draw, uniforms
from simpact.generation.vocabulary import token_bytes
from simpact.training.hidden import inference

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def sample_texts(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    actions: Sequence[str],
    max_new_tokens: int,
    temperature: float,
    top_p: float,
    seed: int,
    batch_tokens: int,
) -> list[str]:
    """One text per prompt, given its action; the empty text where the action has none.

    `prompts` are token ids that end where the assistant speaks. A text that has not ended after `max_new_tokens` ends there;
    the first of these hold the text's opening quote. `temperature` and `top_p` apply to the tokens that are allowed.
    A prompt's draws depend on `seed` and its place only. A batch has at most `batch_tokens` tokens, padding and new ones
    included. Raises UserError when the tokenizer is not a byte-level BPE.
    """
    content = token_bytes(tokenizer)
    table = torch.from_numpy(token_transitions(content, model.config.vocab_size)).to(model.device)
    openings = {action: text_opening(tokenizer, action) for action in WITH_TEXT}
    places = [place for place, action in enumerate(actions) if action in WITH_TEXT]
    rows = [[*prompts[place], *openings[actions[place]]] for place in places]
    texts = [""] * len(prompts)
    with inference(model):
        for batch in batches_with_progress([len(row) + max_new_tokens for row in rows], batch_tokens, "Writing texts"):
            chance = uniforms(seed, [places[row] for row in batch], max_new_tokens)
            found = _continuations(model, [rows[row] for row in batch], table, temperature, top_p, chance)
            for row, tokens in zip(batch, found, strict=True):
                texts[places[row]] = text_of(b"".join(content[token] for token in tokens))
    return texts


def _continuations(
    model: PreTrainedModel,
    rows: Sequence[Sequence[int]],
    table: torch.Tensor,
    temperature: float,
    top_p: float,
    chance: NDArray[np.float64],
) -> list[list[int]]:
    """The tokens sampled after each row. A row that has ended leaves the batch, and its keys and values the cache."""
    from transformers import DynamicCache

    steps = chance.shape[1]
    tokens, real = left_padded(rows, model.device)
    width = tokens.shape[1]
    positions = (real.cumsum(1) - 1).clamp(min=0)
    seen = torch.cat([real, torch.ones(len(rows), steps, dtype=torch.bool, device=model.device)], dim=1)
    uniform = torch.from_numpy(chance).to(model.device)
    state = torch.full((len(rows),), State.OPENING_1, device=model.device)
    going = np.arange(len(rows))
    cache = DynamicCache(config=model.config)
    found: list[list[int]] = [[] for _ in rows]
    for step in range(steps):
        logits = model(
            input_ids=tokens, attention_mask=seen[:, : width + step], position_ids=positions, cache=cache, logits_to_keep=1
        ).logits[:, -1]
        transitions = table[state]
        logits = logits.float().masked_fill(transitions == State.REFUSED, -torch.inf)
        drawn = draw(logits, temperature, top_p, uniform[:, step])
        state = transitions.gather(1, drawn[:, None]).squeeze(1).long()
        for row, token in zip(going, drawn.tolist(), strict=True):
            found[row].append(token)
        keep = ((state != State.CLOSED) & (state != State.ENDED)).nonzero().squeeze(1)
        if len(keep) == 0:
            break
        tokens, positions = drawn[keep, None], positions[keep, -1:] + 1
        if len(keep) < len(state):
            cache.batch_select_indices(keep)
            going, state, seen, uniform = going[keep.cpu().numpy()], state[keep], seen[keep], uniform[keep]
    return found
