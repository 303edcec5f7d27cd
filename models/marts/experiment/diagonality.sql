-- Grain: one row: do adapters fit their own persona better than another one? The p value is that of dealing personas to people
-- anew.
select advantage, ci_low, ci_high, p_value, diagonality as diagonality_paper, n_people from {{ ref("measured_diagonality") }}
