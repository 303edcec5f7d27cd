"""From the tables of an evaluation to arrays: one place per prompt in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES

Bools = NDArray[np.bool_]
Codes = NDArray[np.integer[Any]]

REAL_HALF = "real_half"  # the model that is half of the real people, scored against the other half: the ceiling
NONE = -1  # the code of what a prompt does not have


@dataclass(frozen=True)
class Prompts:
    """The prompts, in order of thread id, and what really followed. Codes count from 0; NONE where there is nothing."""

    thread_ids: Codes
    people: Codes
    personas: Codes
    persona_ids: Codes  # by code of the persona
    persona_of_person: Codes
    actions: Codes  # places in ACTION_TYPES
    texts: NDArray[np.object_]  # None without text
    with_context: Bools
    unseen: Bools
    buckets: Codes

    def __len__(self) -> int:
        return len(self.thread_ids)


@dataclass(frozen=True)
class Behaviour:
    """What a model did at each of the prompts that it was asked, to be compared with what was really done `against` them."""

    name: str
    asked: Bools
    against: Bools
    actions: Codes
    texts: NDArray[np.object_]
    probabilities: NDArray[np.float64] | None  # (prompts, actions)

    @property
    def is_real(self) -> bool:
        return self.name == REAL_HALF

    def at(self, asked: Bools) -> Behaviour:
        """The same, at those prompts only."""
        return replace(self, asked=asked)


def prompts_of(truths: pa.Table) -> Prompts:
    """Raises ValueError when a thread comes twice, an action is none of ACTION_TYPES, or a person has two personas."""
    ordered = truths.sort_by("thread_id")
    thread_ids = ordered["thread_id"].to_numpy()
    if len(np.unique(thread_ids)) < len(thread_ids):
        raise ValueError("A thread comes twice in the truths.")
    person_numbers, people = np.unique(ordered["person"].to_numpy(), return_inverse=True)
    persona_ids, personas = np.unique(ordered["persona_id"].to_numpy(), return_inverse=True)
    persona_of_person = np.zeros(len(person_numbers), dtype=np.intp)
    persona_of_person[people] = personas
    if (persona_of_person[people] != personas).any():
        raise ValueError("A person of the truths has two personas.")
    buckets = ordered["time_bucket"].combine_chunks()
    return Prompts(
        thread_ids,
        people,
        personas,
        persona_ids,
        persona_of_person,
        _action_codes(ordered["action_type"]),
        _texts(ordered["text"]),
        ordered["has_context"].to_numpy(),
        ordered["unseen"].to_numpy(),
        _codes(buckets, pc.unique(buckets).drop_null().sort()),
    )


def behaviours_of(predictions: pa.Table, prompts: Prompts) -> Iterator[Behaviour]:
    """One per model, by name. Raises ValueError for a prediction that is not one: see the messages."""
    everyone = np.ones(len(prompts), dtype=bool)
    for name in sorted(predictions["model"].unique().to_pylist()):
        if name == REAL_HALF:
            raise ValueError(f"A model cannot be called {REAL_HALF}: that is what real people reach.")
        rows = predictions.filter(pc.equal(predictions["model"], name))
        thread_ids = rows["thread_id"].to_numpy()
        places = np.minimum(np.searchsorted(prompts.thread_ids, thread_ids), len(prompts) - 1)
        if (prompts.thread_ids[places] != thread_ids).any():
            raise ValueError(f"Model {name} predicts a thread that is not among the truths.")
        if len(np.unique(places)) < len(places):
            raise ValueError(f"Model {name} predicts a thread twice.")
        asked = np.zeros(len(prompts), dtype=bool)
        asked[places] = True
        actions = np.full(len(prompts), NONE)
        actions[places] = _action_codes(rows["action_type"])
        texts = np.full(len(prompts), None, dtype=object)
        texts[places] = _texts(rows["text"])
        yield Behaviour(name, asked, everyone, actions, texts, _probabilities(rows["probabilities"], places, prompts, name))


def real_half_of(prompts: Prompts, half: Bools) -> Behaviour:
    """What the people in `half`, by person, did, as if it were generated, to be compared with what the others did."""
    asked = half[prompts.people]
    return Behaviour(REAL_HALF, asked, ~asked, prompts.actions, prompts.texts, None)


def halves(persona_of_person: Codes, seed: int) -> Bools:
    """Whether each person is in the first half of the people of their persona, drawn at random."""
    shuffled = np.random.default_rng([seed, 1]).permutation(len(persona_of_person))
    order = shuffled[np.argsort(persona_of_person[shuffled], kind="stable")]
    ordered = persona_of_person[order]
    found = np.zeros(len(order), dtype=bool)
    found[order] = (np.arange(len(order)) - np.searchsorted(ordered, ordered)) % 2 == 0
    return found


def _probabilities(column: pa.ChunkedArray, places: Codes, prompts: Prompts, name: str) -> NDArray[np.float64] | None:
    lists = column.combine_chunks()
    if lists.null_count == len(lists):
        return None
    if lists.null_count or not pc.all(pc.equal(pc.list_value_length(lists), len(ACTION_TYPES))).as_py():
        raise ValueError(f"Model {name} must give {len(ACTION_TYPES)} probabilities for all of its prompts, or for none.")
    given = np.asarray(lists.flatten().to_numpy(zero_copy_only=False), dtype=np.float64).reshape(len(places), len(ACTION_TYPES))
    if not ((given >= 0).all() and np.allclose(given.sum(axis=1), 1, atol=1e-3)):
        raise ValueError(f"Model {name} gives probabilities that are negative or do not add up to 1.")
    found = np.full((len(prompts), len(ACTION_TYPES)), np.nan)
    found[places] = given / given.sum(axis=1, keepdims=True)
    return found


def _action_codes(column: pa.ChunkedArray) -> Codes:
    codes = _codes(column.combine_chunks(), pa.array(ACTION_TYPES))
    if (codes == NONE).any():
        raise ValueError(f"An action is none of {', '.join(ACTION_TYPES)}.")
    return codes


def _codes(column: pa.Array, values: pa.Array) -> Codes:
    return np.asarray(pc.fill_null(pc.index_in(column, values), NONE).to_numpy(zero_copy_only=False), dtype=np.intp)


def _texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """None also for a text of white space alone."""
    found = np.array([text if text and text.strip() else None for text in column.to_pylist()], dtype=object)
    return found
