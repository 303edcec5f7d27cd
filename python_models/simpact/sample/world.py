"""A synthetic Bluesky: one event after the other, in the shape Jetstream sends.

The shares follow measurements of real traffic (mix of collections and operations, activity, reply depth, reach), with the rare
actions raised so that a small sample has enough of each. Memory is bounded: the world remembers recent posts and
recent records only, however long it runs.
"""

from __future__ import annotations

import datetime
import functools
import heapq
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeAlias

from simpact.sample.identifiers import cid, post_uri, tid
from simpact.sample.population import HABITS, Item, Population, Vocabulary, Weighted
from simpact.sample.texts import Draft, PlantedPii, Writer

START_US = 1_741_046_400_000_000  # 2025-03-04 00:00 UTC, a Tuesday of the paper's month
DAY_US = 86_400_000_000

# What a step of the world is, beside the bots' posts: something a person does, an undoing, or another record.
STEPS = {
    "act": 9300,
    "unlike": 90, "unrepost": 50, "unfollow": 110, "unblock": 40, "post_delete": 60, "post_update": 60,
    "profile": 80, "listitem": 30, "threadgate": 20, "postgate": 10, "other": 30,
    "account": 25, "identity": 25, "intent": 6, "undo_unseen": 30,
}  # fmt: skip
UNDO = {"unlike": "like", "unrepost": "repost", "unfollow": "follow", "unblock": "block"}
COLLECTIONS = {
    "like": "app.bsky.feed.like",
    "repost": "app.bsky.feed.repost",
    "follow": "app.bsky.graph.follow",
    "block": "app.bsky.graph.block",
}
# One hour of the whole network (2,303 account events).
ACCOUNT_STATUSES = {"active": 846, "takendown": 66, "deleted": 45, "deactivated": 43}
OTHER_COLLECTIONS = (
    "xyz.statusphere.status",
    "com.whtwnd.blog.entry",
    "fm.teal.alpha.feed.play",
    "chat.bsky.actor.declaration",
)

# Hourly activity, UTC: the peak lies at 14-22, the trough at 6-10.
HOURLY = (9, 8, 8, 7, 6, 5, 4, 4, 4, 4, 5, 7, 8, 10, 12, 13, 13, 13, 13, 13, 12, 12, 11, 10)

UNSEEN_TARGET_SHARE = 0.10  # targets from before the capture
OWN_GROUP_SHARE = 0.75
HOT_SHARE = 0.25  # a few posts draw most of the likes
SELF_REPLY_SHARE = 0.25
DUPLICATE_SHARE = 0.001
BACKWARD_SHARE = 0.003
STARTER_PACK_SHARE = 0.015
Record: TypeAlias = dict[str, Any]

MEMORY = 4_000  # recent posts per group, recent records per action


class Post(NamedTuple):
    """What the world remembers of a post: enough to answer it."""

    author: int
    rkey: str
    root_uri: str | None
    root_rkey: str | None
    has_link: bool
    is_question: bool


class Recent(Generic[Item]):
    """The last `capacity` items; newer ones are drawn more often."""

    def __init__(self, capacity: int) -> None:
        self.items: list[Item] = []
        self.capacity, self.added = capacity, 0

    def add(self, item: Item) -> None:
        if len(self.items) < self.capacity:
            self.items.append(item)
        else:
            self.items[self.added % self.capacity] = item
        self.added += 1

    def draw(self, rng: random.Random) -> Item | None:
        if not self.items:
            return None
        age = int(len(self.items) * rng.random() ** 3)
        return self.items[(self.added - 1 - age) % len(self.items)]


@dataclass
class Step:
    """One line of the archive, with the personal data planted in it."""

    line: bytes
    uri: str | None = None
    planted: Sequence[PlantedPii] = ()


class World:
    """A world of `population` people over `days` days, for about `events` events."""

    def __init__(self, events: int, seed: int, days: int, population: Population, vocabulary: Vocabulary) -> None:
        self.rng = random.Random(f"world {seed}")
        self.population, self.vocabulary = population, vocabulary
        self.writer = Writer(population, vocabulary, self.rng)
        self.clock_us, self.end_us = START_US, START_US + days * DAY_US
        mean_step = days * DAY_US / events
        self._step_us = [mean_step * sum(HOURLY) / 24 / share for share in HOURLY]
        self.steps = Weighted.of(STEPS)
        self.statuses = Weighted.of(ACCOUNT_STATUSES)
        self.habits = {habit: Weighted.of(weights) for habit, weights in HABITS.items()}
        self.posts: dict[str, Recent[Post]] = {group: Recent(MEMORY) for group in vocabulary["groups"]}
        self.hot: dict[str, Post] = {}
        self.last_post: dict[int, Post] = {}
        self.records: dict[str, Recent[tuple[int, str]]] = {action: Recent(MEMORY) for action in COLLECTIONS}
        self.account_seq = 5_000_000_000
        self._sessions: list[tuple[int, int]] = [(0, 0)] * max(8, len(population.people) // 40)
        self._intended: list[tuple[str, int, int]] = []
        self._repeats: list[tuple[int, bytes]] = []
        self._bots = [(START_US + int(self.rng.random() * DAY_US), bot) for bot in population.bots]
        heapq.heapify(self._bots)

    # The clock and who acts

    def _tick(self) -> int:
        hour = (self.clock_us - START_US) // 3_600_000_000 % 24
        self.clock_us += 1 + int(self._step_us[hour] * 2 * self.rng.random())
        return self.clock_us

    def _actor(self) -> int:
        """People act in sessions: a slot keeps its user for a few events."""
        slot = int(self.rng.random() * len(self._sessions))
        user, left = self._sessions[slot]
        if not left:
            user, left = self.population.draw(self.rng), 1 + int(12 * self.rng.random() ** 2)
        self._sessions[slot] = (user, left - 1)
        return user

    # The steps

    def run(self) -> Iterator[Step]:
        """Events without end, in the order in which a server saw them."""
        while True:
            now = self._tick()
            while self._repeats and self._repeats[0][0] <= now:
                yield Step(heapq.heappop(self._repeats)[1])
            if self._bots and self._bots[0][0] <= now:
                step = self._bot_post()
            elif self._intended:
                action, user, target = self._intended.pop()
                step = self._relation(action, user, target)
            else:
                step = self._step()
            if self.rng.random() < DUPLICATE_SHARE:
                self._repeat(step.line, now)
            yield step

    def _step(self) -> Step:
        kind = self.steps.draw(self.rng)
        if kind == "act":
            user = self._actor()
            return self._act(self.habits[self.population.people[user].habit].draw(self.rng), user)
        if kind in UNDO:
            return self._undo(UNDO[kind])
        return {
            "post_delete": self._delete_post, "post_update": self._update_post, "profile": self._profile,
            "listitem": self._list_item, "threadgate": self._gate, "postgate": self._gate, "other": self._other,
            "account": self._account, "identity": self._identity, "intent": self._intent, "undo_unseen": self._undo_unseen,
        }[kind]()  # fmt: skip

    def _act(self, action: str, user: int) -> Step:
        if action in ("follow", "block"):
            group = self.population.people[user].group
            if action == "block":
                group = self.rng.choice(list(self.vocabulary["groups"]))
            elif self.rng.random() < STARTER_PACK_SHARE:
                for _ in range(10 + int(self.rng.random() * 20)):
                    self._intended.append(("follow", user, self.population.draw_popular(group, self.rng)))
            return self._relation(action, user, self.population.draw_popular(group, self.rng))
        if action == "post":
            return self._post(user)
        target = self._target(user, action)
        if target is None:
            return self._post(user)
        if action in ("reply", "quote"):
            return self._post(user, **{action: target})
        # A link is passed on, a plain remark is liked: the habit that a model of actions can learn from the context.
        if target.has_link != (action == "repost") and self.rng.random() < 0.3:
            action = "like" if action == "repost" else "repost"
        if self.rng.random() < 0.06:
            self._intended.append(("follow", user, target.author))
        return self._reaction(action, user, target)

    def _target(self, user: int, action: str) -> Post | None:
        rng = self.rng
        if action == "reply" and rng.random() < SELF_REPLY_SHARE and user in self.last_post:
            return self.last_post[user]
        if rng.random() < UNSEEN_TARGET_SHARE:
            before = START_US - int(rng.random() ** 3 * 100 * DAY_US)
            return Post(self.population.draw(rng), tid(before, 1), None, None, False, False)
        group = self.population.people[user].group
        if rng.random() > OWN_GROUP_SHARE:
            group = rng.choice(list(self.vocabulary["groups"]))
        if group in self.hot and action in ("like", "repost") and rng.random() < HOT_SHARE:
            return self.hot[group]
        target = self.posts[group].draw(rng)
        if action == "reply" and target and not target.is_question:
            return self.posts[group].draw(rng)
        return target

    # Records

    def commit(
        self, user: int, operation: str, collection: str, rkey: str, record: str | None = None, *, rev: str = ""
    ) -> bytes:
        """One commit event. `record` is its JSON text."""
        time_us = self.clock_us
        if self.rng.random() < BACKWARD_SHARE:
            time_us -= int(self.rng.random() * 3_000_000)
        body = f',"record":{record},"cid":"{cid(rkey)}"' if record is not None else ""
        return (
            f'{{"did":"{self.population.people[user].did}","time_us":{time_us},"kind":"commit","commit":{{"rev":"'
            f'{rev or tid(self.clock_us + 1000, user & 1023)}","operation":"{operation}","collection":"{collection}",'
            f'"rkey":"{rkey}"{body}}}}}'
        ).encode()

    def rkey(self, user: int) -> str:
        return tid(self.clock_us, user & 1023)

    def created_at(self) -> str:
        return iso_time(self.clock_us - 200_000 - int(self.rng.random() * 300_000))

    def _strong_ref(self, post: Post) -> str:
        return f'{{"cid":"{cid(post.rkey)}","uri":"{post_uri(self.population.people[post.author].did, post.rkey)}"}}'

    def _remember(self, action: str, user: int, rkey: str) -> None:
        self.records[action].add((user, rkey))

    def _reaction(self, action: str, user: int, target: Post) -> Step:
        rkey, collection = self.rkey(user), COLLECTIONS[action]
        self._remember(action, user, rkey)
        record = f'{{"$type":"{collection}","createdAt":"{self.created_at()}","subject":{self._strong_ref(target)}}}'
        return Step(self.commit(user, "create", collection, rkey, record))

    def _relation(self, action: str, user: int, target: int) -> Step:
        rkey, collection = self.rkey(user), COLLECTIONS[action]
        self._remember(action, user, rkey)
        subject = self.population.people[target].did
        record = f'{{"$type":"{collection}","createdAt":"{self.created_at()}","subject":"{subject}"}}'
        return Step(self.commit(user, "create", collection, rkey, record))

    def _undo(self, action: str) -> Step:
        record = self.records[action].draw(self.rng)
        if record is None:
            return self._undo_unseen()
        user, rkey = record
        return Step(self.commit(user, "delete", COLLECTIONS[action], rkey))

    def _undo_unseen(self) -> Step:
        """Undo a record from before the capture."""
        action = self.rng.choice([*COLLECTIONS, "post"])
        collection = COLLECTIONS.get(action, "app.bsky.feed.post")
        return Step(self.commit(self.population.draw(self.rng), "delete", collection, tid(START_US - DAY_US, 7)))

    def _bot_post(self) -> Step:
        due, bot = heapq.heappop(self._bots)
        # Every 12 hours to the second: no sleep, and the same seconds past the minute.
        heapq.heappush(self._bots, (due + DAY_US // 2, bot))
        return self._post(bot)

    def _post(self, user: int, reply: Post | None = None, quote: Post | None = None) -> Step:
        rkey, person = self.rkey(user), self.population.people[user]
        draft = self.writer.compose(person, reply=reply is not None)
        record: Record = {"$type": "app.bsky.feed.post", "createdAt": self.created_at()}
        embed = self._embed(draft, quote)
        if embed:
            record["embed"] = embed
        if draft.facets:
            record["facets"] = draft.facets
        langs = self._langs(person.language)
        if langs is not None:
            record["langs"] = langs
        root_uri = root_rkey = None
        if reply:
            parent_uri = post_uri(self.population.people[reply.author].did, reply.rkey)
            root_uri, root_rkey = reply.root_uri or parent_uri, reply.root_rkey or reply.rkey
            record["reply"] = {
                "parent": {"cid": cid(reply.rkey), "uri": parent_uri},
                "root": {"cid": cid(root_rkey), "uri": root_uri},
            }
        record["text"] = draft.text
        if self.rng.random() < 0.004:
            record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}
        post = Post(user, rkey, root_uri, root_rkey, draft.link is not None, draft.is_question)
        self.posts[person.group].add(post)
        self.last_post[user] = post
        if person.group not in self.hot or self.rng.random() < 0.03:
            self.hot[person.group] = post
        return self._post_step(user, "create", rkey, record, draft)

    def _post_step(self, user: int, operation: str, rkey: str, record: Record, draft: Draft) -> Step:
        line = self.commit(user, operation, "app.bsky.feed.post", rkey, compact_json(record))
        return Step(line, post_uri(self.population.people[user].did, rkey), draft.planted)

    def _embed(self, draft: Draft, quote: Post | None) -> Record | None:
        """Shares by a topical sample of 18,080 posts: external 27 %, images 17 %, one quote in ten carries media."""
        quoted = json.loads(self._strong_ref(quote)) if quote else None
        chance = self.rng.random()
        images = {
            "$type": "app.bsky.embed.images",
            "images": [{"alt": "", "image": {"$type": "blob", "mimeType": "image/jpeg", "ref": {"$link": cid(13 * "2")}}}],
        }
        if quoted and chance < 0.1:
            wrapped = {"$type": "app.bsky.embed.record", "record": quoted}
            return {"$type": "app.bsky.embed.recordWithMedia", "media": images, "record": wrapped}
        if quoted:
            return {"$type": "app.bsky.embed.record", "record": quoted}
        if draft.link and chance < 0.8:
            external = {"description": "", "title": "A story", "uri": draft.link}
            return {"$type": "app.bsky.embed.external", "external": external}
        if not draft.text or chance < 0.12:
            return images
        return None

    def _langs(self, language: str) -> list[str] | None:
        """Shares over one hour of the whole network: absent 9.3 %, empty 0.2 %, two or more 0.7 %, with a region 0.4 %."""
        chance = self.rng.random()
        if chance < 0.093:
            return None
        if chance < 0.095:
            return []
        if chance < 0.102:
            return [language, "fr"]
        if chance < 0.106:
            return [f"{language}-{'US' if language == 'en' else language.upper()}"]
        return [language]

    def _update_post(self) -> Step:
        post = self.some_post()
        if post is None:
            return self._profile()
        person = self.population.people[post.author]
        draft = self.writer.compose(person)
        draft.add("(edited)")
        langs = [person.language]
        record: Record = {"$type": "app.bsky.feed.post", "createdAt": self.created_at(), "langs": langs, "text": draft.text}
        if draft.facets:
            record["facets"] = draft.facets
        return self._post_step(post.author, "update", post.rkey, record, draft)

    def _delete_post(self) -> Step:
        post = self.some_post()
        if post is None:
            return self._undo_unseen()
        return Step(self.commit(post.author, "delete", "app.bsky.feed.post", post.rkey))

    def some_post(self) -> Post | None:
        return self.posts[self.rng.choice(list(self.posts))].draw(self.rng)

    def _profile(self) -> Step:
        user = self.population.draw(self.rng)
        person = self.population.people[user]
        topic = self.vocabulary["groups"][person.group]["objects"][0]
        record: Record = {
            "$type": "app.bsky.actor.profile",
            "createdAt": self.created_at(),
            "description": f"Mostly about {topic}.",
            "displayName": person.display_name,
        }
        if person.is_bot:
            record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
        operation = "update" if self.rng.random() < 0.55 else "create"
        return Step(self.commit(user, operation, "app.bsky.actor.profile", "self", compact_json(record)))

    def _list_item(self) -> Step:
        user = self.population.draw(self.rng)
        subject = self.population.people[self.population.draw(self.rng)].did
        list_uri = f"at://{self.population.people[user].did}/app.bsky.graph.list/3liu5tn7guz23"
        record = {"$type": "app.bsky.graph.listitem", "createdAt": self.created_at(), "list": list_uri, "subject": subject}
        return Step(self.commit(user, "create", "app.bsky.graph.listitem", self.rkey(user), compact_json(record)))

    def _gate(self) -> Step:
        post = self.some_post()
        if post is None:
            return self._profile()
        uri = post_uri(self.population.people[post.author].did, post.rkey)
        record = {"$type": "app.bsky.feed.threadgate", "allow": [], "createdAt": self.created_at(), "post": uri}
        return Step(self.commit(post.author, "create", "app.bsky.feed.threadgate", post.rkey, compact_json(record)))

    def _other(self) -> Step:
        user, collection = self.population.draw(self.rng), self.rng.choice(OTHER_COLLECTIONS)
        record = {"$type": collection, "createdAt": self.created_at(), "status": "🙂"}
        return Step(self.commit(user, "create", collection, self.rkey(user), compact_json(record)))

    def _intent(self) -> Step:
        allow = self.rng.random() < 0.5
        user, moment = self.population.draw(self.rng), self.created_at()
        record = {
            "$type": "org.user-intents.declaration",
            "bulkDataset": {"allow": allow, "updatedAt": moment},
            "syntheticContentGeneration": {"allow": allow or self.rng.random() < 0.5, "updatedAt": moment},
        }
        return Step(self.commit(user, "create", "org.user-intents.declaration", "self", compact_json(record)))

    # Accounts

    def _account_event(self, kind: str, user: int, fields: Record) -> Step:
        self.account_seq += 1 + int(self.rng.random() * 9)
        person = self.population.people[user]
        body = {**fields, "did": person.did, "seq": self.account_seq, "time": self.created_at()}
        return Step(compact_json({"did": person.did, "time_us": self.clock_us, "kind": kind, kind: body}).encode())

    def _account(self) -> Step:
        status = self.statuses.draw(self.rng)
        fields: Record = {"active": True} if status == "active" else {"active": False, "status": status}
        return self._account_event("account", self.population.draw(self.rng), fields)

    def _identity(self) -> Step:
        user = self.population.draw(self.rng)
        return self._account_event("identity", user, {"handle": self.population.people[user].handle})

    def _repeat(self, line: bytes, now: int) -> None:
        """Jetstream delivers at least once: the same event again, seconds later."""
        again = now + 5_000_000 + int(self.rng.random() * 115_000_000)
        head, rest = line.split(b'"time_us":', 1)
        heapq.heappush(self._repeats, (again, head + b'"time_us":%d,' % again + rest.split(b",", 1)[1]))


@functools.lru_cache(maxsize=64)
def _date(days: int) -> str:
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days)).isoformat()


def iso_time(time_us: int) -> str:
    """Microseconds since 1970 as RFC 3339 with milliseconds, UTC."""
    days, rest = divmod(time_us // 1000, 86_400_000)
    seconds, milliseconds = divmod(rest, 1000)
    return f"{_date(days)}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}Z"


def compact_json(value: Any) -> str:
    """JSON as Jetstream writes it: no spaces, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
