"""A small world of people and posts, made in SQL, and releases of it: two in the manner of the paper's code, one careful."""

from __future__ import annotations

import duckdb

PEOPLE, ACTIONS, K = 300, 8_000, 10

# `u(x, salt)` is a number in [0, 1) that looks random and is always the same.
WORLD = f"""
create macro u(x, salt) as (hash(x, salt) % 1000003) / 1000003.0;

create table people as
select
    person,
    'did:plc:' || left(md5('did' || person), 24) as did,
    'person' || person || '.' || if(person % 4 = 0, 'example' || person || '.org', 'bsky.social') as handle,
    'Nomen' || person || ' Familia' || (person * 7 % {PEOPLE}) as display_name,
from range({PEOPLE}) as numbers(person);

create table known_names as
select handle as name, 'handle' as kind from people
union all select did, 'did' from people
union all select display_name, 'display_name' from people;

-- Actions in the order of time over 30 days of March 2025.
create table acts as
with
    drawn as (
        select
            n as action_id,
            floor({PEOPLE} * pow(u(n, 'actor'), 1.3))::int as person,
            1741046400000000 + (n + u(n, 'time'))::double * (30 * 86400000000 / {ACTIONS})::bigint as acted_us,
            case
                when n < 20 or u(n, 'type') < 0.25 then 'post'
                when u(n, 'type') < 0.40 then 'reply'
                when u(n, 'type') < 0.80 then 'like'
                when u(n, 'type') < 0.95 then 'follow'
                else 'repost'
            end as action_type,
        from range({ACTIONS}) as numbers(n)
    ),
    counted as (
        select *, count(*) filter (action_type in ('post', 'reply')) over earlier as n_posts
        from drawn
        window earlier as (order by action_id rows between unbounded preceding and 1 preceding)
    )
select
    action_id,
    person,
    acted_us::bigint as acted_us,
    action_type,
    -- One of the hundred latest posts, the newest most of all.
    case
        when action_type <> 'post' then n_posts - floor(least(n_posts, 100) * pow(u(action_id, 'answer'), 2))::int
    end as answered,
    case when action_type in ('post', 'reply') then n_posts + 1 end as post_number,
    case
        when action_type in ('post', 'reply')
            then array_to_string(
                list_transform(
                    range(12),
                    lambda place: if(
                        u(action_id * 100 + place, 'own') < 0.4,
                        'own' || left(md5(person || 'w' || floor(12 * u(action_id * 100 + place, 'word'))), 4),
                        'w' || floor(400 * u(action_id * 100 + place, 'word'))::int
                    )
                ),
                ' '
            )
            -- A few have a way to end.
            || if(person % 20 = 0, ' so says the one of ' || person || ' today', '')
    end as words,
    case when post_number % 20 = 0 then floor({PEOPLE} * u(action_id, 'mentioned'))::int end as mentioned,
from counted;

create table public_posts as
select
    action_id as post_id,
    people.did as author_did,
    acted_us as created_us,
    words
    || case
        when mentioned is null then ''
        when post_number % 3 = 0 then ' by ' || friends.did
        when post_number % 3 = 1 then ' from ' || upper(friends.display_name)
        else ' with @' || friends.handle || '.' -- the full stop touches
    end as message_text,
    words || case when mentioned is null then '' else ' with <USERNAME>' end as redacted_text,
    post_number,
from acts
join people using (person)
left join people as friends on mentioned = friends.person
where post_number is not null;

create table public_actions as
select
    action_id,
    did as actor_did,
    action_type,
    acted_us,
    answered_posts.post_id as answered_post_id,
    own_posts.message_text,
from acts
join people using (person)
left join public_posts as answered_posts on answered = answered_posts.post_number
left join public_posts as own_posts on action_id = own_posts.post_id;

-- The threads, one per action, with all that a release is made from.
create table told as
with recursive paths as (
    select action_id, answered_post_id as post_id, 1 as steps from public_actions where answered_post_id is not null
    union all
    select paths.action_id, answers.answered_post_id, steps + 1
    from paths join public_actions as answers on paths.post_id = answers.action_id
    where answers.answered_post_id is not null and steps < 7
)
select
    action_id,
    max(steps) over (partition by action_id) - steps as message_index,
    false as is_action,
    post_id,
    author_did as did,
    created_us as sent_us,
    message_text,
    redacted_text,
from paths join public_posts using (post_id)
union all
select action_id, coalesce(depth, 0), true, post_id, actor_did, acted_us, actions.message_text, redacted_text
from public_actions as actions
left join public_posts as posts on action_id = post_id
left join (select action_id, max(steps) as depth from paths group by all) as depths using (action_id);

create table threads as
select
    action_id,
    person,
    people.did,
    action_type,
    acted_us,
    count(*)::int as message_count,
    count(distinct told.did)::int as speaker_count,
from acts join people using (person) join told using (action_id)
group by all;
"""

TRUTH = """
create or replace table truth_threads as
select thread_id, action_id, threads.did as actor_did from named join threads using (action_id);
create or replace table truth_speakers as
select distinct thread_id, speaker, did from spoken;
create or replace table truth_messages as
select thread_id, message_index, post_id from spoken;
"""

# Written person by person within the files of the personas, type by type, in time order. The clock ranks every row of the
# release.
PAPER = """
create or replace table named as
select
    action_id,
    {thread_id} as thread_id,
    row_number() over (order by person % 25, person, action_type, acted_us) as position,
from threads;
create or replace table spoken as
select
    thread_id,
    message_index,
    is_action,
    post_id,
    did,
    {speaker} as speaker,
    row_number() over (order by sent_us, action_id, message_index) as clock,
    position * 10 + message_index as position,
    message_text,
from told join named using (action_id);
create or replace table published_threads as
select
    position,
    thread_id,
    action_type,
    null::varchar as time_bucket,
    'full' as split,
    map {{2: person // 3 % 2, 25: person % 25}} as personas,
    message_count,
    speaker_count,
from named join threads using (action_id);
create or replace table published_messages as
select * exclude (post_id, did) replace (message_index::int as message_index), null::varchar as gap from spoken;
"""

# Ordinals, random ids, random order, coarse time, no text with a name, gaps only where k people share the shape, and no cell of
# fewer than k people.
CAREFUL = f"""
create or replace table shapes as
select
    action_id,
    list(first_index order by message_index) as pattern,
    list(
        case
            when passed >= 604800000000 then 'weeks' when passed >= 86400000000 then 'days'
            when passed >= 3600000000 then 'hours' when passed is not null then 'minutes'
        end order by message_index
    ) as gaps,
from (
    select
        *,
        min(message_index) over (partition by action_id, did) as first_index,
        sent_us - lag(sent_us) over (partition by action_id order by message_index) as passed,
    from told
)
group by action_id;
create or replace table candidates as
select
    *,
    left(sha256('secret' || {{seed}} || action_id), 16) as thread_id,
    row_number() over (order by u(action_id, 'order' || {{seed}}), action_id) as position,
    strftime(make_timestamp(acted_us), '%G-W%V') as time_bucket,
    if(acted_us > 1743000000000000, 'test', 'train') as split,
    map {{{{2: person % 2, 6: person % 6}}}} as personas,
from threads join shapes using (action_id);
create or replace table named as
with large as (
    select personas, action_type, time_bucket, split, pattern, gaps
    from candidates group by all having count(distinct person) >= {K}
),
rest as (from candidates anti join large using (personas, action_type, time_bucket, split, pattern, gaps)),
large_without_gaps as (
    select personas, action_type, time_bucket, split, pattern from rest group by all having count(distinct person) >= {K}
)
select *, true as tells_gaps from candidates semi join large using (personas, action_type, time_bucket, split, pattern, gaps)
union all
select *, false from rest semi join large_without_gaps using (personas, action_type, time_bucket, split, pattern);
create or replace table spoken as
select
    thread_id,
    message_index,
    is_action,
    post_id,
    told.did,
    'user_' || (dense_rank() over (partition by thread_id order by first_index) - 1) as speaker,
    sent_us,
    position * 10 + message_index as position,
    redacted_text as message_text,
from (select *, min(message_index) over (partition by action_id, did) as first_index from told) as told
join named using (action_id);
create or replace table published_threads as
select position, thread_id, action_type, time_bucket, split, personas, message_count, speaker_count from named;
create or replace table published_messages as
select
    position,
    thread_id,
    message_index::int as message_index,
    speaker,
    is_action,
    case when tells_gaps then gaps[message_index + 1] end as gap,
    null::bigint as clock,
    message_text,
from spoken join (select thread_id, tells_gaps, gaps from named) using (thread_id);
"""

# Who acts towards whom, by personas of {personas} kinds that are no choice of theirs: it tells of nobody but by their own part.
MIXING = """
create or replace table truth_pairs as
select distinct
    acting.did as actor_did,
    author_did as target_did,
    acting.person % {personas} as persona_id,
    answered_people.person % {personas} as target_persona_id,
from acts
join people as acting using (person)
join public_posts on answered = public_posts.post_number
join people as answered_people on author_did = answered_people.did
where acting.did <> author_did;
create or replace table published_mixing as
select persona_id, target_persona_id, round(count(*) / sum(count(*)) over (partition by persona_id), 3) as share
from truth_pairs
group by persona_id, target_persona_id;
"""


def world() -> duckdb.DuckDBPyConnection:
    """The public archive of the world, in memory, and no release yet."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(WORLD)
    return connection


def paper_old(connection: duckdb.DuckDBPyConnection) -> None:
    """The paper's way as an older version of its README tells it: speakers are sha256(did). Thread ids count up in time."""
    _publish(connection, PAPER.format(thread_id="(1000 + rank() over (order by acted_us))::varchar", speaker="sha256(did)"))


def paper(connection: duckdb.DuckDBPyConnection) -> None:
    """The paper's way as its code does it: speakers are sha256(did, thread, secret). Thread ids count up in the file."""
    thread_id = "(1000 + row_number() over (order by person % 25, person, action_type, acted_us))::varchar"
    speaker = "sha256(did || action_id || 'a secret that nobody knows')"
    _publish(connection, PAPER.format(thread_id=thread_id, speaker=speaker))


def careful(connection: duckdb.DuckDBPyConnection, seed: int = 0) -> None:
    """A release as simpact makes them; `seed` draws its ids and its order."""
    _publish(connection, CAREFUL.format(seed=seed))


def _publish(connection: duckdb.DuckDBPyConnection, release: str) -> None:
    connection.execute(release)
    connection.execute(TRUTH)
    connection.execute(MIXING.format(personas=6))
