"""What models answer to held-out prompts, and how well they knew the answer that was given."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simpact.generation.answers import GenerationSettings, answer, texts_of
from simpact.training.audit import answer_losses
from simpact.training.base import Base
from simpact.training.chat import tokenise

ANSWERS = pa.schema(
    [
        ("model", pa.string()),
        ("thread_id", pa.int64()),
        ("probabilities", pa.list_(pa.float64())),  # in the order of ACTION_TYPES
        ("action_type", pa.string()),  # drawn from them
        ("text", pa.string()),
        ("bet", pa.string()),  # another's action
        ("text_of_bet", pa.string()),
        ("answer_nats", pa.float64()),  # negative log-likelihood of the answer that was given, its end included
        ("n_answer_tokens", pa.int32()),
    ]
)


def answers(base: Base, home: Path, asked: pa.Table, settings: GenerationSettings, max_tokens: int, seed: int) -> pa.Table:
    """Rows of ANSWERS for prompts: model, folder (null for the base itself), thread_id, prompt, target, writes_text
    and bet (null for none), an action that another model bets on. It is written for as well, where the model writes.

    Every model draws with the same random numbers, place by place, so that their difference is not chance alone; where the bet
    is what was drawn, it has the same text.
    """
    tables = []
    for model in asked["model"].unique().to_pylist():
        rows = asked.filter(pc.equal(asked["model"], model))
        folder = rows["folder"][0].as_py()
        with base.threads(), with_adapter(base.model, home / folder if folder else None):
            tables.append(_answers_of(base, rows, settings, max_tokens, seed))
    return pa.concat_tables(tables) if tables else ANSWERS.empty_table()


def _answers_of(base: Base, rows: pa.Table, settings: GenerationSettings, max_tokens: int, seed: int) -> pa.Table:
    examples = tokenise(base.tokenizer, rows["prompt"].to_pylist(), rows["target"].to_pylist(), max_tokens)
    prompts = [example.prompt for example in examples]
    found = answer(base.model, base.tokenizer, prompts, rows["writes_text"].to_pylist(), settings, seed)
    bets = rows["bet"].to_pylist()
    unlike = [bet if bet != drawn else None for bet, drawn in zip(bets, found.actions, strict=True)]
    others = texts_of(base.model, base.tokenizer, prompts, unlike, settings, seed)
    both = zip(bets, found.actions, found.texts, others, strict=True)
    return pa.table(
        {
            "model": rows["model"],
            "thread_id": rows["thread_id"],
            "probabilities": pa.array(list(np.exp(found.log_probabilities)), pa.list_(pa.float64())),
            "action_type": found.actions,
            "text": found.texts,
            "bet": rows["bet"],
            "text_of_bet": [text if bet == drawn else other for bet, drawn, text, other in both],
            "answer_nats": answer_losses(base.model, [examples], max_tokens)[0],
            "n_answer_tokens": pa.array([len(example.ids) - example.n_prompt for example in examples], pa.int32()),
        },
        schema=ANSWERS,
    )


@contextmanager
def with_adapter(model: Any, folder: Path | None) -> Iterator[None]:
    """The model with an adapter in its layers; afterwards it is as it was."""
    if folder is None:
        yield
        return
    from peft import PeftModel

    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # peft asks transformers by an older name
        adapted = PeftModel.from_pretrained(model, str(folder))
    try:
        yield
    finally:
        adapted.unload()
