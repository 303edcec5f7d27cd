{# What personas there are, which scales the users cannot fill, and who has moved. #}
{% macro persona_lines(built) -%}
    {%- if "persona_quality" in built and "persona_members" in built %}
        with

            scales as (select unnest({{ setting("persona_scales") }}) as scale),

            moved as (
                select scale, count(*) as n_users
                from private.persona_members
                where previous_persona_id <> persona_id
                group by scale
            )

        select
            'Personas' as label,
            format(
                'at scale {}{} (private.personas, private.persona_quality)',
                string_agg(scale, ', ' order by scale),
                coalesce(
                    (
                        select '; moved: ' || string_agg(format('{:,} users at {}', n_users, scale), ', ' order by scale)
                        from moved
                    ),
                    ''
                )
            ) as sentence
        from private.persona_quality
        having count(*) > 0

        union all

        select
            'Left out',
            format(
                'scale {}: too few users in scope for so many personas of at least {{ setting("min_persona_size") }} people',
                string_agg(scale, ', ' order by scale)
            )
        from scales
        where scale not in (select scale from private.persona_quality)
        having count(*) > 0
    {% endif -%}
{%- endmacro %}
