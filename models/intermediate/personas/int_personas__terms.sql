-- Grain: one row per persona and one of its ten top terms by class-based TF-IDF (Grootendorst 2022, BERTopic, equation 2):
-- share of a term in the persona's posts times log(1 + average number of terms per persona / number of uses everywhere). A post
-- counts a term once. A term of a persona is used by three of its people or more, so that it is nobody's own, and not by
-- every fifth user, so that it is not a word of all.
with

    texts as (
        select user_did, post_id, string_split(trim(words_of(without_links(text))), ' ') as words
        from {{ ref("int_personas__posts") }}
    ),

    words as (
        select distinct texts.user_did, texts.post_id, word
        from texts
        cross join lateral unnest(texts.words) as unnested(word)
        where length(word) between 3 and 30 and regexp_like(word, '^[^0-9]+\z')
    ),

    uses as (select user_did, word as term, count(*) as n_posts from words group by user_did, word),

    common as (
        select term from uses group by term having 5 * count(*) > (select count(*) from {{ ref("int_personas__users") }})
    ),

    counts as (
        select members.scale, members.persona_id, uses.term, sum(uses.n_posts) as n_posts, count(*) as n_users
        from uses
        inner join {{ ref("persona_members") }} as members on uses.user_did = members.user_did
        where uses.term not in (select common.term from common)
        group by members.scale, members.persona_id, uses.term
    ),

    everywhere as (
        select scale, term, sum(n_posts) as n_posts, sum(sum(n_posts)) over (partition by scale) / scale as posts_per_persona
        from counts
        group by scale, term
    ),

    sizes as (select scale, persona_id, sum(n_posts) as n_posts from counts group by scale, persona_id),

    scored as (
        select
            counts.scale,
            counts.persona_id,
            counts.term,
            counts.n_users,
            counts.n_posts / sizes.n_posts * ln(1 + everywhere.posts_per_persona / everywhere.n_posts) as score
        from counts
        inner join everywhere on counts.scale = everywhere.scale and counts.term = everywhere.term
        inner join sizes on counts.scale = sizes.scale and counts.persona_id = sizes.persona_id
        where counts.n_users >= 3
    ),

    ranked as (select *, row_number() over (partition by scale, persona_id order by score desc, term) as term_rank from scored)

select scale, persona_id, term_rank, term, score, n_users
from ranked
where term_rank <= 10
