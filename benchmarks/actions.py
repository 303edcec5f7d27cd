"""Which action, on an archive of your own: SIMPACT_HOME names a warehouse with `action_features`.

Threads with a context, in time order: seven tenths train, the next validates, the last two are asked about. `test` are those of
them whose context no earlier part shows, `overlapping` the others. Beside the model stand baselines, and the model without some
of what it knows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from simpact.actions import ACTION_TYPES
from simpact.prediction.boosting import ActionModel, BoostingSettings, Cases
from simpact.prediction.features import Features, features_of
from simpact.prediction.scores import MIN_SUPPORT, action_measures

SEEDS = (1, 2, 3, 4, 5)
QUERY = """
    select features.*, 'persona ' || threads.persona_id as persona, threads.answered_post_id
    from private.action_features as features
    inner join private.int_prediction__threads as threads using (thread_id)
    where features.has_context
    order by features.acted_us, features.thread_id
"""
NO_FEATURES = ["thread_id", "actor_did", "action_type", "acted_us", "answered_post_id", "has_context"]
WITHOUT: dict[str, Callable[[str], bool]] = {
    "what passed between the two": lambda name: name.startswith(
        ("author_from", "author_to", "author_last", "author_seconds_since_a")
    ),
    "the author's life": lambda name: name.startswith(("author_posts", "author_seconds_since_post", "author_received")),
    "what became of the post": lambda name: name.startswith("context_"),
    "what the actor did lately": lambda name: name.startswith(("last_", "seconds_since", "session", "ever")),
    "likeness": lambda name: name == "likeness",
    "persona": lambda name: name.startswith("persona"),
    "automation": lambda name: name == "automation_so_far",
    "the post's age and its author's last post": lambda name: name in ("age_seconds", "author_seconds_since_post"),
}

SHOWN = (
    "select part, action_type, count(*) as threads, count(distinct person) as people from truths group by all order by all",
    """
    pivot (
        select part, model, metric, format('{:.3f} ({:.3f} to {:.3f})', value, ci_low, ci_high) as figure
        from measures
        where other is null and metric in ('macro_f1_with_context', 'accuracy', 'log_loss', 'f1_like', 'f1_repost', 'f1_follow')
    )
    on metric using any_value(figure) order by part, model
    """,
    """
    select part, model, other, round(value, 3) as difference, round(ci_low, 3) as ci_low, round(ci_high, 3) as ci_high
    from measures
    where metric = 'macro_f1_with_context' and other is not null and model = 'boosted, seed 1'
    order by all
    """,
)


def main() -> None:
    path = Path(os.environ.get("SIMPACT_HOME", ".")) / "simpact_private.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        table = connection.sql(QUERY).to_arrow_table()
    people = np.unique(np.array(table["actor_did"].to_pylist()), return_inverse=True)[1]
    actions = np.array([ACTION_TYPES.index(action) for action in table["action_type"].to_pylist()])
    cases = Cases(features_of(table.drop_columns(NO_FEATURES)), actions, people)
    posts, place = table["answered_post_id"].to_numpy(), np.arange(len(cases)) / len(cases)
    training, validation, asked = place < 0.7, (place >= 0.7) & (place < 0.8), place >= 0.8
    seen = np.isin(posts, posts[~asked])
    truths = pa.table(
        {
            "split": pa.repeat("last_fifth", int(asked.sum())),
            "part": np.where(seen[asked], "overlapping", "test"),
            "thread_id": table["thread_id"].filter(pa.array(asked)),
            "person": people[asked],
            "action_type": table["action_type"].filter(pa.array(asked)),
            "has_context": pa.repeat(True, int(asked.sum())),
            "is_automated": pa.repeat(False, int(asked.sum())),
        }
    )

    def said(model: str, codes: np.ndarray, probabilities: np.ndarray | None = None) -> pa.Table:
        given = [None] * len(codes) if probabilities is None else list(probabilities)
        return pa.table(
            {
                "model": pa.repeat(model, len(codes)),
                "split": pa.repeat("last_fifth", len(codes)),
                "thread_id": truths["thread_id"],
                "action_type": pa.array(ACTION_TYPES).take(pa.array(codes)),
                "probabilities": pa.array(given, pa.list_(pa.float64())),
            }
        )

    def fitted(known: Cases, seed: int) -> tuple[np.ndarray, np.ndarray]:
        model = ActionModel.fit(known.at(training), known.at(validation), BoostingSettings(seed))
        probabilities = model.probabilities(known.features.at(asked))
        return model.decide(probabilities), probabilities

    def answers() -> Iterator[pa.Table]:
        majority = np.bincount(actions[training]).argmax()
        yield said("majority", np.full(int(asked.sum()), majority))
        yield said("rule", np.full(int(asked.sum()), ACTION_TYPES.index("follow")))
        yield said("last_action", _last_actions(actions, people, majority)[asked])
        for seed in SEEDS:
            yield said(f"boosted, seed {seed}", *fitted(cases, seed))
        for name, leaves_out in WITHOUT.items():
            yield said(f"without {name}", *fitted(_without(cases, leaves_out), SEEDS[0]))

    _show(truths, action_measures(truths, pa.concat_tables(answers()), seed=SEEDS[0], k=10))


def _show(truths: pa.Table, measures: pa.Table) -> None:
    with duckdb.connect() as connection:
        connection.register("truths", truths).register("measures", measures)
        print(f"Actions with {MIN_SUPPORT} cases count.")
        for query in SHOWN:
            print(connection.sql(query).to_df().to_string(index=False), end="\n\n")


def _without(cases: Cases, leaves_out: Callable[[str], bool]) -> Cases:
    kept = [place for place, name in enumerate(cases.features.names) if not leaves_out(name)]
    values, names, categorical = cases.features
    return Cases(
        Features(values[:, kept], [names[place] for place in kept], [categorical[place] for place in kept]),
        cases.actions,
        cases.people,
    )


def _last_actions(actions: np.ndarray, people: np.ndarray, first: int) -> np.ndarray:
    """What each person did the time before; `first` where there is none."""
    order = np.argsort(people, kind="stable")
    found = np.empty(len(actions), dtype=np.intp)
    before = np.roll(actions[order], 1)
    is_first = np.diff(people[order], prepend=-1) != 0
    found[order] = np.where(is_first, first, before)
    return found


if __name__ == "__main__":
    main()
