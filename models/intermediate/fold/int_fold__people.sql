-- Grain: one row per person who is withheld or in scope, as of the last completed fold: what the next build compares with.
-- depends_on: {{ ref("int_threads__paths") }}
-- depends_on: {{ ref("coverage") }}
{{ people_now() }}
