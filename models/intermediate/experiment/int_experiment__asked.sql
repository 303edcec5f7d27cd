-- Grain: one row per model and held-out thread that it is asked about. The models of personas answer every persona's prompts,
-- which shows whether they know their own better; texts are written where a model is judged as that persona, and one more there
-- for the action that the model of actions bets on, where it was asked.
{{ config(materialized="view") }}
with

    models as (
        select plan.adapter as model, plan.kind, plan.persona_id, trained.folder
        from {{ ref("adapter_plan") }} as plan
        inner join {{ ref("trained_adapters") }} as trained on plan.adapter = trained.adapter and trained.status = 'trained'

        union all

        select 'base' as model, 'base' as kind, null as persona_id, null as folder
    ),

    asked as (
        select
            models.model,
            models.folder,
            prompts.thread_id,
            prompts.draw,
            bool_or(prompts.grouped_by = 'persona') as is_of_persona,
            bool_or(
                prompts.grouped_by = 'persona' and (models.kind in ('base', 'all') or models.persona_id = prompts.group_id)
            ) as writes_text,
            bool_or(
                prompts.grouped_by = 'persona' and models.kind = 'persona' and models.persona_id = prompts.group_id
            ) as takes_bet
        from {{ ref("int_experiment__prompts") }} as prompts
        inner join
            models
            on case
                prompts.grouped_by
                when 'persona'
                then models.kind <> 'random'
                else models.kind in ('random', 'unclustered') and models.persona_id = prompts.group_id
            end
        group by models.model, models.folder, prompts.thread_id, prompts.draw
    )

-- What chance a model has at a prompt depends on the prompt's place: those of personas come first, in the same places for all
-- models that are compared.
select
    asked.model,
    asked.folder,
    asked.thread_id,
    asked.draw,
    asked.writes_text,
    bets.action_type as bet,
    examples.prompt,
    examples.target
from asked
inner join {{ ref("examples") }} as examples on asked.thread_id = examples.thread_id
left join {{ ref("int_prediction__persona_bets") }} as bets on asked.takes_bet and asked.thread_id = bets.thread_id
order by asked.model, asked.is_of_persona desc, asked.draw, asked.thread_id
