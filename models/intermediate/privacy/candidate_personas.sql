{{ config(materialized=on_driver("table")) }}
-- Grain: one row per persona that released threads tell, with nothing in it that is one person's. A term is used by `k` of its
-- people or, where it has fewer than twice `k`, by three, and then it is no word of a name. How many posts it was made from
-- is told to two figures, and not at all where one person wrote a third of them.
with

    released as (select scale, persona_id, n_threads from {{ ref("int_privacy__checked_personas") }}),

    posts as (
        select members.scale, members.persona_id, max(users.kept_post_count) as most, sum(users.kept_post_count) as n_posts
        from {{ ref("persona_members") }} as members
        inner join {{ ref("int_personas__users") }} as users on members.user_did = users.user_did
        group by members.scale, members.persona_id
    ),

    words_of_names as (
        select distinct word
        from {{ ref("int_privacy__names") }} as names
        cross join lateral unnest(string_split(names.name, ' ')) as unnested(word)
    ),

    terms as (
        select terms.scale, terms.persona_id, {{ ordered_list("terms.term", "terms.term_rank") }} as top_terms
        from {{ ref("int_personas__terms") }} as terms
        inner join {{ ref("personas") }} as personas on terms.scale = personas.scale and terms.persona_id = personas.persona_id
        where
            terms.n_users >= {{ setting("k") }}
            or (
                personas.n_users < 2 * {{ setting("k") }} and terms.term not in (select words_of_names.word from words_of_names)
            )
        group by terms.scale, terms.persona_id
    )

select
    cast(personas.scale as int) as scale,
    cast(personas.persona_id as int) as persona_id,
    cast(personas.parent_persona_id as int) as parent_persona_id,
    personas.n_users as user_count,
    case
        when 3 * posts.most <= posts.n_posts
        then cast(round(posts.n_posts, 1 - cast(floor(log10(posts.n_posts)) as int)) as bigint)
    end as post_count,
    released.n_threads as thread_count,
    round(personas.silhouette, 2) as silhouette,
    terms.top_terms
from {{ ref("personas") }} as personas
inner join released on personas.scale = released.scale and personas.persona_id = released.persona_id
inner join posts on personas.scale = posts.scale and personas.persona_id = posts.persona_id
left join terms on personas.scale = terms.scale and personas.persona_id = terms.persona_id
order by scale, persona_id
