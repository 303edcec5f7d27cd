-- Grain: one row per persona and persona that its people act towards, and one for anyone else together (NULL). Every row, the
-- one for anyone else included, holds `k` people who act and `k` who are acted towards, none of them most of it. So the rows
-- of a persona are a partition without a rest that subtraction could find: what may not be told alone is taken together with
-- the smallest that may, until it may be told as one; a persona where that takes all has no row. Shares are of a persona's
-- own, and how many pairs they are of is not told, so columns cannot be added up.
{% set sides = {"actors": "actor_did", "targets": "target_did"} %}

with

    pairs as (select * from {{ ref("int_privacy__mixing_pairs") }}),

    {% for side, person in sides.items() %}
        {{ side }} as (
            select persona_id, target_persona_id, {{ person }} as person, count(*) as n
            from pairs
            group by persona_id, target_persona_id, {{ person }}
        ),

        {{ side }}_of_cells as (
            select
                persona_id,
                coalesce(target_persona_id, -1) as target_number,
                sum(n) as n_pairs,
                count(*) >= {{ setting("k") }} and not ({{ is_dominated("max(n)", "sum(n)", "sum(n * n)") }}) as is_enough
            from {{ side }}
            group by persona_id, coalesce(target_persona_id, -1)
        ),
    {% endfor %}

    -- First what may not be told alone, then the smallest.
    cells as (
        select
            actors.persona_id,
            actors.target_number,
            actors.n_pairs,
            actors.is_enough and targets.is_enough and actors.target_number >= 0 as is_tellable
        from actors_of_cells as actors
        inner join
            targets_of_cells as targets
            on actors.persona_id = targets.persona_id
            and actors.target_number = targets.target_number
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by persona_id order by case when is_tellable then n_pairs else 0 end, target_number
            ) as place,
            sum(case when is_tellable then 0 else 1 end) over (partition by persona_id) as n_untellable,
            count(*) over (partition by persona_id) as n_cells,
            sum(n_pairs) over (partition by persona_id) as n_all
        from cells
    ),

    -- Of the first cells together, however many: the people, and how they share them.
    {% for side in sides %}
        {{ side }}_in_turn as (
            select
                placed.persona_id,
                placed.place,
                people.n,
                sum(people.n) over (partition by placed.persona_id, people.person order by placed.place) as own
            from {{ side }} as people
            inner join
                placed
                on people.persona_id = placed.persona_id
                and coalesce(people.target_persona_id, -1) = placed.target_number
        ),

        {{ side }}_added as (
            select
                persona_id,
                place,
                sum(n) as n,
                sum(case when own = n then 1 else 0 end) as n_people,
                max(own) as most,
                sum(own * own - (own - n) * (own - n)) as squares
            from {{ side }}_in_turn
            group by persona_id, place
        ),

        {{ side }}_together as (
            select
                persona_id,
                place,
                sum(n_people) over so_far >= {{ setting("k") }}
                and not (
                    {{ is_dominated("max(most) over so_far", "sum(n) over so_far", "sum(squares) over so_far") }}
                ) as is_enough
            from {{ side }}_added
            window so_far as (partition by persona_id order by place)
        ),
    {% endfor %}

    -- How many are told as one: none where each may be told alone.
    taken_together as (
        select placed.persona_id, min(case when placed.n_untellable = 0 then 0 else placed.place end) as n_together
        from placed
        inner join actors_together as actors on placed.persona_id = actors.persona_id and placed.place = actors.place
        inner join targets_together as targets on placed.persona_id = targets.persona_id and placed.place = targets.place
        where placed.n_untellable = 0 or (placed.place >= placed.n_untellable and actors.is_enough and targets.is_enough)
        group by placed.persona_id
    ),

    told as (
        select
            placed.persona_id,
            case when placed.place > taken_together.n_together then placed.target_number end as target_persona_id,
            placed.n_pairs,
            placed.n_all
        from placed
        inner join taken_together on placed.persona_id = taken_together.persona_id
        where taken_together.n_together < placed.n_cells
    )

select
    cast({{ setting("mixing_scale") }} as int) as scale,
    cast(persona_id as int) as persona_id,
    cast(target_persona_id as int) as target_persona_id,
    round(1000 * (sum(n_pairs) / max(n_all))) / 1000 as share
from told
group by persona_id, target_persona_id
order by persona_id, target_persona_id
