"""Linkage: are two threads by the same person?

An attack names pairs that it claims are of one person. Its baseline replaces the second thread of every pair by one drawn at
random from the threads with the same published attributes (all personas, action type, bucket, split, counts, order of
speakers): it is the exact probability that this one is of the same person. So what the published attributes tell of a person is
no success, and a release sorted by persona is as good as its personas. Where a cell holds nothing but the second thread, attack
and baseline are the same; `singled_out` counts such cells.
"""

from __future__ import annotations

from simpact.attacks.evidence import Attacked
from simpact.attacks.outcomes import Comparison, Occurrences

RARE = 20  # threads at most that share a rare text
WORDS = 5  # of an n-gram: five words in a row are hardly ever shared by chance
MOST_TEXTS = 200_000  # whose n-grams are all looked at; of more, an equal share of the n-grams

IN_FILE_ORDER = "select thread_id, 0 as link, position as place from attack_threads"
IN_MESSAGE_ORDER = "select thread_id, 0 as link, message_position as place from attack_threads"
# Ids that are all numbers are compared as numbers.
IN_ID_ORDER = """
select thread_id, 0 as link, row_number() over (order by try_cast(thread_id as hugeint) nulls last, thread_id) as place
from attack_threads
"""
# A new run begins where the action type changes or the clock falls: how files written person by person, type by type, give way.
IN_RUNS = """
select thread_id, sum(begins) over (order by position) as link, position as place
from (
    select
        thread_id,
        position,
        (
            lag(action_type) over file is distinct from action_type
            or coalesce(lag(clock) over file > clock, lag(time_bucket) over file > time_bucket, true)
        )::int as begins,
    from attack_threads
    where clock is not null or time_bucket is not null
    window file as (order by position)
)
"""
BY_SPEAKER = """
select thread_id, speaker as link, hash(thread_id, $seed) as place from attack_threads where speaker is not null
"""
BY_ANSWERED_TEXT = f"""
select thread_id, answered_text as link, hash(thread_id, $seed) as place
from attack_threads
where answered_text is not null
qualify count(*) over (partition by answered_text) <= {RARE}
"""
BY_RARE_WORDS = f"""
with
    texts as (
        select thread_id, regexp_extract_all(lower(message_text), '[\\pL\\pN]+') as words
        from published_messages
        where is_action and message_text is not null
    ),
    grams as (
        select distinct thread_id, hash(words[first : first + {WORDS - 1}]) as link
        from texts, unnest(range(1, len(words) - {WORDS - 2})) as starts(first)
        where hash(words[first : first + {WORDS - 1}]) % greatest(1, (select count(*) from texts) // {MOST_TEXTS}) = 0
    )
select thread_id, link, hash(thread_id, $seed) as place
from grams
qualify count(*) over (partition by link) <= {RARE}
"""

SCORED = """
with
    links as ({links}),
    paired as (
        select thread_id as first_id, lead(thread_id) over (partition by link order by place, thread_id) as second_id from links
    ),
    sampled as (
        select distinct first_id, second_id, hash(first_id, second_id, $seed) as place
        from paired
        where second_id is not null
        order by place
        limit $targets
    )
select
    count(*),
    count(*) filter (first.actor_did = second.actor_did),
    -- The first thread cannot be drawn as its own neighbour.
    -- Rounded, since a sum in parallel is never twice the same to the last digit.
    coalesce(
        round(
            sum(
                (coalesce(cells.actor_count, 0) - (first.cell = second.cell)::int)
                / (sizes.thread_count - (first.cell = second.cell)::int)
            ),
            6
        ),
        0
    )::double,
from sampled
join attack_truth as first on sampled.first_id = first.thread_id
join attack_truth as second on sampled.second_id = second.thread_id
join (select distinct cell, thread_count from attack_cells) as sizes on second.cell = sizes.cell
left join attack_cells as cells on second.cell = cells.cell and first.actor_did = cells.actor_did
"""


def linked(attacked: Attacked, links: str) -> Comparison:
    """Score the claim that threads next to each other in `place` with the same `link` are of one person.

    `links` is a query that gives `thread_id`, `link` and `place`.
    """
    return Comparison(*attacked.row(SCORED.format(links=links)))


def shared_texts(attacked: Attacked) -> Comparison:
    """Of random pairs of threads by one person, those that share a rare context text; the baseline is the same of random pairs.

    Its success is the true-positive rate of linking by context, its baseline the false-positive rate.
    """
    pairs = """
        (
            select
                threads.thread_id,
                answered_text as text,
                lead(answered_text) over (partition by {by} order by hash(thread_id, $seed)) as other_text
            from attack_threads as threads
            join attack_truth as truth using (thread_id)
            where answered_text is not null
            qualify other_text is not null
            order by hash(thread_id, $seed + 1)
            limit $targets
        )
    """
    query = f"""
        with rare as (
            select answered_text from attack_threads where answered_text is not null
            group by answered_text having count(*) between 2 and {RARE}
        )
        select
            (select count(*) from {pairs.format(by="truth.actor_did")}),
            (select count(*) from {pairs.format(by="truth.actor_did")} where text = other_text and text in (from rare)),
            (select count(*) from {pairs.format(by="0")} where text = other_text and text in (from rare)),
            (select count(*) from {pairs.format(by="0")}),
    """
    n, successes, among_others, n_others = attacked.row(query)
    return Comparison(n, successes, among_others * n / n_others if n_others else 0.0)


def singled_out(attacked: Attacked) -> Occurrences:
    """Threads whose published attributes, of all persona scales jointly, fit fewer than k people of the release."""
    query = """
        with cells as (
            select cell, count(*) as thread_count, count(distinct actor_did) < $k as is_small
            from attack_truth
            group by cell
        )
        select coalesce(sum(thread_count), 0)::bigint, coalesce(sum(thread_count) filter (is_small), 0)::bigint from cells
    """
    return Occurrences(*attacked.row(query))
