"""What a deletion, a refusal and an erasure reach, and what they leave k people strong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from homes import NO_EXPERIMENT, NO_TESTS, all_bytes, ask, found_in_tables, main_in, private, released
from oracle import ROOT
from simpact.dbt_plugin import Plugin
from simpact.erasure.standing import Erased, keep_out
from simpact.erasure.warehouse import erase_from_warehouse, find_person
from simpact.errors import UserError
from warehouse import KEY, run_dbt


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_home, tmp_path / "home"))


def liked_posts(home: Path) -> list[tuple[str, str, str]]:
    """URI, author and words of posts that many released threads show, in words that nobody else ever wrote."""
    return private(
        home,
        """
        select states.uri, states.author_did, posts.text
        from private.int_privacy__messages as messages
        inner join private.int_privacy__released as released using (thread_id)
        inner join staging.stg_bluesky__posts as posts on messages.text_event_id = posts.event_id
        inner join staging.stg_bluesky__post_states as states on states.current_event_id = posts.event_id
        where length(posts.text) > 60
        group by all having count(*) > 10
        and (select count(*) = 1 from staging.stg_bluesky__posts as other where contains(other.text, posts.text))
        order by count(*) desc, 1 limit 3
        """,
    )


def test_a_deletion_and_a_refusal_reach_everything_above_raw(home: Path, tmp_path: Path) -> None:
    """One post is deleted, one author leaves, one author says no: their words are in no table above raw and no file.

    Whoever leaves is still somebody whose name others wrote.
    """
    (deleted, left, refused) = liked_posts(home)
    ((named, name),) = private(home, """
        select did, display_name
        from staging.stg_bluesky__profiles
        inner join private.int_privacy__named on name = lower(display_name) and contains(name, ' ')
        inner join private.int_privacy__written as written using (text_hash)
        inner join private.int_privacy__messages as messages on messages.text_event_id = written.event_id
        inner join private.int_privacy__released using (thread_id)
        where did not in (written.author_did, messages.author_did)
        group by all order by count(*) desc, did limit 1
    """)  # fmt: skip
    archive = Path(shutil.copytree(ROOT / "seeds/sample/archive", tmp_path / "archive"))
    later = {"time_us": 1_743_500_000_000_000}
    did, _, rkey = deleted[0].removeprefix("at://").split("/")
    commit = {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": rkey, "rev": "3zzzzzzzzzzz2"}
    declared = {"$type": "org.user-intents.declaration", "bulkDataset": {"allow": False}}
    declaration = {"operation": "create", "collection": "org.user-intents.declaration", "rkey": "self", "rev": "3zzzzzzzzzzz3"}
    lines = [
        {"did": did, "kind": "commit", "commit": commit, **later},
        {
            "did": left[1],
            "kind": "account",
            "account": {"active": False, "status": "deleted", "did": left[1], "seq": 10**17},
            **later,
        },
        {"did": named, "kind": "account", "account": {"active": False, "did": named, "seq": 10**17}, **later},
        {"did": refused[1], "kind": "commit", "commit": {**declaration, "record": declared}, **later},
    ]
    (archive / "later.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    # The path of the archive is new, so every file is another one; the same files under the old path are set aside.
    result = run_dbt("build", *NO_TESTS, *NO_EXPERIMENT, home=home, archive=str(archive))
    assert result.returncode == 0, result.stdout
    assert main_in(home, "export") == 0
    gone = [words for _, _, words in (deleted, left, refused)]
    assert private(home, f"select count(*) from staging.stg_bluesky__profiles where did = '{named}'") == [(0,)]
    assert found_in_tables(home / "simpact_release.duckdb", [name]) == []
    assert private(home, f"select count(*) > 0 from private.int_privacy__named where name = lower('{name}')") == [(True,)]
    assert found_in_tables(home / "simpact_private.duckdb", gone, above="raw") == []
    assert found_in_tables(home / "simpact_release.duckdb", gone) == []
    exported = b"".join(content for path, content in all_bytes(home / "exports") if path.suffix == ".jsonl")
    assert len(exported) > 1e6 and not [words for words in gone if json.dumps(words)[1:-1].encode() in exported]
    hashes = private(home, f"select count(*) from private.text_embeddings where text_hash in (select md5(unnest({gone!r})))")
    assert hashes == [(0,)]


# Somebody without whom some cells have fewer than ten people, and of whose handle nobody else writes.
NEEDED = """
    with cells as (
        select cell, actor_did, count(distinct actor_did) over (partition by cell) as n_people
        from (select distinct cell, actor_did from private.int_privacy__released)
    )
    select did, handle
    from cells
    inner join staging.stg_bluesky__identities on did = actor_did
    where n_people = 10 and not exists (select 1 from staging.stg_bluesky__posts where contains(lower(text), lower(handle)))
    group by all order by count(*) desc, did limit 1
"""

PREPARED = (
    *(("int_privacy__speakers", "released_id"), ("int_privacy__released", "released_id")),
    *(("candidate_threads", "thread_id"), ("candidate_messages", "thread_id"), ("keyed_index", "thread_id")),
)

# Of the rewritten file, with who acted in it: the fewest people and the largest share of one in any cell.
CELLS_LEFT = """
    with shapes as (
        select
            thread_id,
            string_agg(speaker || (message_text is null), ' ' order by message_index) as speakers,
            string_agg(coalesce(gap, ''), ' ' order by message_index) as gaps
        from release.messages group by thread_id
    ),
    people as (
        select personas, time_bucket, action_type, split, speakers, gaps, actor_did, count(*) as n
        from release.threads inner join shapes using (thread_id) inner join actors using (thread_id) group by all
    ),
    cells as (
        select count(*) as n_people, max(n) / sum(n) as share
        from people group by personas, time_bucket, action_type, split, speakers, gaps
    )
    select min(n_people), max(share) from cells
"""


@pytest.mark.parametrize("is_private_there", [True, False], ids=["from everywhere", "by the keyed index alone"])
def test_an_erasure_reaches_everything_and_lasts(
    is_private_there: bool, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ((did, handle),) = private(home, NEEDED)
    said = [words for (words,) in private(home, f"""
        select distinct text from private.int_privacy__written as written
        where length(text) > 40 and author_did = '{did}'
        and (select count(distinct did) = 1 from raw.events where contains(record, written.text)) -- as it stands in JSON
    """)]  # fmt: skip
    spoken = private(home, f"select distinct thread_id from private.released_people where author_did = '{did}'")
    actors = private(home, "select released_id, actor_did from private.int_privacy__released")
    before = released(home, "select thread_id from release.threads")
    assert said and len(spoken) > 10 and main_in(home, "export") == 0 and main_in(home, "export-agents", "--n", "9") == 0
    (home / "report").mkdir(exist_ok=True)
    for name in ("report.html", "previous.json"):
        (home / "report" / name).write_text(said[0])
    called = {name for (name,) in private(home, "select name from private.int_privacy__names")}
    if is_private_there:
        with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:  # a later build has prepared another release
            for table, column in PREPARED:
                connection.execute(f"update private.{table} set {column} = {column} + 100000")
    else:
        (home / "simpact_private.duckdb").unlink()
    monkeypatch.setenv("SIMPACT_KEY", KEY)

    (home / "exports/mine.txt").touch()
    with pytest.raises(SystemExit):
        main_in(home, "erase", did)
    assert "mine.txt' is not from an export" in capsys.readouterr().err
    assert released(home, "select thread_id from release.threads") == before and not (home / "simpact_erased.ndjson").exists()
    (home / "exports/mine.txt").unlink()

    assert main_in(home, "erase", f"@{handle}" if is_private_there else did) == 0
    receipt = capsys.readouterr().out
    assert "report: deleted" in receipt and list((home / "report").iterdir()) == []
    assert f"holds the person in {len(spoken):,} threads" in receipt
    assert f"simpact_release.duckdb: {len(spoken):,} threads, and " in receipt
    assert ("simpact_private.duckdb raw.events:" in receipt) == is_private_there

    after = released(home, "select thread_id from release.threads")
    assert not set(after) & set(spoken) and len(before) - len(spoken) - len(after) >= 9  # a cell of ten went as well
    with duckdb.connect(str(home / "simpact_release.duckdb"), read_only=True) as connection:
        connection.execute("create temp table actors as select * from (select unnest(?) as thread_id, unnest(?) as actor_did)",
                           [[thread for thread, _ in actors], [actor for _, actor in actors]])  # fmt: skip
        ((fewest, share),) = connection.execute(CELLS_LEFT).fetchall()
    assert fewest >= 10 and share <= 1 / 3 + 1e-9
    assert found_in_tables(home / "simpact_release.duckdb", said) == []
    exported = b"".join(content for path, content in all_bytes(home / "exports") if path.suffix == ".jsonl")
    assert len(exported) > 1e6 and not [words for words in said if json.dumps(words)[1:-1].encode() in exported]
    card = dict(released(home, "select item, value from release.data_card where section in ('erasure', 'counts')"))
    assert card["threads"] == str(len(after)) and card["threads_erased_since"] == str(len(before) - len(after))
    told = "select count(*) from release.personas where user_count is not null or post_count is not null"
    assert released(home, told) == [(0,)] and released(home, "from release.mixing") == []
    assert not (home / "exported_agents").exists()
    if is_private_there:
        assert found_in_tables(home / "simpact_private.duckdb", [did, *said]) == []
        assert found_in_tables(home / "simpact_private.duckdb", [handle], above="raw") == []
        assert did.encode() not in (home / "simpact_private.duckdb").read_bytes()
        assert called.issuperset(json.loads((home / "simpact_erased.ndjson").read_text())["names"] or ["none"])

    assert main_in(home, "erase", did) == 0  # again: nothing is left to erase
    again = capsys.readouterr().out
    assert "simpact_release.duckdb: 0 threads, and 0 more" in again or not is_private_there
    assert "is it the right one?" not in again
    part = NO_EXPERIMENT if is_private_there else ("--selector", "threads")
    result = run_dbt("build", *part, "--exclude-resource-type", "unit_test", home=home)
    assert result.returncode == 0, result.stdout
    assert found_in_tables(home / "simpact_private.duckdb", [did, *said]) == []
    assert private(home, "select count(*) > 0 from raw.events where reject_reason = 'erased'") == [(True,)]
    assert private(home, "select count(*) from raw.events") == [(50_000,)]


def test_a_release_that_cannot_be_searched_is_said_before_anything_is_changed(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ((did, _),) = private(home, NEEDED)
    with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:
        connection.execute("drop table private.released_people")
    monkeypatch.delenv("SIMPACT_KEY", raising=False)
    with pytest.raises(SystemExit):
        main_in(home, "erase", did)
    assert "holds another release than the private database knows: set SIMPACT_KEY" in capsys.readouterr().err
    assert not (home / "simpact_erased.ndjson").exists()


def test_who_cannot_be_found_is_one_sentence(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main_in(home, "erase", "did:plc:")
    assert capsys.readouterr().err == "simpact: 'did:plc:' is no DID.\n"
    assert main_in(home, "erase", "did:plc:zzzzzzzzzzzzzzzzzzzzzzzz") == 0
    assert "Nothing here names this DID: is it the right one?" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main_in(home, "erase", "@nobody.example.com")
    assert capsys.readouterr().err == "simpact: No identity event of the archive tells this handle: give the DID.\n"
    (home / "simpact_private.duckdb").unlink()
    with pytest.raises(SystemExit):
        main_in(home, "erase", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")
    assert "set SIMPACT_KEY" in capsys.readouterr().err


def test_who_is_half_erased_is_found_by_the_handle_again() -> None:
    """A kill after the lines are gone and before the database is written anew."""
    warehouse = duckdb.connect()
    warehouse.execute(
        "create schema raw; create table raw.events (did text, kind text, identity json, time_us int, event_id int);"
    )
    ann, eve = Erased("did:plc:ann", ["ann", "ann example com"]), Erased("did:plc:eve", ["ann", "eve example com"])
    assert find_person(warehouse, "@Ann.example.com", [ann, eve]) == "did:plc:ann"
    for handle in ("ann", "bob.example.com"):  # what two have been called tells neither
        with pytest.raises(UserError, match="give the DID"):
            find_person(warehouse, handle, [ann, eve])
    warehouse.execute("""insert into raw.events values ('did:plc:new', 'identity', '{"handle": "ann.example.com"}', 1, 1)""")
    assert find_person(warehouse, "ann.example.com", [ann, eve]) == "did:plc:new"


def test_the_build_after_a_killed_erasure_writes_the_database_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A kill after the lines are gone: what was in them lies in free blocks, and who is erased again is no stranger."""
    path, did, said = tmp_path / "simpact_private.duckdb", "did:plc:ann", b"what ann said"
    credentials = DuckDBCredentials(path=str(path), database="simpact_private", schema="main")
    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute(f"""
            set force_compression = 'uncompressed';
            create schema raw;
            create table raw.events as
            select i as event_id, '{did}' as did, 'commit' as kind, '' as collection, null::json as identity,
                ('"{said.decode()} ' || i || '"')::json as record, '' as line, null::varchar as reject_reason
            from range(9000) as lines(i)
        """)
    with duckdb.connect(str(path)) as warehouse:
        assert erase_from_warehouse(warehouse, did) == {"raw.events": 9000}
    assert said in path.read_bytes()
    capsys.readouterr()
    Plugin("simpact", {}, credentials).update_connection_config(credentials, {})
    assert said not in path.read_bytes()
    assert ask(path, "select count(*), count(record) from raw.events") == [(9000, 0)]
    assert not found_in_tables(path, [did]) and len(ask(path, "from duckdb_tables()")) == 1
    keep_out(tmp_path, did, [])
    assert main_in(tmp_path, "erase", did) == 0
    assert "Nothing here names the person any more." in capsys.readouterr().out
