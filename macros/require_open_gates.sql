{# Before anything is released, in `dbt run` too: an expectation that does not hold stops here, with its reason. #}
{% macro require_open_gates() -%}
    {%- set gates = [ref("gate_intake"), ref("gate_personas"), ref("gate_release")] -%}
    {%- set fingerprint = ref("int_privacy__fingerprint") -%}
    {%- if execute -%}
        {%- set judged_query -%}
            select count(*)
            from {{ gates[2] }}
            where judged is distinct from (select fingerprint from {{ fingerprint }})
        {%- endset -%}
        {%- if run_query(judged_query).columns[0][0] -%}
            {{
                exceptions.raise_compiler_error(
                    "gate_release judged something else than what is to leave: build it again. Nothing is released."
                )
            }}
        {%- endif -%}
        {%- for gate in gates -%}
            {%- set closed = (
                run_query("select why from " ~ gate ~ " where success is not true order by why").columns[0].values()
            ) -%}
            {%- if closed -%}
                {{
                    exceptions.raise_compiler_error(
                        gate.identifier ~ " is closed: " ~ closed | join(" ") ~ " Nothing is released."
                    )
                }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
