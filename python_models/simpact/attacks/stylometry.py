"""Stylometry: does the way a text is written tell who wrote it?

A closed world of some candidate authors, as in author attribution on tweets (arXiv 1406.2746): a profile of each is learned
from half of their public posts, never from a text that is to be attributed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simpact.attacks.evidence import Attacked
from simpact.attacks.outcomes import Comparison

CANDIDATES = 100
FEWEST_POSTS, MOST_POSTS = 4, 20  # per candidate that are learned from
MOST_TARGETS = 500

TEXTS = f"""
with
    written as (
        select messages.thread_id, messages.message_text, posts.post_id, truth.actor_did
        from published_messages as messages
        join attack_truth as truth using (thread_id)
        left join truth_messages as posts using (thread_id, message_index)
        where is_action and messages.message_text is not null
    ),
    authors as (
        -- Of half the posts, enough must be left to learn from.
        select author_did from public_posts group by author_did having count(*) >= {3 * FEWEST_POSTS}
    ),
    candidates as (
        select author_did from authors where author_did in (select actor_did from written)
        order by hash(author_did, $seed) limit {CANDIDATES}
    ),
    targets as (
        select * from written where actor_did in (select author_did from candidates)
        order by hash(thread_id, $seed) limit least($targets, {MOST_TARGETS})
    ),
    learned as (
        select author_did, message_text
        from public_posts
        where
            author_did in (select author_did from candidates)
            and hash(post_id, $seed) % 2 = 0
            and message_text is not null
            and post_id not in (select post_id from targets where post_id is not null)
            and message_text not in (select message_text from targets)
        qualify row_number() over (partition by author_did order by hash(post_id, $seed + 1)) <= {MOST_POSTS}
            and count(*) over (partition by author_did) >= {FEWEST_POSTS}
    )
select actor_did as did, message_text, true as is_target from targets where actor_did in (select author_did from learned)
union all
select author_did, message_text, false from learned
order by all
"""


def attributed(attacked: Attacked) -> Comparison:
    """Attribute released texts to the candidate of the nearest profile: the mean of the TF-IDF vectors of 3 to 5 characters.

    The baseline always names the candidate with the most texts among the targets, the best that a constant guess can do.
    """
    found = attacked.asked(TEXTS).fetchnumpy()
    is_target = np.asarray(found["is_target"], dtype=bool)
    if not is_target.any():
        return Comparison(0, 0, 0.0)
    texts, people = np.asarray(found["message_text"], dtype=object), np.asarray(found["did"], dtype=object)
    authors, author_of = np.unique(people.astype(str), return_inverse=True)
    guesses = _nearest_profiles(texts[~is_target], author_of[~is_target], texts[is_target])
    right = author_of[is_target]
    return Comparison(len(right), int((guesses == right).sum()), float(np.bincount(right, minlength=len(authors)).max()))


def _nearest_profiles(learned: Any, authors: Any, texts: Any) -> Any:
    """For each of `texts` the number of the author whose mean vector over `learned` is nearest in angle."""
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2, dtype=np.float32)
    vectors = vectorizer.fit_transform(learned)
    n = len(learned)
    membership = csr_array((np.ones(n, dtype=np.float32), (authors, np.arange(n))), shape=(int(authors.max()) + 1, n))
    profiles = normalize(membership @ vectors)
    return np.asarray((vectorizer.transform(texts) @ profiles.T).todense()).argmax(axis=1)
