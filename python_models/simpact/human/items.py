"""Which pairs of a real and a generated text people are shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simpact.errors import UserError

MESSAGE = pa.struct([("speaker", pa.string()), ("gap", pa.string()), ("text", pa.string())])
ITEMS = pa.schema(
    [
        ("thread_id", pa.int64()),
        ("model", pa.string()),
        ("persona_id", pa.int32()),
        ("context", pa.list_(MESSAGE)),  # the oldest message first
        ("real_text", pa.string()),
        ("generated_text", pa.string()),
    ]
)
CHOSEN = ITEMS.append(pa.field("is_check", pa.bool_()))

PAIRS_PER_CHECK = 19  # so that one item in twenty is an attention check
FEWEST_CHECKS = 2  # of a single one, one slip would be all
CHECK_WORDS = 5  # at least: fewer, shuffled, may still read well
BROKEN = "[These words were scrambled on purpose: choose the other text.]"
LENGTH_SHARE, LENGTH_WORDS = 0.25, 2  # lengths are near within a quarter of the longer text, or within two words

Mask = NDArray[np.bool_]
Scan = Callable[[Sequence[str]], Sequence[bool]]


class LeftOut(NamedTuple):
    """Rows of the models asked for that cannot be shown, by the first reason that holds, and the pairs that are missing."""

    empty: int  # one of the two texts has no words
    personal_data: int  # the scan found something in a text or in the context
    same_text: int  # nothing to tell apart
    length: int  # the word counts are not near: length alone would tell
    pairs_missing: int  # asked for, but a model had no more to give


class Chosen(NamedTuple):
    """Rows of CHOSEN, the pairs first, then the attention checks (no model; the broken text is the generated one)."""

    items: pa.Table
    left_out: LeftOut


def choose_items(items: pa.Table, n: int, models: Sequence[str], seed: int, scan: Scan) -> Chosen:
    """Up to `n` pairs of ITEMS, as many of each model (but for one), evenly over personas; and one check per 19 pairs on top.

    A pair is shown when its word counts differ by a quarter of the longer text or by two words at most. A thread and a real
    text are shown once, and never in the context of another item, which would give the answer away. `scan` says of each text
    whether it holds personal data; such rows are left out.
    Raises UserError when there is no pair of a model, or too few other threads for the checks.
    """
    rng = np.random.default_rng(seed)
    by_name = [(name, "ascending") for name in ("model", "persona_id", "thread_id", "generated_text")]
    rows = items.select(ITEMS.names).filter(pc.field("model").isin(list(models))).sort_by(by_name)
    rows = rows.take(rng.permutation(rows.num_rows))

    real, generated = rows["real_text"], rows["generated_text"]
    n_real, n_generated = word_counts(real), word_counts(generated)
    reasons = {
        "empty": (n_real == 0) | (n_generated == 0),
        "personal_data": _holding_personal_data(rows, scan),
        "same_text": _mask(pc.equal(_words(real), _words(generated))),
        "length": np.abs(n_real - n_generated) > np.maximum(LENGTH_WORDS, LENGTH_SHARE * np.maximum(n_real, n_generated)),
    }
    is_fit, counts = np.ones(rows.num_rows, dtype=bool), {}
    for reason, holds in reasons.items():
        counts[reason] = int((is_fit & holds).sum())
        is_fit &= ~holds
    may_be_check = ~(reasons["empty"] | reasons["personal_data"]) & (n_real >= CHECK_WORDS)

    shown = _Shown(rows)
    checks = _picked_checks(rows, is_fit, may_be_check, max(FEWEST_CHECKS, ceil(n / PAIRS_PER_CHECK)), shown)
    pairs = _picked_pairs(rows, is_fit, n, models, shown)
    left_out = LeftOut(**counts, pairs_missing=n - len(pairs))
    if len(pairs) < len(models):
        raise UserError(
            f"There is not one pair for each of the models {', '.join(models)}: of {rows.num_rows:,} rows, "
            f"{left_out.empty:,} have an empty text, {left_out.personal_data:,} personal data, {left_out.same_text:,} the same "
            f"text twice and {left_out.length:,} texts of unlike length. Give more threads, or leave a model out."
        )
    return Chosen(pa.concat_tables([_with_check(rows.take(pairs), None), _with_check(rows.take(checks), rng)]), left_out)


def word_counts(texts: pa.ChunkedArray) -> NDArray[np.int64]:
    """How many words each text has; 0 for none."""
    words = _words(texts)
    counted = pc.if_else(pc.equal(words, ""), 0, pc.add(pc.count_substring(words, " "), 1))
    return np.asarray(counted.to_numpy(), dtype=np.int64)


def _words(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The texts with one space between words and none around; "" for none."""
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(pc.fill_null(texts, ""), r"[\s\pZ]+", " "))


def _mask(values: pa.ChunkedArray) -> Mask:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)


def _context_texts(rows: pa.Table) -> pa.ListArray:
    """The texts of each context, each with one space between words."""
    context = rows["context"].combine_chunks()
    ends = np.cumsum(pc.fill_null(pc.list_value_length(context), 0).to_numpy())
    texts = _words(pc.struct_field(pc.list_flatten(context), "text"))
    return pa.ListArray.from_arrays(np.concatenate([[0], ends]).astype(np.int32), texts)


def _holding_personal_data(rows: pa.Table, scan: Scan) -> Mask:
    """Which rows have a text with something in it, the context included; equal texts are scanned once."""
    context = _context_texts(rows)
    own = np.arange(rows.num_rows)
    row_of_text = np.concatenate([own, own, np.repeat(own, np.diff(context.offsets.to_numpy()))])
    own_texts = [_words(rows[name]).combine_chunks() for name in ("real_text", "generated_text")]
    texts = pa.concat_arrays([*own_texts, context.values]).dictionary_encode()
    is_found = np.asarray(scan(texts.dictionary.to_pylist()), dtype=bool)
    found = np.zeros(rows.num_rows, dtype=bool)
    found[row_of_text[is_found[texts.indices.to_numpy()]]] = True
    return found


class _Shown:
    """What has been picked: no thread and no real text twice, and no real text in the context of another item."""

    def __init__(self, rows: pa.Table) -> None:
        self.threads = rows["thread_id"].to_pylist()
        self.real = _words(rows["real_text"]).to_pylist()
        self.context = _context_texts(rows)
        self.used: set[Any] = set()
        self.answers: set[str] = set()
        self.contexts: set[str] = set()

    def take(self, row: int) -> bool:
        """Show the row, unless something of it is shown already."""
        context = set(self.context[row].as_py())
        if (
            self.threads[row] in self.used
            or self.real[row] in self.answers | self.contexts
            or not self.answers.isdisjoint(context)
        ):
            return False
        self.used.add(self.threads[row])
        self.answers.add(self.real[row])
        self.contexts |= context
        return True


def _picked_checks(rows: pa.Table, is_fit: Mask, may_be_check: Mask, n: int, shown: _Shown) -> list[int]:
    """Rows for checks, first of threads that no pair could be made of."""
    threads = rows["thread_id"].to_numpy()
    has_pair = np.isin(threads, threads[is_fit])
    in_order = np.flatnonzero(may_be_check)[np.argsort(has_pair[may_be_check], kind="stable")]
    picked: list[int] = []
    for row in in_order.tolist():
        if len(picked) == n:
            break
        if shown.take(row):
            picked.append(row)
    if len(picked) < n:
        raise UserError(
            f"{n} attention checks need as many threads with a real text of {CHECK_WORDS} words or more; "
            f"there are {len(picked)}. Give more threads."
        )
    return picked


def _picked_pairs(rows: pa.Table, is_fit: Mask, n: int, models: Sequence[str], shown: _Shown) -> list[int]:
    """Rows for pairs: the models in turn, each with the persona it has shown least; ends when the model in turn has no more."""
    members: dict[str, dict[int, list[int]]] = {model: defaultdict(list) for model in models}
    model_of, persona_of = rows["model"].to_pylist(), rows["persona_id"].to_pylist()
    for row in np.flatnonzero(is_fit)[::-1].tolist():  # taken from the end
        members[model_of[row]][persona_of[row]].append(row)
    n_shown: Counter[tuple[str, int]] = Counter()
    n_of_persona: Counter[int] = Counter()
    picked: list[int] = []
    while len(picked) < n:
        model = models[len(picked) % len(models)]
        left = [persona for persona in members[model] if members[model][persona]]
        if not left:
            break
        _, _, persona = min((n_shown[model, persona], n_of_persona[persona], persona) for persona in left)
        row = members[model][persona].pop()
        if shown.take(row):
            n_shown[model, persona] += 1
            n_of_persona[persona] += 1
            picked.append(row)
    return picked


def _with_check(rows: pa.Table, rng: np.random.Generator | None) -> pa.Table:
    """The rows as CHOSEN; with a generator as checks, whose other text is the real one's words, scrambled, with BROKEN."""
    is_check = pa.array([rng is not None] * rows.num_rows, pa.bool_())
    if rng is not None:
        broken = []
        for text in rows["real_text"].to_pylist():
            words = rng.permutation(text.split()).tolist()
            broken.append(" ".join([*words[: len(words) // 2], BROKEN, *words[len(words) // 2 :]]))
        rows = rows.set_column(ITEMS.names.index("generated_text"), "generated_text", pa.array(broken, pa.string()))
        rows = rows.set_column(ITEMS.names.index("model"), "model", pa.nulls(rows.num_rows, pa.string()))
    return rows.append_column("is_check", is_check).cast(CHOSEN)
