"""Leaks: names of people of the archive, left in what is published."""

from __future__ import annotations

from simpact.attacks.evidence import Attacked
from simpact.attacks.outcomes import Occurrences

LINKS = r"(?i)did:[a-z]+:[a-z0-9]|at://|bsky\.app/profile"  # what leads to an account, known or not

# Every distinct string of every published column.
STRINGS = """
    strings as (
        select distinct unnest([{thread_columns}]) as value from published_threads
        union
        select distinct unnest([{message_columns}]) from published_messages
    )"""

# A handle is labels with dots between. The full stop after it may touch the next word, so every run of labels within a longer
# one is looked up.
IDENTIFIERS = r"""
with
    {strings},
    runs as (
        select value, string_split(unnest(regexp_extract_all(lower(value), '[\pL\pN-]+(?:\.[\pL\pN-]+)+')), '.') as labels
        from strings
    ),
    windows as (
        select value, array_to_string(labels[first : last], '.') as words
        from runs, unnest(range(1, len(labels))) as starts(first), unnest(range(2, len(labels) + 1)) as ends(last)
        where last > first
    ),
    leaks as (
        select value from windows where words in (select lower(name) from known_names where kind = 'handle')
        union
        select value from strings where regexp_matches(value, '{links}')
    )
select (select count(*) from strings), (select count(*) from leaks)
"""

# A name is found by its first two words, and then compared whole. Names that k people of the archive write are no secret of the
# one who bears them, or no names at all ("Good Morning").
DISPLAY_NAMES = r"""
with
    published as (select distinct message_text from published_messages where message_text is not null),
    names as (
        select distinct regexp_extract_all(lower(name), '[\pL\pN]+') as words
        from known_names
        where kind = 'display_name' and len(words) >= 2
    ),
    texts as (
        select message_text, null as author_did from published
        union all
        select distinct message_text, author_did from public_posts where message_text is not null
    ),
    split as (select *, regexp_extract_all(lower(message_text), '[\pL\pN]+') as words from texts),
    found as (
        select distinct author_did, message_text, names.words as name
        from (select *, unnest(range(1, len(words))) as first from split) as places
        join names on places.words[first] = names.words[1] and places.words[first + 1] = names.words[2]
        where places.words[first : first + len(names.words) - 1] = names.words
    ),
    secret as (select name from found group by name having count(distinct author_did) < $k)
select
    (select count(*) from published),
    (select count(distinct message_text) from found where author_did is null and name in (from secret)),
"""


def identifiers_left(attacked: Attacked) -> Occurrences:
    """Published strings of any column with a known handle, or with a DID, an AT-URI or the link of a profile."""
    strings = STRINGS.format(
        thread_columns=", ".join(attacked.strings_of("published_threads")),
        message_columns=", ".join(attacked.strings_of("published_messages")),
    )
    return Occurrences(*attacked.row(IDENTIFIERS.format(strings=strings, links=LINKS)))


def display_names_left(attacked: Attacked) -> Occurrences:
    """Published texts with a known display name of two and more words, of which fewer than k people of the archive write."""
    return Occurrences(*attacked.row(DISPLAY_NAMES))
