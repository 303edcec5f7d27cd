"""Do adapters go on with answers that they learnt, word for word?"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import torch

from simpact.generation.batches import batches, left_padded
from simpact.generation.held_out import with_adapter
from simpact.memorisation.regurgitation import REGURGITATION, RUN, regurgitation
from simpact.training.base import Base
from simpact.training.chat import Example, tokenise
from simpact.training.hidden import inference
from simpact.training.planted import PLANTED, opened

GIVEN = 20  # tokens of an answer that the attacker knows: the words of JSON and some of the person's
DIGITS = 12  # tokens in which the six digits of a canary must come
MOST_ANSWERS = 200  # tried per adapter
BATCH_TOKENS = 8192


def regurgitations(base: Base, home: Path, jobs: pa.Table, trained: pa.Table, max_tokens: int) -> pa.Table:
    """Rows of REGURGITATION, one per adapter of `trained` (adapter, folder, epoch); `jobs` are rows of JOBS, canaries included.

    A model is given the prompt and the beginning of an answer that it learnt, and goes on as is likeliest (Carlini et al. 2021
    call this extraction with a known prefix): of long answers the first GIVEN tokens, of canaries all but the digits. It may
    not stop before it could have repeated them.
    """
    tables = [REGURGITATION.empty_table()]
    for adapter in trained.to_pylist():
        learnt = jobs.filter(pc.equal(jobs["adapter"], adapter["adapter"]))
        members = learnt.filter(pc.and_(learnt["is_learnt"], pc.equal(learnt["role"], "member")))
        examples = tokenise(base.tokenizer, members["prompt"].to_pylist(), members["target"].to_pylist(), max_tokens)
        answers = [example.ids[example.n_prompt :] for example in examples]
        tried = [example for example in examples if len(example.ids) - example.n_prompt >= GIVEN + RUN][:MOST_ANSWERS]
        canaries = learnt.filter(pc.equal(learnt["role"], PLANTED))
        openings = [opened(target) for target in canaries["target"].to_pylist()]
        heads = tokenise(base.tokenizer, canaries["prompt"].to_pylist(), [head for head, _ in openings], max_tokens)
        with base.threads(), with_adapter(base.model, home / adapter["folder"]):
            generations = _continued(base, [example.ids[: example.n_prompt + GIVEN] for example in tried], RUN)
            # The blank before the digits may belong to their first token, and a turn is not over: both go.
            digits = _continued(base, [_without_end(base, example) for example in heads], DIGITS)
        written = [base.tokenizer.decode(tokens).lstrip() for tokens in digits]
        secrets = [(secret, text) for (_, secret), text in zip(openings, written, strict=True)]
        tables.append(regurgitation(adapter["adapter"], adapter["epoch"], generations, answers, GIVEN, secrets))
    return pa.concat_tables(tables)


def _without_end(base: Base, example: Example) -> list[int]:
    text = base.tokenizer.decode(example.ids[example.n_prompt : -1]).rstrip()
    return [*example.prompt, *base.tokenizer(text, add_special_tokens=False)["input_ids"]]


def _continued(base: Base, prompts: list[list[int]], n: int) -> list[list[int]]:
    found: list[list[int]] = [[]] * len(prompts)
    with inference(base.model):
        for batch in batches([len(prompt) + n for prompt in prompts], BATCH_TOKENS):
            ids, mask = left_padded([prompts[place] for place in batch], base.model.device)
            written = base.model.generate(
                input_ids=ids,
                attention_mask=mask.to(torch.long),
                do_sample=False,
                min_new_tokens=n,
                max_new_tokens=n,
                pad_token_id=base.tokenizer.pad_token_id,
            )
            for place, row in zip(batch, written[:, ids.shape[1] :].tolist(), strict=True):
                found[place] = row
    return found
