-- Grain: one row per model and word or two that tell its texts from people's: positive where the model overuses them. Each
-- occurs in the texts of k people or more.
select model, ngram, weight from {{ ref("measured") }} where kind = 'tell'
