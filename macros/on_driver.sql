{# How a model that is DuckDB's own is made: as it says on DuckDB, beside Spark elsewhere. #}
{% macro on_driver(materialized) %} {{ return(materialized if target.type == "duckdb" else "on_driver") }} {% endmacro %}

{# Does the model at hand run beside Spark? Then its SQL is DuckDB's. #}
{% macro is_on_driver() %}
    {{ return(model is defined and model.get("config", {}).get("materialized") == "on_driver") }}
{% endmacro %}
