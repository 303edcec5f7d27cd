-- Grain: one row per thread: the part of an experiment it belongs to. By time of the action, the first eight tenths train, the
-- next validates, the last tests; a later thread that holds a message of an earlier part is out of both, and a test thread of a
-- person who never trains stands apart. Drawn at random, as the paper has it, nine tenths train and the rest tests, whatever it
-- shares with them.
with

    threads as (select thread_id, actor_did, action_type, answered_post_id, acted_us from {{ ref("threads") }}),

    numbered as (
        select *, row_number() over (order by acted_us, thread_id) as turn, count(*) over () as thread_count from threads
    ),

    parts as (
        select
            thread_id,
            actor_did,
            action_type,
            answered_post_id,
            case when 10 * turn <= 8 * thread_count then 0 when 10 * turn <= 9 * thread_count then 1 else 2 end as part
        from numbered
    ),

    -- Of a post: the first part that shows it. What a person wrote is a message of its own thread too.
    shown as (
        select paths.post_id, parts.part
        from (select distinct answered_post_id, part from parts) as parts
        inner join {{ ref("int_threads__paths") }} as paths on parts.answered_post_id = paths.answered_post_id

        union all

        select thread_id as post_id, part
        from parts
        where action_type in ('post', 'reply', 'quote')
    ),

    first_shown as (select post_id, min(part) as part from shown group by post_id),

    first_shown_path as (
        select paths.answered_post_id, min(first_shown.part) as part
        from {{ ref("int_threads__paths") }} as paths
        inner join first_shown on paths.post_id = first_shown.post_id
        group by paths.answered_post_id
    ),

    trained as (select distinct actor_did from parts where part = 0)

{% if setting("split") == "random" -%}
    select
        thread_id,
        case
            when
                10 * row_number() over (order by sha2('{{ setting("seed") }} split ' || thread_id, 256), thread_id)
                <= 9 * count(*) over ()
            then 'train'
            else 'test'
        end as split
    from threads
{%- else -%}
    select
        parts.thread_id,
        case
            when parts.part = 0
            then 'train'
            when least(coalesce(first_shown_path.part, parts.part), coalesce(first_shown.part, parts.part)) < parts.part
            then 'overlapping'
            when parts.part = 1
            then 'validation'
            when trained.actor_did is null
            then 'test_unseen_users'
            else 'test'
        end as split
    from parts
    left join first_shown_path on parts.answered_post_id = first_shown_path.answered_post_id
    left join first_shown on parts.thread_id = first_shown.post_id
    left join trained on parts.actor_did = trained.actor_did
{%- endif %}
