{{ config(materialized=on_driver("table")) }}
-- Grain: one row: the secret of this build, which decides ids and order. It depends on the key, so that nobody without it can
-- work the order out again, not even with the same seed.
select keyed('salt ' || {{ "'" ~ setting("release_seed") ~ "'" if setting("release_seed") is not none else "uuid()" }}) as salt
