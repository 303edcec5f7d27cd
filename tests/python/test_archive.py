"""Landing: which files an archive has, how they are known again, and what their bytes become."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import fsspec
import pytest
import yaml
from dbt.clients.jinja import get_rendered
from hypothesis import given
from hypothesis import strategies as st

from oracle import ROOT
from simpact import archive
from simpact.archive import ArchiveFile, list_files, read_lines
from simpact.compression import zstd
from simpact.errors import UserError


def names(files: list[ArchiveFile]) -> list[str]:
    return [Path(file.path).name for file in files]


def lines_of(*paths: Path) -> list[tuple[int, str, str | None]]:
    """Line number, text without its line end, and reason of every line."""
    table = read_lines((number, str(path), 0) for number, path in enumerate(paths, start=1)).read_all()
    columns = (table[name].to_pylist() for name in ("line_number", "line", "reject_reason"))
    return [(number, line.removesuffix("\n"), reason) for number, line, reason in zip(*columns, strict=True)]


# Files


def test_globs_find_nested_files_of_any_name(tmp_path: Path) -> None:
    for name in ("a.ndjson", "2025-03/01/00/bluesky-2-x", "deep/er/b.jsonl.gz", ".hidden.ndjson", ".git/config"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}\n")
    assert names(list_files(f"{tmp_path}/**", [])) == ["bluesky-2-x", "a.ndjson", "b.jsonl.gz"]
    assert names(list_files(str(tmp_path), [])) == ["bluesky-2-x", "a.ndjson", "b.jsonl.gz"]
    assert names(list_files(f"{tmp_path}/*.ndjson, {tmp_path}/deep/**/*.gz", [])) == ["a.ndjson", "b.jsonl.gz"]
    assert names(list_files(f"{tmp_path}/.hidden.ndjson", [])) == [".hidden.ndjson"]


def test_links_are_followed_to_files(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"x\n")
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "archive/broken").symlink_to(tmp_path / "nowhere")
    assert names(list_files(f"{tmp_path}/archive/*", [])) == ["link"]


def test_a_file_two_globs_name_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"")
    assert len(list_files(f"{tmp_path}/*,{tmp_path}/a.*", [])) == 1


def test_an_archive_may_lie_in_object_storage() -> None:
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe({"/bucket/day/1.ndjson": b"one\ntwo", "/bucket/day/2.ndjson.gz": gzip.compress(b"three\n")})
    files = list_files("memory://bucket/day/*", [])
    assert [file.path for file in files] == ["memory:///bucket/day/1.ndjson", "memory:///bucket/day/2.ndjson.gz"]
    table = read_lines((file.number, file.path, file.size_bytes) for file in files).read_all()
    assert table["line"].to_pylist() == ["one\n", "two\n", "three\n"]
    assert list_files("memory://bucket/day/*", files) == [replace(file, is_new=True) for file in files]


@pytest.mark.parametrize("setting", ["", " , "])
def test_an_empty_setting_is_one_clear_sentence(setting: str) -> None:
    with pytest.raises(UserError, match="SIMPACT_ARCHIVE is empty"):
        list_files(setting, [])


def test_a_glob_that_names_nothing_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"SIMPACT_ARCHIVE names no file: nothing matches '.*nothing\.ndjson'"):
        list_files(f"{tmp_path}/nothing.ndjson", [])


def test_a_file_that_cannot_be_read_is_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"x\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.open", refuse)
    with pytest.raises(
        UserError, match=r"SIMPACT_ARCHIVE names what cannot be read: '.*a\.ndjson' \(Permission denied\)"
    ) as told:
        list_files(f"{tmp_path}/*", [])
    assert told.value.__suppress_context__


def test_a_folder_that_cannot_be_listed_is_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may list anything, so the refusal is played."""
    (tmp_path / "a.ndjson").write_bytes(b"x\n")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(UserError, match=r"SIMPACT_ARCHIVE names what cannot be read: '.*closed' \(Permission denied\)"):
        list_files(f"{tmp_path}/**", [])


def test_a_place_of_an_unknown_kind_is_one_clear_sentence() -> None:
    with pytest.raises(UserError, match=r"SIMPACT_ARCHIVE names a place that cannot be read: 'gopher://x'"):
        list_files("gopher://x", [])


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "a[1].ndjson").write_bytes(b"x\n")
    files = list_files(f"{tmp_path}/a[1].ndjson", [])
    assert [file.path for file in files] == [f"{tmp_path}/a[1].ndjson"]
    (tmp_path / "a[1].ndjson").unlink()
    assert list_files(f"{tmp_path}/a[1].ndjson", files, {1})[0].is_selected


def test_a_file_that_shrank_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"one\ntwo\n")
    before = list_files(f"{tmp_path}/*", [])
    (tmp_path / "a.ndjson").write_bytes(b"one\n")
    now = list_files(f"{tmp_path}/*", before, {1})
    assert [(file.number, file.shrunk_from_bytes) for file in now] == [(2, 8)]
    assert [file.shrunk_from_bytes for file in list_files(f"{tmp_path}/*", now, {2})] == [None]


def test_numbers_of_lines_that_have_landed_are_not_given_again(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"x\n")
    assert list_files(f"{tmp_path}/*", [], {1, 7})[0].number == 8


def test_a_user_error_shows_no_traceback() -> None:
    import traceback

    try:
        raise UserError("One sentence.")
    except UserError as error:
        assert traceback.format_exception(error) == ["simpact.errors.UserError: One sentence.\n"]


def test_a_file_is_known_again_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"one\n")
    (first,) = list_files(str(path), [])
    assert (first.number, first.is_new) == (1, True)
    (again,) = list_files(str(path), [first], landed={1})
    assert (again.number, again.is_new) == (1, False)

    path.touch()  # looked at again, and found to be the same
    (touched,) = list_files(str(path), [again], landed={1})
    assert (touched.number, touched.is_new, touched.fingerprint != first.fingerprint) == (1, False, True)

    path.write_bytes(b"one\ntwo\n")
    (grown,) = list_files(str(path), [touched], landed={1})
    assert (grown.number, grown.is_new) == (2, True)

    (unlanded,) = list_files(str(path), [grown], landed={1})  # the build in between was killed
    assert (unlanded.number, unlanded.is_new) == (2, True)


def test_a_file_gone_from_disk_stays_and_one_no_longer_named_is_set_aside(tmp_path: Path) -> None:
    for name in ("a.ndjson", "b.ndjson"):
        (tmp_path / name).write_bytes(b"x\n")
    known = list_files(f"{tmp_path}/*.ndjson", [])
    (tmp_path / "a.ndjson").unlink()
    assert [file.is_selected for file in list_files(f"{tmp_path}/*.ndjson", known, {1, 2})] == [True, True]
    assert [file.is_selected for file in list_files(f"{tmp_path}/b.*", known, {1, 2})] == [False, True]
    assert [file.is_selected for file in list_files(f"{tmp_path}/a.ndjson", known, {1, 2})] == [True, False]


# Lines


@given(content=st.binary(max_size=400), block=st.integers(1, 50))
def test_lines_are_what_stands_between_line_ends(content: bytes, block: int) -> None:
    content = b"-" + content  # no magic number, no byte order mark
    expected = content.split(b"\n")
    if not expected[-1]:
        expected.pop()
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe("/lines", content)
    before, archive.BLOCK_BYTES = archive.BLOCK_BYTES, block
    try:
        table = read_lines([(7, "memory:///lines", 0)]).read_all()
    finally:
        archive.BLOCK_BYTES = before
    found = [line.removesuffix("\n") for line in table["line"].to_pylist()]
    assert found == [line.decode("utf-8", "backslashreplace") for line in expected]
    assert table["line_number"].to_pylist() == list(range(1, len(expected) + 1))
    assert set(table["file_number"].to_pylist()) <= {7}
    for line, reason in zip(expected, table["reject_reason"].to_pylist(), strict=True):
        try:
            line.decode()
            assert reason is None
        except UnicodeDecodeError:
            assert reason == "not_utf8"


TEXT = b"".join(b'{"line": %d}\n' % number for number in range(5000))


@pytest.mark.parametrize(
    "name", ["plain", "x.ndjson", "x.gz", "x.zst", "no_suffix_gz", "no_suffix_zst", "two_members.gz", "two_frames.zst"]
)
def test_compression_is_seen_by_the_first_bytes(tmp_path: Path, name: str) -> None:
    half = len(TEXT) // 2
    content = {
        "x.gz": gzip.compress(TEXT), "no_suffix_gz": gzip.compress(TEXT),
        "x.zst": zstd.compress(TEXT),
        "skippable": b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstd.compress(TEXT), "no_suffix_zst": zstd.compress(TEXT),
        "two_members.gz": gzip.compress(TEXT[:half]) + gzip.compress(TEXT[half:]),
        "two_frames.zst": zstd.compress(TEXT[:half]) + zstd.compress(TEXT[half:]),
    }.get(name, TEXT)  # fmt: skip
    (tmp_path / name).write_bytes(content)
    assert lines_of(tmp_path / name) == [(n + 1, f'{{"line": {n}}}', None) for n in range(5000)]


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_compressed_file_that_ends_early_keeps_what_could_be_read(tmp_path: Path, compress, share: float) -> None:
    import random

    noise = random.Random(1)
    text = b"".join(b"%d %d\n" % (number, noise.getrandbits(200)) for number in range(20_000))
    whole = compress(text)
    path = tmp_path / ("x.gz" if compress is gzip.compress else "x.zst")
    path.write_bytes(whole[: max(2, int(len(whole) * share))])
    *landed, (number, rest, reason) = lines_of(path)
    assert reason == "file_ends_early"
    assert number == len(landed) + 1
    assert [line.encode() for _, line, _ in landed] == text.split(b"\n")[: len(landed)]
    assert text.split(b"\n")[len(landed)].startswith(rest.encode())
    assert len(landed) >= (share - 0.15) * 20_000


def test_a_damaged_middle_ends_the_file(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(TEXT, compresslevel=1))
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "x.gz").write_bytes(content)
    assert lines_of(tmp_path / "x.gz")[-1][2] == "file_ends_early"


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    for name, content in {"a": b"", "b.gz": b"", "c.zst": b"", "d.gz": gzip.compress(b"")}.items():
        (tmp_path / name).write_bytes(content)
    assert lines_of(*sorted(tmp_path.iterdir())) == []


def test_a_byte_order_mark_is_skipped_at_the_start_only(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n")
    assert [line for _, line, _ in lines_of(tmp_path / "x")] == ["{}", "\ufeff{}"]


def test_megabytes_on_one_line_are_kept_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = b"x" * (1 << 20)
    (tmp_path / "x").write_bytes(b"before\n" + longest + b"\n" + longest + b"y\nafter\n")
    assert [(len(line), reason) for _, line, reason in lines_of(tmp_path / "x")] == [
        (6, None), (1 << 20, None), ((1 << 20) + 1, "too_long"), (5, None),
    ]  # fmt: skip
    monkeypatch.setattr(archive, "LONGEST_KEPT_LINE", 3 << 20)
    monkeypatch.setattr(archive, "BLOCK_BYTES", 1 << 20)
    (tmp_path / "y").write_bytes(longest * 9 + b"\nafter\n")
    assert [(len(line), reason) for _, line, reason in lines_of(tmp_path / "y")] == [(3 << 20, "too_long"), (5, None)]


@pytest.mark.parametrize(
    ("line", "is_too_deep"),
    [
        (b"[" * 128 + b"]" * 128, False),
        (b"[" * 129 + b"]" * 129, True),
        (b'{"a":' * 129 + b"1" + b"}" * 129, True),
        (b'{"a":"' + b"[{" * 200 + b'"}', False),
        (b'["\\"' + b"[" * 200 + b'"]', False),
        (b"[" + b"[]," * 200 + b"[]]", False),
        (b"]" * 200 + b"[" * 129, False),
        (b"[" * 200, True),
    ],
)
def test_nesting_is_counted_outside_texts(tmp_path: Path, line: bytes, is_too_deep: bool) -> None:
    (tmp_path / "x").write_bytes(b"{}\n" + line + b"\n{}\n")
    assert [reason for _, _, reason in lines_of(tmp_path / "x")] == [None, "too_deep" if is_too_deep else None, None]


def test_thousands_of_tiny_files_are_read_in_order(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number:04}").write_bytes(b"%d\n" % number)
    files = list_files(f"{tmp_path}/*", [])
    table = read_lines((file.number, file.path, file.size_bytes) for file in files).read_all()
    assert table["line"].to_pylist() == [f"{number}\n" for number in range(3000)]


def test_memory_is_bounded_by_blocks(tmp_path: Path) -> None:
    """A file of 200 MB in lines never has more than a few blocks in memory at once."""
    import tracemalloc

    with zstd.open(tmp_path / "big.zst", "wb") as file:
        for _ in range(200):
            file.write((b"x" * 999 + b"\n") * 1000)
    tracemalloc.start()
    count = sum(batch.num_rows for batch in read_lines([(1, str(tmp_path / "big.zst"), 0)]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 200_000
    assert peak < 12 * archive.BLOCK_BYTES


def test_the_archive_is_as_old_as_its_youngest_event_that_is_not_to_come() -> None:
    """The query of dbt's source freshness: no clock that runs ahead, and no file that is set aside, makes an archive fresh."""
    (source,) = yaml.safe_load((ROOT / "models/landing/_archive__source.yml").read_text())["sources"]
    with duckdb.connect() as connection:
        connection.execute("""
            create schema raw;
            create table raw.files as from (values (1, true), (2, false)) as files(number, is_selected);
            create table raw.events as
            select 1 as file_number, unnest([1e15, 1125e12, null, 253402300799999999])::bigint as time_us
            union all
            select 2, epoch_us(now()) - 1
        """)
        ((youngest,),) = connection.execute(f"select epoch_us(({source['tables'][0]['config']['loaded_at_query']}))").fetchall()
    assert youngest == 1125e12


def test_hours_that_are_none_leave_nothing_fresh() -> None:
    """dbt asks for a number before check_settings can say its sentence."""
    (source,) = yaml.safe_load((ROOT / "models/landing/_archive__source.yml").read_text())["sources"]
    count = source["tables"][0]["config"]["freshness"]["error_after"]["count"]
    for hours, most in ((48, 48), (None, None), ("soon", 0), ("48", 0), (1.5, 0), (True, 0), ([], 0)):
        settings = {"archive_fresh_hours": hours, "settings": {"local": {"archive_fresh_hours": hours}}}
        context = {"target": SimpleNamespace(name="local"), "var": lambda name, *_, given=settings: given[name]}
        assert get_rendered(count, context, native=True) == most, hours
