-- Grain: one row per baseline and prompt of a chosen persona: what somebody would predict who has read no word of it. The
-- priors are shares of the training threads, with one thread more of every action, so that nothing is impossible.
with

    training as (select * from {{ ref("int_experiment__threads") }} where split = 'train'),

    prompts as (
        select prompts.thread_id, prompts.draw, prompts.persona_id, threads.has_context
        from {{ ref("int_experiment__persona_prompts") }} as prompts
        inner join {{ ref("int_experiment__threads") }} as threads on prompts.thread_id = threads.thread_id
    ),

    actions as (select action_type, place from {{ ref("action_types") }}),

    counts as (select persona_id, has_context, action_type, count(*) as thread_count from training group by all),

    weights as (
        select 'majority' as model, prompts.thread_id, actions.place, 1 + coalesce(sum(counts.thread_count), 0) as weight
        from prompts
        cross join actions
        left join counts on actions.action_type = counts.action_type
        group by all

        union all

        select 'persona_prior' as model, prompts.thread_id, actions.place, 1 + coalesce(sum(counts.thread_count), 0) as weight
        from prompts
        cross join actions
        left join counts on actions.action_type = counts.action_type and prompts.persona_id = counts.persona_id
        group by all

        union all

        select 'context_prior' as model, prompts.thread_id, actions.place, 1 + coalesce(sum(counts.thread_count), 0) as weight
        from prompts
        cross join actions
        left join
            counts
            on actions.action_type = counts.action_type
            and prompts.persona_id = counts.persona_id
            and prompts.has_context = counts.has_context
        group by all

        union all

        -- The two lines that beat every language model of the paper.
        select
            'rule' as model,
            prompts.thread_id,
            actions.place,
            (actions.action_type = case when prompts.has_context then 'follow' else 'post' end)::integer as weight
        from prompts
        cross join actions
    ),

    shares as (
        select
            *,
            weight / sum(weight) over (partition by model, thread_id) as share,
            sum(weight) over (partition by model, thread_id order by place)
            / sum(weight) over (partition by model, thread_id) as share_so_far
        from weights
    ),

    -- One number between 0 and 1 per prompt, the same for every baseline.
    chances as (select thread_id, ('0x' || substr(md5('action ' || draw), 1, 8))::uinteger / 4294967296 as chance from prompts),

    predictions as (
        select
            shares.model,
            shares.thread_id,
            list(shares.share order by shares.place) as probabilities,
            case
                when shares.model = 'majority'
                then arg_max(shares.place, {'share':shares.share, 'first': - shares.place})
                else min(shares.place) filter (shares.share_so_far > chances.chance)
            end as place
        from shares
        inner join chances on shares.thread_id = chances.thread_id
        group by shares.model, shares.thread_id
    )

select predictions.model, predictions.thread_id, predictions.probabilities, actions.action_type
from predictions
inner join actions on predictions.place = actions.place
