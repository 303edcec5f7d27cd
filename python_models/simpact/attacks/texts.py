"""Searching: published texts are looked up in the public archive."""

from __future__ import annotations

from simpact.attacks.evidence import Attacked
from simpact.attacks.outcomes import Comparison

PLACEHOLDER = "<[A-Z][A-Z_]*>"  # what redaction leaves
WORDS = 3  # in a row that a redacted text must still have to be looked for

# Each text is one search, however many threads it is in. The baseline guesses the person who wrote most.
SEARCHED = """
with
    targets as (
        select
            hash(message_text) as text_hash,
            min(message_text) as message_text,
            min({{'thread_id': thread_id, 'speaker': speaker}}) as said,
        from published_messages
        where {which}
        group by text_hash
        order by hash(text_hash, $seed)
        limit $targets
    ),
    {attack},
    most_common as (select author_did from public_posts group by author_did order by count(*) desc, author_did limit 1)
select
    count(*),
    count(*) filter (guesses.author_did = truth.did),
    count(*) filter (truth.did in (from most_common))::double,
from targets
join truth_speakers as truth on said.thread_id = truth.thread_id and said.speaker = truth.speaker
left join guesses using (text_hash)
"""

EXACTLY = "guesses as (select text_hash, author_did from attack_texts)"

# Posts that share some words in a row with a target are candidates. They must match it whole, a placeholder standing for
# anything.
NEARLY = rf"""
    patterns as (
        select
            text_hash,
            message_text,
            -- Escaped for LIKE, which turns <PHONE_NUMBER> into <PHONE\_NUMBER>.
            regexp_replace(
                replace(replace(replace(message_text, '\', '\\'), '%', '\%'), '_', '\_'), '<[A-Z](?:[A-Z]|\\_)*>', '%', 'g'
            ) as pattern,
        from targets
    ),
    parts as (
        select text_hash, pattern, regexp_extract_all(part, '[\pL\pN]+') as words
        from (select *, unnest(regexp_split_to_array(message_text, '{PLACEHOLDER}')) as part from patterns)
    ),
    sought as (
        select distinct text_hash, pattern, hash(words[first : first + {WORDS - 1}]) as gram
        from parts, unnest(range(1, len(words) - {WORDS - 2})) as starts(first)
    ),
    posts as (select author_did, message_text, regexp_extract_all(message_text, '[\pL\pN]+') as words from public_posts),
    grams as (
        select author_did, message_text, hash(words[first : first + {WORDS - 1}]) as gram
        from posts, unnest(range(1, len(words) - {WORDS - 2})) as starts(first)
    ),
    guesses as (
        select text_hash, min(author_did) as author_did
        from sought
        join grams using (gram)
        where message_text like pattern escape '\'
        group by text_hash
        having count(distinct author_did) = 1
    )"""


def found_exactly(attacked: Attacked) -> Comparison:
    """Published texts that one public author wrote, who is the right one."""
    return Comparison(*attacked.row(SEARCHED.format(which="message_text is not null", attack=EXACTLY)))


def found_nearly(attacked: Attacked) -> Comparison:
    """The same for texts with placeholders, each of which may stand for anything."""
    which = f"regexp_matches(message_text, '{PLACEHOLDER}')"
    return Comparison(*attacked.row(SEARCHED.format(which=which, attack=NEARLY)))
