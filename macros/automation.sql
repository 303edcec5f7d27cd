{# What the score is made of: columns of int_automation__actions, summed over what a person did, or their maximum. #}
{% macro automation_sums() -%}
    {{
        return(
            {
                "n_actions": "sum(1)",
                "n_posts": "sum(is_post)",
                "n_gaps": "sum(is_gap)",
                "n_regular_gaps": "sum(is_regular_gap)",
                "n_minute_pairs": "sum(minute_pairs)",
                "n_bursts": "sum(is_burst)",
                "n_triplets": "sum(is_triplet)",
                "n_texts": "sum(is_text)",
                "n_repeats": "sum(is_repeat)",
                "n_copies": "sum(is_copy)",
                "n_domain_posts": "max(domain_turn)",
                "n_days": "sum(is_new_day)",
                "n_hours": "sum(is_new_hour)",
                "n_sleepless_days": "sum(sleepless_days)",
                "elapsed_us": "sum(gap_us)",
            }
        )
    }}
{%- endmacro %}

{# Each sign of automation, from 0 to 1: its weight, and its expression over the columns that automation_sums names. What is
   added to a denominator are observations without the sign: ten posts with a sign make a half of it, or of twice it.
   docs/automation.md has the reasons. #}
{% macro automation_signals() -%}
    {{
        return(
            {
                "regular_gaps": (0.7, "n_regular_gaps / (n_gaps + 10)"),
                "minute_concentration": (
                    0.6,
                    "greatest(0, n_minute_pairs / greatest(1, n_gaps * (n_gaps - 1) / 2) - 0.1) / 0.9 * n_gaps / (n_gaps + 20)",
                ),
                "sleeplessness": (0.8, "n_sleepless_days / (n_days + 3) * n_hours / 24"),
                "bursts": (0.4, "least(1, 2 * n_bursts / (n_posts + 10))"),
                "triplets": (0.8, "least(1, 2 * n_triplets / (n_posts + 10))"),
                "repeats": (0.6, "n_repeats / (n_texts + 10)"),
                "copies": (0.4, "n_copies / (n_texts + 10)"),
                "one_domain": (0.3, "n_domain_posts / (n_posts + 10)"),
                "posts_per_day": (0.4, "least(1, greatest(0, n_posts / (elapsed_us / 86400000000 + 1) - 50) / 150)"),
            }
        )
    }}
{%- endmacro %}

{# How like a machine, from 0 to 1: 1 - (1 - w1 s1) (1 - w2 s2) ... over signals s and their weights w, each of which is the
   score that its signal can reach alone. #}
{% macro automation_score() -%}
    1
    {% for weight, signal in automation_signals().values() %}
        {{ "-" if loop.first else "*" }} (1 - {{ weight }} * {{ signal }})
    {% endfor %}
{%- endmacro %}
