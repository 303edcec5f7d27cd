{# Does a URI name a post, whether or not the archive has it? #}
{% macro is_post_uri(uri) -%} regexp_like({{ uri }}, '^at://[^/]+/app[.]bsky[.]feed[.]post/[^/]+\z') {%- endmacro %}
