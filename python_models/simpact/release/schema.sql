-- The release file: what leaves, and nothing else. Opened alone, plain DuckDB answers everything in it, so no name here tells
-- the database it is in. Row order carries nothing: thread ids are a random permutation.
create schema release;
create schema explore;

create table release.threads (
    thread_id bigint not null,
    action_type varchar not null check (
        action_type in (
            'like', 'unlike', 'repost', 'unrepost', 'follow', 'unfollow', 'block', 'unblock', 'post_update', 'post_delete',
            'quote', 'post', 'reply'
        )
    ),
    time_bucket varchar,
    split varchar not null check (split in ('train', 'validation', 'test', 'test_unseen_users', 'overlapping')),
    personas map(integer, integer) not null,
    message_count integer not null,
    speaker_count integer not null
);
comment on table release.threads is 'One row per thread: messages that a person answered, and the one action that closes it.';
comment on column release.threads.thread_id is 'A random number; it tells nothing about order or person.';
comment on column release.threads.action_type is 'What the last message does: one of thirteen.';
comment on column release.threads.time_bucket is 'Week, month or day of the action, such as 2025-W11; null where it is not told.';
comment on column release.threads.split is
'train, validation, test; test_unseen_users: of people whom train has never seen; overlapping: of no use for a fair test.';
comment on column release.threads.personas is
'Persona of the acting person by scale: personas[25]. Only coarser scales, or none, where a finer one would tell too much.';
comment on column release.threads.message_count is 'Messages of the thread, the action included.';
comment on column release.threads.speaker_count is 'Different people in the thread.';

create table release.messages (
    thread_id bigint not null,
    message_index integer not null,
    speaker varchar not null check (regexp_full_match(speaker, 'user_\d+')),
    is_action boolean not null,
    gap varchar check (gap in ('minutes', 'hours', 'days', 'weeks')),
    message_text varchar
);
comment on table release.messages is 'One row per message of a thread, the action last.';
comment on column release.messages.thread_id is 'Thread in release.threads.';
comment on column release.messages.message_index is 'Place in the thread, from 0.';
comment on column release.messages.speaker is 'user_0, user_1 … by first appearance; the same name in another thread is another person.';
comment on column release.messages.is_action is 'True on the last message alone: the one to predict.';
comment on column release.messages.gap is 'Coarse time since the message before; null on the first, or where it is not told.';
comment on column release.messages.message_text is 'The words, with personal data replaced; null where there are none, as for a like.';

create table release.personas (
    scale integer not null,
    persona_id integer not null,
    parent_persona_id integer,
    user_count bigint,
    post_count bigint,
    thread_count bigint not null,
    silhouette double,
    top_terms varchar[]
);
comment on table release.personas is 'One row per persona: a group of people who write alike.';
comment on column release.personas.scale is 'Into how many personas all people were sorted.';
comment on column release.personas.persona_id is 'Number of the persona at its scale.';
comment on column release.personas.parent_persona_id is 'The persona of the next coarser scale that holds it; null at the coarsest, or where it is not told.';
comment on column release.personas.user_count is 'People in it; null where it is not told.';
comment on column release.personas.post_count is 'Posts they were sorted by; null where it is not told.';
comment on column release.personas.thread_count is 'Threads of the release that one of them closes.';
comment on column release.personas.silhouette is 'From -1 to 1: how far it stands apart from the others.';
comment on column release.personas.top_terms is 'Words that set it apart, the most telling first.';

create table release.mixing (
    scale integer not null,
    persona_id integer not null,
    target_persona_id integer,
    share double not null
);
comment on table release.mixing is 'One row per persona and persona that its people act towards, and one for anyone else together.';
comment on column release.mixing.scale is 'Scale of both personas; there is one.';
comment on column release.mixing.persona_id is 'Persona of those who like, repost, quote, reply or follow.';
comment on column release.mixing.target_persona_id is 'Persona of those whom they act towards; null for anyone else.';
comment on column release.mixing.share is 'Share of the pairs of people; it adds up to 1 by persona.';

create table release.data_card (section varchar not null, item varchar not null, value varchar);
comment on table release.data_card is 'One row per figure or setting of this release.';
comment on column release.data_card.section is 'What the figure is about: release, settings, counts, privacy, redaction, attacks, input, models …';
comment on column release.data_card.item is 'Its name.';
comment on column release.data_card.value is 'Its value, as text.';

create view release.examples as
select
    threads.thread_id,
    threads.split,
    threads.time_bucket,
    threads.personas,
    coalesce(spoken.context, []) as context,
    spoken.speaker,
    threads.action_type,
    spoken.message_text as text
from release.threads
join (
    select
        thread_id,
        list({'speaker': speaker, 'gap': gap, 'text': message_text} order by message_index) filter (not is_action) as context,
        any_value(speaker) filter (is_action) as speaker,
        any_value(message_text) filter (is_action) as message_text
    from release.messages
    group by thread_id
) as spoken
    on threads.thread_id = spoken.thread_id;
comment on view release.examples is 'One row per thread, as a task: given the context, who does what, in which words?';
comment on column release.examples.thread_id is 'Thread in release.threads.';
comment on column release.examples.split is 'As in release.threads.';
comment on column release.examples.time_bucket is 'As in release.threads.';
comment on column release.examples.personas is 'As in release.threads.';
comment on column release.examples.action_type is 'What the person did: one of thirteen.';
comment on column release.examples.context is 'The messages before the action, in order.';
comment on column release.examples.speaker is 'Who acts.';
comment on column release.examples.text is 'The words of the action; null where it has none.';

-- Words in small letters without accents, one space around each: whole words can then be looked for as they are.
create macro explore.words_of(words) as
    ' ' || trim(regexp_replace(strip_accents(lower(words)), '[^\pL\pN_]+', ' ', 'g')) || ' ';
comment on macro explore.words_of is 'A text as words in small letters without accents, with one space around each.';

create macro explore.thread(which_thread) as table
select messages.message_index, messages.speaker, case when messages.is_action then threads.action_type end as action_type,
    messages.gap, messages.message_text
from release.messages
join release.threads on messages.thread_id = threads.thread_id
where messages.thread_id = which_thread
order by messages.message_index;
comment on macro table explore.thread is 'The messages of one thread: from explore.thread(7)';

create view explore.threads as
select threads.thread_id, threads.action_type, threads.message_count, messages.speaker, messages.message_text,
    threads.time_bucket, threads.split, threads.personas
from release.threads
join release.messages on threads.thread_id = messages.thread_id and messages.is_action;
comment on view explore.threads is 'One row per thread, as its action: who did what, in which words, after how many messages.';
comment on column explore.threads.thread_id is 'Thread in release.threads: from explore.thread(…) is all of it.';
comment on column explore.threads.action_type is 'What the person did: one of thirteen.';
comment on column explore.threads.message_count is 'Messages of the thread, the action included.';
comment on column explore.threads.speaker is 'Who acts.';
comment on column explore.threads.message_text is 'The words of the action; null where it has none.';
comment on column explore.threads.time_bucket is 'As in release.threads.';
comment on column explore.threads.split is 'As in release.threads.';
comment on column explore.threads.personas is 'As in release.threads.';

create view explore.personas as
select scale, persona_id, parent_persona_id, user_count, post_count, thread_count, silhouette, top_terms
from release.personas
order by scale, persona_id;
comment on view explore.personas is 'One row per persona, in order: from explore.persona(25, 7) is the card of one.';
comment on column explore.personas.scale is 'As in release.personas.';
comment on column explore.personas.persona_id is 'As in release.personas.';
comment on column explore.personas.parent_persona_id is 'As in release.personas.';
comment on column explore.personas.user_count is 'As in release.personas.';
comment on column explore.personas.post_count is 'As in release.personas.';
comment on column explore.personas.thread_count is 'As in release.personas.';
comment on column explore.personas.silhouette is 'As in release.personas.';
comment on column explore.personas.top_terms is 'As in release.personas.';

create macro explore.persona(which_scale, which_persona) as table
with card as (
    select * from release.personas where scale = which_scale and persona_id = which_persona
),
of_persona as (
    select thread_id, action_type from release.threads where personas[which_scale] = which_persona
),
actions as (
    select action_type, count(*) as n_threads, count(*) / sum(count(*)) over () as share from of_persona group by action_type
),
-- Thread ids are random, so the lowest ones of each action are a fair draw.
drawn as (
    select thread_id, action_type from of_persona
    qualify row_number() over (partition by action_type order by thread_id) = 1
),
shown as (
    select 1 as part, 0 as place, 'people' as item, user_count::varchar as value from card
    union all
    select 1, 1, 'posts', post_count::varchar from card
    union all
    select 1, 2, 'threads', thread_count::varchar from card
    union all
    select 1, 3, 'part of persona', parent_persona_id::varchar from card
    union all
    select 1, 4, 'silhouette', round(silhouette, 3)::varchar from card
    union all
    select 1, 5, 'words', array_to_string(top_terms, ', ') from card
    union all
    select 2, -n_threads, action_type, format('{} threads, {:.1f} %', n_threads, 100 * share) from actions
    union all
    select 3, -actions.n_threads, 'such as thread ' || drawn.thread_id,
        concat_ws(': ', messages.speaker || ' ' || drawn.action_type, messages.message_text)
    from drawn
    join actions on drawn.action_type = actions.action_type
    join release.messages on drawn.thread_id = messages.thread_id and messages.is_action
)
select item, value from shown where value is not null order by part, place, item;
comment on macro table explore.persona is
'The card of one persona: its figures, its actions, the commonest first, and one thread of each: from explore.persona(25, 7)';

create macro explore.search(words) as table
select messages.thread_id, messages.message_index, threads.action_type, messages.speaker, messages.message_text
from release.messages
join release.threads on messages.thread_id = threads.thread_id
where
    contains(explore.words_of(messages.message_text), explore.words_of(words))
    and explore.words_of(words) <> '  '
order by messages.thread_id, messages.message_index;
comment on macro table explore.search is
'Messages that hold some words, whole, one after the other, in any case and with any accents: from explore.search(''carbon tax'')';
