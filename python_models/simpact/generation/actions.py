"""The probability of every action, from one forward pass per batch of prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES
from simpact.generation.batches import batches_with_progress, left_padded
from simpact.generation.openings import deciding_tokens
from simpact.generation.tries import Trie, trie
from simpact.training.hidden import inference

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def action_log_probabilities(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[Sequence[int]], batch_tokens: int
) -> NDArray[np.float64]:
    """Natural logarithms of the probability of each of ACTION_TYPES, (prompts, 13); the probabilities of a row sum to 1.

    An action's score is the sum of the log-probabilities of the tokens that decide it, and the scores are normalised over the
    thirteen. `prompts` are token ids that end where the assistant speaks; a batch has at most `batch_tokens` of them, padding
    included. The model may be one of peft. Raises UserError when the tokenizer is not a byte-level BPE.
    """
    answers = trie(deciding_tokens(tokenizer))
    extra = len(answers.stem) + len(answers.tokens) - 1
    scores = np.empty((len(prompts), len(ACTION_TYPES)))
    with inference(model):
        for batch in batches_with_progress([len(prompt) + extra for prompt in prompts], batch_tokens, "Scoring actions"):
            scores[batch] = _scores(model, [prompts[place] for place in batch], answers)
    return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)


def sampled_actions(log_probabilities: NDArray[np.float64], seed: int) -> list[str]:
    """One action per row of `log_probabilities`, drawn by inversion; a draw depends on the row's number and `seed` only."""
    # A spawn key, since SeedSequence([seed]) is SeedSequence([seed, 0]), which draws the first prompt's text.
    uniforms = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,))).random(len(log_probabilities))
    cumulative = np.exp(log_probabilities).cumsum(axis=1)
    drawn = (cumulative <= uniforms[:, None] * cumulative[:, -1:]).sum(axis=1)
    return [ACTION_TYPES[min(place, len(ACTION_TYPES) - 1)] for place in drawn]


def _scores(model: PreTrainedModel, prompts: Sequence[Sequence[int]], answers: Trie) -> NDArray[np.float64]:
    """Sums of log-probabilities after the stem, (prompts, sequences). What all sequences share would cancel out.

    Each row is a prompt, the stem, and the nodes of the tree; a node sees what is before the tree and its own ancestors.
    """
    tokens, real = left_padded([[*prompt, *answers.stem, *answers.tokens[1:]] for prompt in prompts], model.device)
    rows, width = tokens.shape
    nodes = len(answers.tokens)
    sees = real[:, None, :] & torch.ones(width, width, dtype=torch.bool, device=model.device).tril()
    sees[:, -nodes:, -nodes:] = torch.from_numpy(answers.ancestors).to(model.device)
    sees |= torch.eye(width, dtype=torch.bool, device=model.device)  # padding sees itself: a softmax over nothing is NaN
    positions = real.cumsum(1) - 1
    positions[:, -nodes:] = positions[:, -nodes, None] + torch.from_numpy(answers.depths).to(model.device)
    mask = torch.zeros(rows, 1, width, width, dtype=model.dtype, device=model.device)
    mask.masked_fill_(~sees[:, None], torch.finfo(model.dtype).min)
    logits = model(
        input_ids=tokens, attention_mask=mask, position_ids=positions.clamp(min=0), use_cache=False, logits_to_keep=nodes
    ).logits
    log_probabilities = logits.float().log_softmax(-1)
    return np.stack(
        [sum(log_probabilities[:, node, token].double() for node, token in path).cpu().numpy() for path in answers.paths],
        axis=1,
    )
