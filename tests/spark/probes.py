"""Expressions in one text for two engines: what models say, and what they must not."""

from __future__ import annotations

# Columns of the rows: n, s, t, x, day_us.
SAME = (
    # text
    "lower(t)",
    "upper('abc')",
    "length(s)",
    "left(s, 2)",
    "right(s, 2)",
    "substr(s, 2, 3)",
    "replace(s, 'a', 'b')",
    "trim('  a ')",
    "contains(s, 'a')",
    "split_part('at://did:plc:x/app.bsky.feed.post/3k', '/', 3)",
    "split_part('a', '/', 3)",
    "s || '|' || n",
    "concat_ws('|', s, cast(null as string), t)",
    "chr(31) || 'a' || chr(10)",
    "md5(s)",
    "sha2(s, 256)",
    "cast(n as string)",
    # patterns
    "regexp_like(s, '[0-9]+')",
    "regexp_like(s, 'a')",
    r"regexp_like('did:plc:abc', '(?i)\bDID:[a-z0-9]+:')",
    r"regexp_like(s, '(^|[^\pL\pN])1')",
    "replace_all('a.b.c', '[.]', '-')",
    "replace_all('aaa', 'a', '')",
    r"regexp_like('12' || chr(10), '^[0-9]{1,18}\z')",
    # what DuckDB reads on both
    "small_letters(s)",
    "small_letters('ÀÉÎõü Şıİ ΣΟΣ ŉ Ǆ ﬁ \u212a')",
    "words_of(s)",
    "words_of('Ünïcödé ΆΣ, 42€ \U0001df00\U00031350 ٣')",
    "cased_words_of('Ünïcödé ΆΣ')",
    "without_links('go to HTTPS://a.example/b \u017fee www.c.example')",
    "text_skeleton('\u00a0At 12:30\u3000 @Ann\x0bsees http://a.example/İ\u2003')",
    *(f"whole_number('{text}')" for text in ("7", " 7 ", "1.5", "1e2", "0x10", "1_000", "+5", "99999999999999999999", "", "x")),
    "array_join(string_split('a b  c', ' '), '|')",
    "array_join(string_split('', ' '), '|')",
    # numbers
    "n / 2",
    "7 / 2",
    "n % 7",
    "cast(floor(n / 2) as bigint)",
    "greatest(n, null, 3)",
    "least(n, 3)",
    "round(cast(2.5 as double))",
    "round(cast(-2.5 as double))",
    "round(100 * x) / 100",
    "sqrt(cast(2 as double))",
    "ln(cast(10 as double))",
    "log10(cast(1000 as double))",
    "pow(2, 10)",
    "cast('12' as bigint)",
    "try_cast('x' as bigint)",
    "try_cast('99999999999999999999' as bigint)",
    "isnan(cast('nan' as double))",
    # logic
    "n is distinct from null",
    "coalesce(null, n, 1)",
    "nullif(s, 'a')",
    "case when n > 1 then 'a' end",
    "n in (1, 2)",
    "n not in (1, null)",
    "n between 1 and 3",
    # moments
    "cast(timestamp_micros(day_us) as string)",
    "{{ time_bucket('day_us', 'day') }}",
    "{{ time_bucket('day_us', 'week') }}",
    "{{ time_bucket('day_us', 'month') }}",
    # lists
    "sequence(1, 3)",
    "array_contains(string_split('a b', ' '), 'a')",
)

# A record as hostile as it may be after landing, and paths into it.
RECORD = (
    r"""'{"a": "x", "b": {"$c": 1.50}, "d": [1, "y", null, {"z": 1, "z": "\u00e9\ud83e\ude84"}, "{", NaN], "e": null, """
    r""""f": true, "g": "\u00e9\ud83e\ude84 \"\n", "a": "z", "h": 12345678901234567890, "i": 1e2, "j": "", "k": {}, "l": [], """
    r""""m": NaN, "n": -Infinity, "o": 1E+400, "p": -0, "q": {"r": 1}, "q": {"s": 2}, "e": "y", "t": "{\"u\": 1}", """
    r""""v": [null]}'"""
)
PATHS = ("a", "b.$c", "e", "f", "g", "h", "i", "j", "m", "n", "o", "p", "q", "q.r", "q.s", "t.u", "no", "b.no", "a.no", "d.no")
ARRAYS = ("l", "no", "a", "b", "e", "v")
SAME += tuple(
    f"(select found from (select {{{{ json_columns(record, {{'found': '{path}'}}) }}}} ) as records)" for path in PATHS
)
SAME += tuple(f"{{{{ json_array(record, '{path}') }}}}" for path in (*ARRAYS, "d"))
SAME += tuple(f"array_join({{{{ json_array(record, '{path}') }}}}, ' ')" for path in ("l", "d", "v"))
SAME += tuple(f"{{{{ json_object_array(record, '{path}') }}}}" for path in (*ARRAYS, "d"))

# Of all rows that have a number, together.
SAME_OF_MANY = (
    "{{ ordered_list('s', 'n') }}",
    "{{ ordered_structs({'a': 's', 'b': 'n'}, 'n') }}",
    "{{ map_of(ordered_list('n', 'n'), ordered_list('n', 'n')) }}",
    "count(*)",
    "count(distinct s)",
    "sum(n) / count(*)",
    "avg(n)",
    "median(n)",
    "max_by(s, n)",
    "min_by(s, n)",
    "bool_or(n = 1)",
    "count(*) filter (where n > 0)",
    "max(case when n > 0 then s end)",
)

NOT_THE_SAME = (
    "round(x, 2)",
    "concat(s, null)",
    "string_split('a b', ' ')[1]",
    "split(s, '.')",
    "regexp_replace('aa', 'a', 'b')",
    "cast(7 / 2 as int)",
    "cast(x as string)",
    "upper('ß')",
    "lower('İ')",
    "lower('ΑΣ')",
    r"regexp_like(chr(11), '\s')",
    "regexp_like('\u017f', '(?i)s')",
    "try_cast('1.5' as bigint)",
    "trim(chr(160) || 'a')",
    "1.0 / 3",
    "n / 0",
    "7 // 2",
    "array_position(string_split('a b', ' '), 'c')",
    "array_distinct(string_split('b a b', ' '))",
    "cast(s as varchar)",
    "hash(n)",
    "sequence(1, 0)",
    "{'a': n}",
    "[1, 2]",
    "list_transform(string_split('a b', ' '), lambda x: x)",
    '"n"',
    "starts_with(s, 'a')",
    "extract(dow from timestamp_micros(day_us))",
    "regexp_like('a' || chr(10), 'a$')",
    "string_agg(s, ',' order by s) over ()",
    "list(n) over ()",
    "n::text",
    "epoch_us(timestamp_micros(day_us))",
)
