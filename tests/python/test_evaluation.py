"""Scores of generated behaviour, by hand and by scikit-learn: the paper's, corrected ones, intervals, and what is not told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial.distance import jensenshannon
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score, log_loss, roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from simpact.actions import ACTION_TYPES, WITH_TEXT
from simpact.evaluation import actions, detectability, fidelity, lexical, paper, texts
from simpact.evaluation.bootstrap import interval, person_weights, totals
from simpact.evaluation.divergence import js_divergence
from simpact.evaluation.suite import COMPARISONS, SCORES, TELLS, score
from simpact.evaluation.tables import halves

ONCE = np.ones((1, 1))
WORDS = np.array(
    [
        "the",
        "a",
        "we",
        "you",
        "vote",
        "budget",
        "housing",
        "winter",
        "hockey",
        "tax",
        "snow",
        "leader",
        "maple",
        "river",
        "train",
    ]
)
# Shares of the actions, in their order.
COMMON = np.array([0.3, 0.16, 0.05, 0.01, 0.01, 0.22, 0.01, 0.08, 0.01, 0.12, 0.01, 0.01, 0.01])


def once(n: int) -> NDArray[np.float64]:
    """The weights of a sample of n, not resampled."""
    return np.ones((1, n))


def embed(given: Sequence[str]) -> NDArray[np.float32]:
    """Sums of a fixed vector per word: texts of the same words are close."""
    vectors = {word: np.random.default_rng(sum(map(ord, word))).normal(size=24) for text in given for word in text.split()}
    return np.array([sum((vectors[word] for word in text.split()), np.full(24, 0.1)) for text in given], dtype=np.float32)


def sentence(rng: np.random.Generator, persona: int, ending: str = "") -> str:
    """Words of which each persona has its favourites."""
    favour = np.roll(1 / np.arange(1, len(WORDS) + 1), 4 * persona)
    return " ".join(rng.choice(WORDS, int(rng.integers(4, 12)), p=favour / favour.sum())) + ending


def world(n: int = 400, people: int = 100, personas: int = 4, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    person = np.sort(rng.integers(0, people, n))
    persona = person % personas
    mixes = np.array([np.roll(COMMON, 5 * (persona % 2)) for persona in range(personas)])
    drawn = np.array([rng.choice(13, p=mixes[which]) for which in persona])
    names = np.array(ACTION_TYPES)[drawn]
    return pa.table(
        {
            "thread_id": pa.array(1000 + 7 * np.arange(n)),
            "persona_id": pa.array(persona + 3, pa.int32()),
            "has_context": names != "post",
            "action_type": names,
            "text": [sentence(rng, which) if name in WITH_TEXT else None for name, which in zip(names, persona, strict=True)],
            "person": pa.array(person * 11),
            "time_bucket": pa.array([["2025-03-01", "2025-03-08", None][place % 3] for place in range(n)]),
            "unseen": rng.random(n) < 0.3,
        }
    )


def predictions(model: str, truths: pa.Table, **columns: Any) -> pa.Table:
    """What really followed, but for the columns given."""
    n = len(truths)
    given = {
        "model": [model] * n,
        "thread_id": truths["thread_id"],
        "probabilities": pa.nulls(n, pa.list_(pa.float64())),
        "action_type": truths["action_type"],
        "text": truths["text"],
    }
    return pa.table(given | columns)


def sure_of(names: Sequence[str]) -> pa.Array:
    return pa.array(np.eye(13)[[ACTION_TYPES.index(name) for name in names]].tolist(), pa.list_(pa.float64()))


def training(given: Sequence[str]) -> pa.Table:
    vectors = paper.unit(embed(given)).astype(np.float32) if given else np.zeros((0, 24))
    return pa.table({"text": pa.array(given, pa.string()), "embedding": pa.array(vectors.tolist(), pa.list_(pa.float32()))})


TRUTHS = world()
RNG = np.random.default_rng(5)
SHUFFLED = RNG.permutation(TRUTHS["action_type"].to_numpy(zero_copy_only=False))
MODELS = pa.concat_tables(
    [
        predictions("perfect", TRUTHS, probabilities=sure_of(TRUTHS["action_type"].to_pylist())),
        predictions(
            "odd",
            TRUTHS,
            action_type=SHUFFLED,
            text=[sentence(RNG, 1, " ! indeed yes") if name in WITH_TEXT else None for name in SHUFFLED],
        ),
        predictions("always_post", TRUTHS, action_type=["post"] * len(TRUTHS), text=pa.nulls(len(TRUTHS), pa.string())),
        predictions("half_asked", TRUTHS).slice(0, 200),
    ]
)
SEEN = training([sentence(RNG, 0) for _ in range(50)])


class Counting:
    def __init__(self) -> None:
        self.calls: list[Sequence[str]] = []

    def __call__(self, given: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(given)
        return embed(given)


EMBED = Counting()


@pytest.fixture(scope="module")
def report() -> tuple[pa.Table, pa.Table, pa.Table]:
    return score(TRUTHS, MODELS, SEEN, EMBED, seed=1, resamples=200, text_resamples=50, references=("always_post", "real_half"))


@pytest.fixture(scope="module")
def population(report: tuple[pa.Table, ...]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["model"], row["metric"]): row for row in report[0].to_pylist() if row["level"] == "population"}


# The paper's figures


def test_labels_collapse_as_in_the_papers_code() -> None:
    found = {name: paper.LABELS[label] for name, label in zip(ACTION_TYPES, paper.COLLAPSED, strict=True)}
    assert found == dict.fromkeys(ACTION_TYPES, "post") | {"like": "like", "repost": "repost", "follow": "follow"}


def test_the_two_line_rule_scores_on_the_papers_tasks_what_is_known_of_it() -> None:
    """704 post or other, 210 follow, 86 like; 675 have no context, and the rule says post there and follow elsewhere."""
    table = np.zeros((1, 6, 6))
    post, like, follow = (paper.LABELS.index(name) for name in ("post", "like", "follow"))
    table[0, post, post], table[0, post, follow], table[0, follow, follow], table[0, like, follow] = 675, 29, 210, 86
    assert paper.f1(table)[0] == pytest.approx(0.885, abs=1e-9)
    assert paper.macro_f1(table)[0] == pytest.approx((1350 / 1379 + 420 / 535 + 0) / 3, abs=1e-9)
    assert round(paper.macro_f1(table)[0], 3) == 0.588


def test_macro_f1_paper_counts_a_label_that_is_only_predicted() -> None:
    gold, predicted = np.array([0, 0, 2, 4]), np.array([0, 5, 2, 2])
    table = actions.confusion(once(4), np.arange(4), gold, predicted, 6)
    # post 2/3, like 2/3, follow 0, ignore 0.
    assert paper.macro_f1(table)[0] == pytest.approx(1 / 3, abs=1e-9)
    assert paper.macro_f1(table)[0] == pytest.approx(f1_score(gold, predicted, average="macro"), abs=1e-9)
    assert paper.f1(table)[0] == 0.5


def test_js_paper_is_that_of_whole_matrices_of_distances() -> None:
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(30, 5)), rng.normal(size=(20, 5)) + 1
    found = js_divergence(
        *(paper.with_diagonal(paper.pair_histogram(v, once(len(v))), once(len(v))) for v in (generated, real))
    )
    histograms = [
        np.histogram(np.clip(1 - cosine_similarity(vectors), 0, 2).ravel(), bins=np.linspace(0, 2, 50), density=True)[0]
        for vectors in (generated, real)
    ]
    assert found[0] == pytest.approx(jensenshannon(*histograms, base=2) ** 2, abs=1e-9)


def test_js_distances_by_hand() -> None:
    """Distances 0, 1, 1 against 1, 1, 1, without the diagonal: JS of (1/3, 2/3) and (0, 1)."""
    generated, real = np.array([[1, 0, 0], [2, 0, 0], [0, 1, 0]]), np.eye(3)
    found = js_divergence(paper.pair_histogram(generated, once(3)), paper.pair_histogram(real, once(3)))
    middle = -(1 / 6) * np.log2(1 / 6) - (5 / 6) * np.log2(5 / 6)
    assert found[0] == pytest.approx(middle - (np.log2(3) - 2 / 3) / 2, abs=1e-9)


def test_a_text_drawn_twice_makes_no_pair_with_its_copy() -> None:
    histogram = paper.pair_histogram(np.eye(3), np.array([[2.0, 1.0, 0.0]]))
    assert histogram.sum() == 2  # the first text, twice, with the second
    assert histogram[0, 24] == 2  # at the distance 1


def test_cosines_of_the_paper_by_hand() -> None:
    real, generated = np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 0.2]])
    mean = paper.mean_cosine(*(paper.mean_vectors(v, once(2)) for v in (generated, real)))
    assert mean[0] == pytest.approx((2 * 3 + 1.2 * 1) / np.sqrt((2**2 + 1.2**2) * (3**2 + 1)), abs=1e-9)
    largest = paper.max_cosine(generated, real, once(2), once(2))
    assert largest[0] == pytest.approx(1 / np.sqrt(1.04), abs=1e-9)


@pytest.mark.parametrize("n_texts", [3, 60])  # documents of fewer terms than 100, and of more
def test_jaccard_paper_is_that_of_the_papers_vectoriser(n_texts: int) -> None:
    rng = np.random.default_rng(n_texts)
    vocabulary = np.array([f"w{number:03}" for number in range(400)])
    documents = [
        [" ".join(rng.choice(vocabulary[100 * shift : 100 * shift + 200], 12)) for _ in range(n_texts)]
        for shift in (0, 0, 1, 2)
    ]
    joined = [" ".join(document) for document in documents]
    vectorizer = TfidfVectorizer(min_df=2, max_df=0.95).fit(joined)
    weights = vectorizer.transform(joined).toarray()
    top = [set(np.argsort(np.round(row, 12), kind="stable")[-100:]) for row in weights]
    expected = len(top[1] & top[0]) / len(top[1] | top[0])

    numbers = np.arange(4 * n_texts).reshape(4, n_texts)
    corpus = texts.Corpus([text for document in documents for text in document], embed, list(numbers))
    real, generated = (texts.TextSet(corpus, numbers[which], once(n_texts)) for which in (0, 1))
    assert paper.jaccard(generated.top_terms, real.top_terms)[0] == pytest.approx(expected, abs=1e-9)


def test_terms_of_one_document_or_of_nearly_all_are_left_out() -> None:
    counts = np.ones((40, 3), dtype=int)
    counts[1:, 0] = 0  # in one document
    counts[:39, 1] = 2  # in all 40
    counts[:2, 2] = 0  # in 38, which is 95 %
    idf = paper.inverse_document_frequencies(csr_matrix(counts))
    assert np.isnan(idf[:2]).all()
    assert idf[2] == pytest.approx(np.log(41 / 39) + 1, abs=1e-12)


def test_diagonality_by_hand() -> None:
    assert paper.diagonality(np.array([[3.0, 1.0], [1.0, 5.0]])) == 0.8
    assert paper.diagonality(np.full((4, 4), 0.7)) == pytest.approx(0.25)
    assert paper.diagonality(np.zeros((2, 2))) == 0
    assert paper.inverted(np.array([0.0, 1.0])).tolist() == [1, 0.5]


# Actions


def test_figures_of_actions_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    gold, predicted = rng.integers(0, 6, 300), rng.integers(0, 7, 300)
    probabilities = rng.dirichlet(np.ones(13), 300)
    people, weights = np.arange(300), once(300)
    table = actions.confusion(weights, people, gold, predicted, 13)
    assert actions.macro_f1(table, 1)[0] == pytest.approx(
        f1_score(gold, predicted, labels=np.unique(gold), average="macro"), abs=1e-9
    )
    recalls = [np.mean(predicted[gold == action] == action) for action in np.unique(gold)]
    assert actions.balanced_accuracy(table, 1)[0] == pytest.approx(np.mean(recalls), abs=1e-9)
    assert actions.log_loss(weights, people, gold, probabilities)[0] == pytest.approx(
        log_loss(gold, probabilities, labels=np.arange(13)), abs=1e-9
    )


def test_an_action_counts_for_macro_f1_from_its_minimum_support_on() -> None:
    gold, predicted = np.array([0, 0, 0, 5, 5, 9]), np.array([0, 0, 5, 5, 0, 9])
    table = actions.confusion(once(6), np.arange(6), gold, predicted, 13)
    assert actions.macro_f1(table, 1)[0] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert actions.macro_f1(table, 2)[0] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert np.isnan(actions.macro_f1(table, 4)[0])


def test_what_was_said_to_be_impossible_and_happens_costs_a_bounded_loss() -> None:
    found = actions.log_loss(once(2), np.arange(2), np.array([0, 1]), np.eye(13)[[0, 0]])
    assert found[0] == pytest.approx(-np.log(1e-6) / 2)


def test_calibration_error_by_hand() -> None:
    """Two at 0.9 of which one hits, one at 0.5 that hits: (|1 - 1.8| + |1 - 0.5|) / 3."""
    probabilities = np.zeros((3, 13))
    probabilities[:, 0], probabilities[:, 1] = [0.9, 0.9, 0.5], [0.1, 0.1, 0.5]
    found = actions.calibration_error(once(3), np.arange(3), np.array([0, 1, 0]), probabilities)
    assert found[0] == pytest.approx((0.8 + 0.5) / 3)


counts_of_actions = st.lists(st.integers(0, 50), min_size=13, max_size=13).filter(any)


@settings(max_examples=100, deadline=None)
@given(counts_of_actions, counts_of_actions)
def test_the_divergence_is_symmetric_and_that_of_scipy(p: list[int], q: list[int]) -> None:
    ours = js_divergence(np.array(p), np.array(q))
    assert ours == pytest.approx(js_divergence(np.array(q), np.array(p)), abs=1e-12)
    assert ours == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=1e-9)
    assert js_divergence(np.array(p), 3 * np.array(p)) == pytest.approx(0, abs=1e-12)


# Population


def test_figures_of_fidelity_by_hand() -> None:
    real, generated = np.zeros((1, 13)), np.zeros((1, 13))
    real[0, :4], generated[0, :4] = [50, 30, 15, 5], [40, 40, 5, 15]  # quote and post_update are the long tail
    assert fidelity.long_tail(generated, real)[0] == pytest.approx(0.1)
    assert fidelity.tail_share(generated, real)[0] == pytest.approx(0)
    assert fidelity.text_share(generated, real)[0] == pytest.approx(0)
    apart, alike = np.eye(13)[:2, None, :], np.ones((2, 1, 13))
    assert fidelity.spread(alike, apart)[0] == 0
    assert fidelity.spread(apart, apart)[0] == 1


def test_activity_weighs_a_bucket_by_its_real_actions() -> None:
    real, generated = np.zeros((3, 1, 13)), np.zeros((3, 1, 13))
    real[0, 0, 0] = generated[0, 0, 0] = 30  # the same
    real[1, 0, 0], generated[1, 0, 1] = 10, 2  # nothing in common
    real[2, 0, 0] = 99  # where the model was asked nothing
    assert fidelity.activity(generated, real)[0] == pytest.approx(0.25)


# Words


def test_type_token_ratio_is_what_drawing_gives() -> None:
    counts = np.array([np.repeat([60, 7, 1], [4, 20, 30])])
    words = np.repeat(np.arange(54), counts[0])
    rng = np.random.default_rng(0)
    drawn = [len(np.unique(rng.choice(words, 200, replace=False))) / 200 for _ in range(500)]
    assert lexical.type_token_ratio(counts)[0] == pytest.approx(np.mean(drawn), abs=0.002)
    assert lexical.type_token_ratio(np.full((1, 200), 1.0))[0] == pytest.approx(1)
    assert np.isnan(lexical.type_token_ratio(np.full((1, 199), 1.0))[0])


def test_what_texts_carry_is_found() -> None:
    found = lexical.features(["see <URL>", "a #tag, yes?", "snow ❄ 🍁", "no. 1"])
    assert found.tolist() == [[2, 1, 0, 0, 0], [3, 0, 1, 1, 0], [3, 0, 0, 0, 1], [2, 0, 0, 0, 0]]


def test_a_copy_is_one_but_for_case_and_white_space() -> None:
    assert texts.copied(["Vote  today ", "vote today!"], ["vote TODAY"]).tolist() == [True, False]


# Detectability


def test_the_auc_is_that_of_scikit_learn_within_each_fold() -> None:
    rng = np.random.default_rng(1)
    scores, kind, fold = rng.integers(0, 6, 80).astype(float), rng.random(80) < 0.5, np.repeat([0, 3], 40)
    weights = rng.integers(0, 3, (4, 80)).astype(float)
    found = detectability.auc(scores, kind, fold, weights)
    for draw, row in enumerate(weights):
        parts = [
            (
                roc_auc_score(kind[own], scores[own], sample_weight=row[own]),
                row[own][kind[own]].sum() * row[own][~kind[own]].sum(),
            )
            for own in (fold == 0, fold == 3)
        ]
        assert found[draw] == pytest.approx(sum(auc * pairs for auc, pairs in parts) / sum(pairs for _, pairs in parts))


def test_a_classifier_finds_a_difference_and_no_more() -> None:
    rng = np.random.default_rng(2)
    people = np.tile(np.arange(60), 8)
    fold = detectability.folds(60, 1)[people]
    kind = np.arange(480) < 240
    for shift, low, high in ((0, 0.4, 0.6), (1, 0.8, 1)):
        vectors = paper.unit(rng.normal(size=(480, 24)) + shift * kind[:, None]).astype(np.float32)
        scores = detectability.scores_by_embedding(vectors, kind, fold)
        assert low < detectability.auc(scores, kind, fold, once(480))[0] < high


def test_tells_are_words_of_enough_people() -> None:
    rng = np.random.default_rng(4)
    people = np.repeat(np.arange(40), 5)
    real = [sentence(rng, 0, " zorblax" if person < 9 else "") for person in people]
    generated = [sentence(rng, 0, " indeed" + (" quuxify" if person == 7 else "")) for person in people]
    found = detectability.ngrams(real + generated)
    kind, everyone = np.arange(400) >= 200, np.concatenate([people, people])
    told = {tell.ngram for tell in detectability.tells(found, kind, everyone, k=10, seed=1)}
    assert "indeed" in told
    assert not any(rare in tell for tell in told for rare in ("zor", "lax", "uux", "fy"))
    assert "zorblax" in {tell.ngram for tell in detectability.tells(found, kind, everyone, k=9, seed=1)}


# Resampling


def test_totals_are_sums_over_people_as_often_as_they_are_drawn() -> None:
    found = totals(np.array([[1.0, 1.0], [2.0, 0.0]]), np.array([0, 0, 1]), np.array([0, 1, 1]), 3, np.array([1.0, 5.0, 7.0]))
    assert found.tolist() == [[1, 12, 0], [2, 10, 0]]


def test_people_are_drawn_within_their_persona() -> None:
    persona = np.array([0, 1, 0, 1, 1, 2])
    weights = person_weights(persona, 50, seed=3)
    assert (weights[0] == 1).all()
    for which, n in enumerate(np.bincount(persona)):
        assert (weights[:, persona == which].sum(axis=1) == n).all()
    assert len(np.unique(weights, axis=0)) > 20


def test_halves_have_half_of_every_persona() -> None:
    persona = np.repeat([0, 1, 2], [10, 7, 1])
    found = halves(persona, seed=1)
    assert np.bincount(persona, weights=found).tolist() == [5, 4, 1]
    assert not np.array_equal(found, halves(persona, seed=2))


def test_the_interval_covers_the_truth_where_people_differ() -> None:
    """200 samples of 60 people with accuracies of their own, mean 0.6: one that ignored people would cover 70 %."""
    rng, covered, narrow = np.random.default_rng(6), 0, 0
    for sample in range(200):
        sizes = rng.integers(1, 30, 60)
        people = np.repeat(np.arange(60), sizes)
        hits = rng.random(len(people)) < rng.beta(1.5, 1, 60)[people]
        weights = person_weights(np.zeros(60, dtype=int), 300, sample)
        low, high = interval(totals(weights, people, np.zeros_like(people), 1, hits)[:, 0] / weights[:, people].sum(axis=1))
        error = 1.96 * np.sqrt(hits.mean() * (1 - hits.mean()) / len(hits))
        covered += low <= 0.6 <= high
        narrow += abs(hits.mean() - 0.6) <= error
    assert 0.9 < covered / 200 < 0.99
    assert narrow / 200 < 0.8


def test_an_interval_of_a_divergence_holds_the_figure() -> None:
    rng = np.random.default_rng(0)
    people, weights = np.arange(200), person_weights(np.zeros(200, dtype=int), 300, 1)
    mixes = [totals(weights, people, rng.choice(13, 200, p=COMMON), 13) for _ in range(2)]
    draws = js_divergence(*mixes)
    low, high = interval(draws)
    assert draws[0] < np.quantile(draws[1:], 0.1)  # what an interval that is not moved would begin with
    assert 0 <= low <= draws[0] <= high


# The suite


def test_tables_have_their_columns_and_one_row_per_key(report: tuple[pa.Table, ...]) -> None:
    assert [table.schema for table in report] == [SCORES, COMPARISONS, TELLS]
    for table, key in zip(report, (4, 0, 2), strict=True):
        names = ["metric", "model", "other"] if not key else table.column_names[:key]
        assert len(table.select(names).group_by(names).aggregate([])) == len(table) > 0


def test_every_different_text_is_embedded_once(report: tuple[pa.Table, ...]) -> None:
    assert len(EMBED.calls) == 1
    distinct = {text for table in (TRUTHS, MODELS) for text in table["text"].to_pylist() if text} | {""}
    assert sorted(EMBED.calls[0]) == sorted(distinct)


def test_perfect_predictions_have_the_best_figures(population: dict[tuple[str, str], dict[str, Any]]) -> None:
    for metric in (
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "macro_f1_with_context",
        "f1_like",
        "f1_paper",
        "jaccard_paper",
    ):
        assert population["perfect", metric]["value"] == pytest.approx(1), metric
        assert population["perfect", metric]["ci_low"] == pytest.approx(1), metric
    for metric in (
        "log_loss",
        "calibration_error",
        "js_action_mix",
        "js_paper",
        "js_distances",
        "js_lengths",
        "fidelity_activity",
    ):
        assert population["perfect", metric]["value"] == pytest.approx(0, abs=1e-9), metric
    assert population["perfect", "fidelity_spread"]["value"] == 1


def test_shuffled_predictions_are_near_chance(population: dict[tuple[str, str], dict[str, Any]]) -> None:
    shares = np.unique(TRUTHS["action_type"].to_numpy(zero_copy_only=False), return_counts=True)[1] / len(TRUTHS)
    assert population["odd", "accuracy"]["value"] == pytest.approx(np.square(shares).sum(), abs=0.06)
    assert population["odd", "balanced_accuracy"]["value"] < 0.2
    assert population["odd", "js_action_mix"]["value"] == 0  # the mix is right all the same
    assert population["odd", "fidelity_spread"]["value"] < 0.5  # but every persona has the same


def test_a_model_that_equals_reality_is_not_detected_and_one_with_a_tic_is(
    population: dict[tuple[str, str], dict[str, Any]], report: tuple[pa.Table, ...]
) -> None:
    for metric in ("detectability_embedding", "detectability_ngrams"):
        assert population["perfect", metric]["value"] == pytest.approx(0.5, abs=0.05)
        assert population["real_half", metric]["value"] == pytest.approx(0.5, abs=0.15)
        assert population["odd", metric]["value"] > 0.95
    tells = {row["ngram"]: row["weight"] for row in report[2].to_pylist() if row["model"] == "odd"}
    assert tells["indeed"] > 0
    assert any(weight < 0 for weight in tells.values())


def test_real_half_stands_beside_every_figure_of_texts_and_mixes(population: dict[tuple[str, str], dict[str, Any]]) -> None:
    of_texts = {metric for model, metric in population if model == "odd"} - {
        metric for model, metric in population if model == "always_post"
    }
    mixes = {metric for _, metric in population if metric.startswith("fidelity_")} | {"js_action_mix"}
    assert len(mixes) == 6
    assert of_texts | mixes == {metric for model, metric in population if model == "real_half"}


def test_a_model_without_text_or_probabilities_has_no_such_rows(population: dict[tuple[str, str], dict[str, Any]]) -> None:
    found = {metric for model, metric in population if model == "always_post"}
    assert not found & {"log_loss", "calibration_error", "jaccard_paper", "mean_cosine", "detectability_ngrams", "copied_share"}
    assert population["always_post", "f1_post"]["n"] == TRUTHS["action_type"].to_pylist().count("post")


def test_a_model_is_scored_on_what_it_was_asked(population: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert population["half_asked", "accuracy"]["n"] == 200
    assert population["half_asked", "js_action_mix"]["value"] == 0
    assert population["half_asked", "copied_share"]["n"] == 200 - TRUTHS["text"][:200].null_count


def test_the_population_is_the_mean_of_its_personas_where_the_paper_says_so(report: tuple[pa.Table, ...]) -> None:
    rows = [row for row in report[0].to_pylist() if row["model"] == "odd" and row["metric"] == "jaccard_paper"]
    assert [row["persona_id"] for row in rows] == [None, 3, 4, 5, 6]
    assert rows[0]["value"] == pytest.approx(np.mean([row["value"] for row in rows[1:]]))
    assert rows[0]["n"] == len(TRUTHS)


def test_every_interval_holds_its_figure(report: tuple[pa.Table, ...]) -> None:
    for row in report[0].to_pylist():
        assert row["ci_low"] <= row["value"] + 1e-12, row
        assert row["value"] <= row["ci_high"] + 1e-12, row


def test_comparisons_are_of_the_prompts_that_both_were_asked(report: tuple[pa.Table, ...]) -> None:
    rows = {(row["model"], row["other"], row["metric"]): row for row in report[1].to_pylist()}
    assert {other for _, other, _ in rows} == {"always_post", "real_half"}
    row = rows["half_asked", "always_post", "accuracy"]
    posts = TRUTHS["action_type"][:200].to_pylist().count("post")
    assert (row["difference"], row["n"]) == (pytest.approx(1 - posts / 200), 200)
    assert row["ci_low"] > 0
    assert ("odd", "always_post", "jaccard_paper") not in rows
    assert rows["odd", "real_half", "detectability_ngrams"]["ci_low"] > 0.2


def test_two_models_that_do_the_same_differ_by_exactly_nothing() -> None:
    same = pa.concat_tables([predictions(name, TRUTHS, action_type=SHUFFLED) for name in ("one", "two")])
    _, comparisons, _ = score(TRUTHS, same, training([]), embed, 1, resamples=30, text_resamples=10, references=("one",))
    rows = [row for row in comparisons.to_pylist() if row["model"] == "two"]
    assert len(rows) > 30
    assert all(row["difference"] == row["ci_low"] == row["ci_high"] == 0 for row in rows)


def test_the_same_seed_and_any_order_of_rows_give_the_same_tables() -> None:
    def scored(order: NDArray[np.int_], seed: int) -> list[pa.Table]:
        small = MODELS.filter(pa.compute.not_equal(MODELS["model"], "half_asked"))
        rows = np.random.default_rng(order[0]).permutation(len(small))
        return list(score(TRUTHS.take(order), small.take(rows), SEEN, embed, seed, resamples=20, text_resamples=5))

    forwards = scored(np.arange(len(TRUTHS)), 1)
    assert forwards == scored(np.arange(len(TRUTHS))[::-1], 1)
    assert forwards[0] != scored(np.arange(len(TRUTHS)), 2)[0]


def test_copies_of_training_texts_are_counted() -> None:
    seen = [text for text in TRUTHS["text"].to_pylist() if text][:40]
    scores, _, _ = score(TRUTHS, predictions("copier", TRUTHS), training(seen), embed, 1, resamples=20, text_resamples=5)
    rows = {row["metric"]: row for row in scores.to_pylist() if row["model"] == "copier" and row["level"] == "population"}
    assert rows["copied_share"]["value"] >= 40 / rows["copied_share"]["n"]
    assert rows["mean_nearest_training_cosine"]["value"] > rows["copied_share"]["value"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"action_type": ["wave"] * 400}, "An action is none of like"),
        ({"thread_id": [1000] * 400}, "predicts a thread twice"),
        ({"thread_id": list(range(400))}, "not among the truths"),
        ({"probabilities": pa.array([[0.5] * 13] * 400)}, "do not add up to 1"),
        ({"probabilities": pa.array([[1.0]] * 400)}, "must give 13 probabilities"),
        ({"probabilities": pa.array([None] + [[1.0] + [0.0] * 12] * 399)}, "must give 13 probabilities"),
    ],
)
def test_what_cannot_be_scored_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score(TRUTHS, predictions("model", TRUTHS, **given), SEEN, embed, 1)


def test_no_model_is_called_as_the_ceiling() -> None:
    with pytest.raises(ValueError, match="cannot be called real_half"):
        score(TRUTHS, predictions("real_half", TRUTHS), SEEN, embed, 1)


def test_an_unknown_reference_and_empty_truths_are_refused() -> None:
    with pytest.raises(ValueError, match="no predictions of nobody"):
        score(TRUTHS, MODELS, SEEN, embed, 1, references=("nobody",))
    with pytest.raises(ValueError, match="truths are empty"):
        score(TRUTHS.slice(0, 0), MODELS, SEEN, embed, 1)


def test_one_person_alone_has_figures_and_no_interval() -> None:
    alone = TRUTHS.slice(0, 1)
    scores, _, _ = score(alone, predictions("model", alone), SEEN, embed, 1, resamples=5, text_resamples=5)
    rows = [row for row in scores.to_pylist() if row["metric"] == "accuracy"]
    assert [(row["value"], row["ci_low"], row["ci_high"]) for row in rows] == [(1, None, None)] * 2


def test_truths_without_any_text_or_time_have_figures_of_actions() -> None:
    likes = TRUTHS.filter(pa.compute.equal(TRUTHS["action_type"], "like"))
    likes = likes.set_column(likes.column_names.index("time_bucket"), "time_bucket", pa.nulls(len(likes), pa.string()))
    scores, _, tells = score(likes, predictions("model", likes), SEEN, embed, 1, resamples=5, text_resamples=5)
    metrics = set(scores["metric"].to_pylist())
    assert {"macro_f1", "js_action_mix", "fidelity_long_tail"} <= metrics
    assert not metrics & {"fidelity_activity", "js_lengths", "fidelity_spread"}  # personas that all like have no spread
    assert not len(tells)
