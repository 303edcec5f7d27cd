"""A second, slow implementation of docs/rules.md, from lines to threads and coverage, in plain Python.

It shares no code with the warehouse, so that a test which finds both alike says something about the rules, not about a bug
they share.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
POST = "app.bsky.feed.post"
POST_URI = re.compile(r"at://[^/]+/app\.bsky\.feed\.post/[^/]+")
END_OF_9999_US = 253_402_300_799_999_999
OPERATION_RANK = {"create": 0, "update": 1, "delete": 2}


class Line(NamedTuple):
    """Where a line stands: its file, and its number from 1."""

    file: str
    number: int


@dataclass
class Settings:
    """The settings of dbt_project.yml that the rules name."""

    languages: list[str] | str = field(default_factory=lambda: ["en"])
    topic: str = "off"
    min_posts_per_user: int = 2
    window_start_us: int | None = None
    window_end_us: int | None = None
    context_method: str = "most_recent"
    max_context_age_hours: int = 168
    max_context_messages: int = 10
    withheld_intents: tuple[str, ...] = ("bulkDataset", "syntheticContentGeneration")


class Message(NamedTuple):
    """One message of a thread."""

    author: str
    text: str | None
    sent_us: int
    action_type: str | None


@dataclass
class Thread:
    """A thread, known by the line of the action that closes it."""

    messages: list[Message]
    context_method: str | None
    context_age_seconds: int | None


@dataclass
class Fold:
    """What the rules make of an archive."""

    rejects: dict[Line, str]
    coverage: Counter
    outcomes: dict[Line, tuple[str, str]]
    threads: dict[Line, Thread]
    in_scope: set[str]
    followed_up: dict[Line, tuple[str, str, str | None]]  # who, the engaged post, the latest post


# Section 1


def _object(pairs: list[tuple[str, Any]]) -> dict:
    result: dict = {}
    for key, value in pairs:
        result.setdefault(key, value)
    return result


def as_text(value: Any) -> str | None:
    """A value where a text is expected."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def at(value: Any, *path: str) -> Any:
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def nesting(line: str) -> int:
    deepest = depth = 0
    in_text = escaped = False
    for character in line:
        if in_text:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_text = False
        elif character == '"':
            in_text = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


@dataclass
class Event:
    """An event, with its line."""

    line: Line
    did: str
    time_us: int
    kind: str
    operation: str | None
    collection: str | None
    rkey: str | None
    rev: str | None
    record: dict | None
    account: Any
    outcome_type: str = "none"

    @property
    def key(self) -> tuple:
        return (self.did, self.collection, self.rkey)

    @property
    def version(self) -> tuple:
        return (self.rev, OPERATION_RANK[self.operation or "create"])

    @property
    def uri(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"


def read_line(line: Line, content: bytes) -> Event | str:
    """The event on a line, or the reason why there is none."""
    if len(content) > 1_048_576:
        return "too_long"
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "not_utf8"
    if nesting(text) > 128:
        return "too_deep"
    if not text.strip(" \t\r"):
        return "blank"
    if re.match(r"<{7}|={7}|>{7}|\|{7}", text):
        return "git_conflict_marker"
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except ValueError:
        stripped = text.strip()
        return "cut_off" if stripped.startswith("{") and not stripped.endswith("}") else "not_json"
    did, time_us, kind = as_text(at(value, "did")), as_text(at(value, "time_us")), as_text(at(value, "kind"))
    if not (did or "").startswith("did:") or not re.fullmatch("[0-9]{1,18}", time_us or "") or not kind:
        return "not_an_event"
    if int(time_us or "") > END_OF_9999_US:
        return "not_an_event"
    operation, collection, rkey, rev = (
        as_text(at(value, "commit", name)) for name in ("operation", "collection", "rkey", "rev")
    )
    is_commit = kind == "commit"
    if is_commit and not (operation in OPERATION_RANK and collection and rkey and rev):
        return "not_an_event"
    record = at(value, "commit", "record") if is_commit and operation != "delete" else None
    return Event(
        line, did or "", int(time_us or ""), kind or "", operation, collection, rkey, rev,
        _repaired(record) if isinstance(record, dict) else None, at(value, "account"),
    )  # fmt: skip


def _repaired(value: Any) -> Any:
    """Python holds lone surrogates where UTF-8 cannot."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    return value


def _subject(record: dict | None) -> str | None:
    subject = at(record, "subject")
    uri = as_text(at(subject, "uri"))
    if not uri:
        uri = None if isinstance(subject, dict | list) else as_text(subject)
    return uri or None


def _parent(record: dict | None) -> str | None:
    return as_text(at(record, "reply", "parent", "uri")) or None


def _quoted(record: dict | None) -> str | None:
    uri = as_text(at(record, "embed", "record", "uri"))
    if uri is None:
        uri = as_text(at(record, "embed", "record", "record", "uri"))
    return uri if uri and POST_URI.fullmatch(uri) else None


# Section 2 and 3


def _without_duplicates(events: list[Event]) -> tuple[list[Event], list[Event]]:
    first: dict[tuple, Event] = {}
    for event in sorted(events, key=lambda e: (e.time_us, e.line)):
        first.setdefault((event.key, event.operation, event.rev), event)
    kept = {id(event) for event in first.values()}
    return [e for e in events if id(e) in kept], [e for e in events if id(e) not in kept]


def _withheld(accounts: list[Event], commits: list[Event], settings: Settings) -> dict[str, str]:
    reasons: dict[str, str] = {}
    last: dict[str, Event] = {}
    for event in commits:
        is_declaration = event.collection == "org.user-intents.declaration" and event.rkey == "self"
        if is_declaration and (event.did not in last or event.version > last[event.did].version):
            last[event.did] = event
    for did, event in last.items():
        if event.operation != "delete" and any(
            as_text(at(event.record, intent, "allow")) not in (None, "true") for intent in settings.withheld_intents
        ):
            reasons[did] = "actor_disallows"

    def order(event: Event) -> tuple:
        seq = as_text(at(event.account, "seq")) or ""
        return (int(seq) if re.fullmatch("[0-9]{1,18}", seq) else 0, event.time_us, event.line)

    latest: dict[str, Event] = {}
    for event in accounts:
        if event.did not in latest or order(event) > order(latest[event.did]):
            latest[event.did] = event
    for did, event in latest.items():
        if as_text(at(event.account, "active")) == "false":
            reasons[did] = "actor_inactive"
    return reasons


# Section 4


@dataclass
class PostState:
    """A post as of the build."""

    uri: str
    author: str
    created_us: int
    current: Event | None
    is_withheld: bool
    parent_uri: str | None
    is_link_broken: bool = False

    @property
    def is_available(self) -> bool:
        return self.current is not None and not self.is_withheld

    @property
    def text(self) -> str | None:
        return as_text(at(self.current.record, "text")) if self.current and self.is_available else None

    @property
    def langs(self) -> list[str]:
        langs = at(self.current.record, "langs") if self.current else None
        return [text for lang in langs if (text := as_text(lang)) is not None] if isinstance(langs, list) else []


def _posts(commits: list[Event], withheld: dict[str, str]) -> dict[str, PostState]:
    versions: dict[str, list[Event]] = defaultdict(list)
    for event in commits:
        if event.collection == POST:
            versions[event.uri].append(event)
    posts = {}
    for uri, events in versions.items():
        written = [e for e in events if e.operation != "delete"]
        if not written:
            continue
        last, last_written = max(events, key=lambda e: e.version), max(written, key=lambda e: e.version)
        posts[uri] = PostState(
            uri, last.did, min(e.time_us for e in written), None if last.operation == "delete" else last,
            last.did in withheld, _parent(last_written.record),
        )  # fmt: skip
    for post in posts.values():
        parent = posts.get(post.parent_uri or "")
        if parent and parent.created_us >= post.created_us:
            walker: PostState | None = parent
            for _ in range(100):
                if walker is None:
                    break
                if walker.uri == post.uri:
                    post.is_link_broken = True
                    break
                walker = posts.get(walker.parent_uri or "")
    return posts


def _unbroken_parent(post: PostState, posts: dict[str, PostState]) -> PostState | None:
    return None if post.is_link_broken else posts.get(post.parent_uri or "")


# Section 6


def _has_words(text: str | None) -> bool:
    return bool((text or "").strip(" \t\n\r"))


def _is_kept_language(post: PostState, settings: Settings) -> bool:
    if settings.languages == "all":
        return post.is_available
    kept = [language.lower() for language in settings.languages]
    return post.is_available and any(
        lang.lower() == language or lang.lower().startswith(language + "-") for lang in post.langs for language in kept
    )


@cache  # every term is asked for in every post
def _words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    return re.findall(r"\w+", plain)


def topic_terms(topic: str) -> list[str]:
    with (ROOT / "seeds/topic_keywords.csv").open(encoding="utf-8") as file:
        return [row["term"] for row in csv.DictReader(file) if row["topic"] == topic]


def speaks_of(text: str | None, terms: list[str]) -> bool:
    words = _words(text or "")
    for term in terms:
        wanted = _words(term)
        if any(words[i : i + len(wanted)] == wanted for i in range(len(words) - len(wanted) + 1)):
            return True
    return False


def _on_topic(posts: dict[str, PostState], settings: Settings) -> set[str]:
    if settings.topic == "off":
        return set(posts)
    terms = topic_terms(settings.topic)
    speaking = {uri for uri, post in posts.items() if speaks_of(post.text, terms)}
    result = set()
    for uri, post in posts.items():
        walker: PostState | None = post
        for _ in range(101):
            if walker is None:
                break
            if walker.uri in speaking:
                result.add(uri)
                break
            walker = _unbroken_parent(walker, posts)
    return result


def _in_window(time_us: int, settings: Settings) -> bool:
    return (settings.window_start_us is None or time_us >= settings.window_start_us) and (
        settings.window_end_us is None or time_us < settings.window_end_us
    )


# Sections 5, 7 and 8


def _action_type(event: Event) -> str | None:
    kinds = {
        "app.bsky.feed.like": ("like", None, "unlike"),
        "app.bsky.feed.repost": ("repost", None, "unrepost"),
        "app.bsky.graph.follow": ("follow", None, "unfollow"),
        "app.bsky.graph.block": ("block", None, "unblock"),
        POST: ("post", "post_update", "post_delete"),
    }
    if event.collection not in kinds:
        return None
    action = kinds[event.collection][OPERATION_RANK[event.operation or "create"]]
    if action == "post":
        return "reply" if _parent(event.record) else "quote" if _quoted(event.record) else "post"
    return action


CARRIES_TEXT = {"post", "reply", "quote", "post_update"}
OWN_POST = {"post_update", "post_delete"}
USER_DIRECTED = {"follow", "unfollow", "block", "unblock"}
ENGAGEMENTS = {"like", "repost", "reply", "quote"}
TEN_MINUTES_US = 600_000_000


class Engagement(NamedTuple):
    """Somebody has engaged with an available post."""

    seen_us: int
    uri: str


def fold(archive: dict[str, list[bytes]], settings: Settings | None = None) -> Fold:
    """Fold an archive, given as the lines of each file."""
    settings = settings or Settings()
    rejects: dict[Line, str] = {}
    events: list[Event] = []
    coverage: Counter = Counter()
    for file, lines in archive.items():
        for number, content in enumerate(lines, start=1):
            result = read_line(Line(file, number), content)
            if isinstance(result, str):
                rejects[Line(file, number)] = result
                coverage["none", "rejected"] += 1
            else:
                events.append(result)

    commits, duplicates = _without_duplicates([e for e in events if e.kind == "commit"])
    for event in duplicates:
        coverage[_action_type(event) or "none", "duplicate"] += 1
    withheld = _withheld([e for e in events if e.kind == "account"], commits, settings)
    posts = _posts(commits, withheld)
    on_topic = _on_topic(posts, settings)
    kept_posts = Counter(
        post.author
        for post in posts.values()
        if _has_words(post.text)
        and _is_kept_language(post, settings)
        and post.uri in on_topic
        and _in_window(post.created_us, settings)
    )
    in_scope = {did for did, count in kept_posts.items() if count >= settings.min_posts_per_user}

    creates: dict[tuple, list[Event]] = defaultdict(list)
    timelines: dict[str, list[PostState]] = defaultdict(list)
    for event in commits:
        if event.operation == "create":
            creates[event.key].append(event)
    for post in posts.values():
        if post.is_available:
            timelines[post.author].append(post)

    engagements: dict[tuple[str, str], list[Engagement]] = defaultdict(list)
    for event in commits:
        if (kind := _action_type(event)) in ENGAGEMENTS:
            named = {"reply": _parent(event.record), "quote": _quoted(event.record)}.get(kind or "", _subject(event.record))
            post = posts.get(named or "")
            if post and post.is_available and post.created_us <= event.time_us:
                engagements[event.did, post.author].append(Engagement(event.time_us, post.uri))
    followed_up: dict[Line, tuple[str, str, str | None]] = {}

    def judge(event: Event, action: str) -> tuple[str, Thread | None]:
        own = posts.get(event.uri)
        undone: Event | None = None
        if event.operation == "delete" and action != "post_delete":
            earlier = [e for e in creates[event.key] if (e.rev or "") < (event.rev or "")]
            undone = max(earlier, key=lambda e: e.rev or "", default=None)
        subject = _subject(undone.record) if undone else _subject(event.record)
        answered: PostState | None = None
        method, target = "direct", None
        if action in USER_DIRECTED:
            candidates = [
                post
                for post in timelines[subject or ""]
                if 0 <= event.time_us - post.created_us <= settings.max_context_age_hours * 3_600_000_000
            ]
            latest = max(candidates, key=lambda post: (post.created_us, post.uri), default=None)
            just_before = [e for e in engagements[event.did, subject or ""] if 0 <= event.time_us - e.seen_us <= TEN_MINUTES_US]
            engaged = posts[max(just_before).uri] if just_before else None
            if engaged:
                followed_up[event.line] = (event.did, engaged.uri, latest.uri if latest else None)
            if settings.context_method == "last_engaged" and engaged:
                answered, method = engaged, "engaged_post"
            elif settings.context_method != "none":
                answered, method = latest, "latest_post"
        elif action != "post":
            target = {"reply": _parent(event.record), "quote": _quoted(event.record)}.get(action, subject)
            target = event.uri if action in OWN_POST else target
            answered = posts.get(target or "")

        if event.did in withheld:
            return withheld[event.did], None
        if event.operation == "create" and event.collection != POST and not subject:
            return "invalid_record", None
        if event.operation != "delete" and event.collection == POST and event.record is None:
            return "invalid_record", None
        if action in CARRIES_TEXT and own and own.current is None:
            return "text_deleted", None
        if action in CARRIES_TEXT and own and own.current is not event:
            return "text_superseded", None
        if not _in_window(event.time_us, settings):
            return "outside_window", None
        if action in CARRIES_TEXT and own and not _has_words(own.text):
            return "no_text", None
        if action in CARRIES_TEXT and own and not _is_kept_language(own, settings):
            return "other_language", None
        if event.did not in in_scope:
            return "user_out_of_scope", None
        if event.operation == "delete" and action != "post_delete" and undone is None:
            return "undone_record_not_in_archive", None
        if action != "post" and action not in USER_DIRECTED:
            if answered is None:
                return "target_not_in_archive" if POST_URI.fullmatch(target or "") else "target_not_a_post", None
            if action == "reply" and own and own.is_link_broken:
                return "reply_cycle", None
            if action not in OWN_POST and answered.current is None:
                return "target_deleted", None
            if action not in OWN_POST and answered.is_withheld:
                return "target_withheld", None
        if action in USER_DIRECTED and answered is None:
            return "context_not_sought" if settings.context_method == "none" else "no_recent_post", None
        judged = own if action in CARRIES_TEXT or action == "post_delete" else answered
        if judged and judged.uri not in on_topic:
            return "off_topic", None
        return "threaded", _thread(event, action, answered, method, posts, settings)

    outcomes: dict[Line, tuple[str, str]] = {}
    threads: dict[Line, Thread] = {}
    for event in events:
        if event.kind != "commit":
            coverage["none", event.kind if event.kind in ("account", "identity") else "other_kind"] += 1
    for event in commits:
        action = _action_type(event)
        if action is None:
            other = {"app.bsky.actor.profile": "profile", "org.user-intents.declaration": "user_intent"}
            operations = {"app.bsky.feed.like", "app.bsky.feed.repost", "app.bsky.graph.follow", "app.bsky.graph.block"}
            fallback = "other_operation" if event.collection in operations else "other_collection"
            coverage["none", other.get(event.collection or "", fallback)] += 1
            continue
        outcome, thread = judge(event, action)
        coverage[action, outcome] += 1
        outcomes[event.line] = (action, outcome)
        if thread:
            threads[event.line] = thread
    return Fold(rejects, coverage, outcomes, threads, in_scope, followed_up)


def _thread(
    event: Event, action: str, answered: PostState | None, method: str, posts: dict[str, PostState], settings: Settings
) -> Thread:
    path: list[PostState] = []
    walker = answered
    while walker and len(path) < settings.max_context_messages and (walker is answered or walker.is_available):
        path.insert(0, walker)
        walker = _unbroken_parent(walker, posts)
    messages: list[Message] = []
    clock = 0
    for post in path:
        clock = max(clock, post.created_us)
        is_gone = action in OWN_POST and post is answered
        messages.append(Message(post.author, None if is_gone else post.text, clock, None))
    text = as_text(at(event.record, "text")) if action in CARRIES_TEXT else None
    messages.append(Message(event.did, text, max(clock, event.time_us), action))
    age = max(0, event.time_us - answered.created_us) // 1_000_000 if answered else None
    return Thread(messages, method if answered else None, age)
