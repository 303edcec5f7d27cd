{# The actions that features count together: what takes something back is one kind, and so is what changes one's own post. #}
{% macro action_groups() -%}
    {{
        return(
            {
                "like": ["like"],
                "repost": ["repost"],
                "follow": ["follow"],
                "block": ["block"],
                "post": ["post"],
                "reply": ["reply"],
                "quote": ["quote"],
                "undo": ["unlike", "unrepost", "unfollow", "unblock"],
                "change": ["post_update", "post_delete"],
            }
        )
    }}
{%- endmacro %}

{# How many actions of each group a window holds, as a struct: `likes`, `reposts` and so on would be the same by other names. #}
{% macro counts_by_group(over) -%}
    {
        {%- for name in action_groups() %}
            '{{ name }}':count(*) filter (action_group = '{{ name }}') over {{ over }}{{ "," if not loop.last }}
        {%- endfor %}
    }
{%- endmacro %}

{# The frame of a window, in the order of `acted_us`, that ends before this microsecond: what was known. #}
{% macro before(microseconds=none) -%}
    order by acted_us range between {{ microseconds or "unbounded" }} preceding and 1 preceding
{%- endmacro %}
