"""The people of the synthetic world: latent group, habits, language, and how much each does."""

from __future__ import annotations

import itertools
import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from simpact.sample.identifiers import did

# Relative frequency of what a person does, by habit. The shares of the habits are those of one week of the whole network
# (like-heavy 62 %, poster 20 %, follow-heavy 16 %, reposter 2 %).
HABITS: dict[str, dict[str, int]] = {
    "liker": {"like": 700, "repost": 90, "follow": 70, "block": 14, "post": 54, "reply": 58, "quote": 14},
    "poster": {"like": 400, "repost": 60, "follow": 50, "block": 14, "post": 220, "reply": 206, "quote": 50},
    "follower": {"follow": 520, "like": 340, "repost": 40, "block": 20, "post": 36, "reply": 36, "quote": 8},
    "reposter": {"repost": 560, "like": 260, "follow": 30, "block": 10, "post": 70, "reply": 50, "quote": 20},
}
HABIT_SHARES = {"liker": 62, "poster": 20, "follower": 16, "reposter": 2}

# Quantiles of events per user over eight days of the whole network (240.6 M events, 3.09 M users), cut off at the 90th
# percentile: in a small world the one user above it would be a fifth of everything.
ACTIVITY_QUANTILES = ((0.00, 1), (0.10, 1), (0.25, 3), (0.50, 8), (0.75, 39), (0.90, 159), (1.0, 200))

LANGUAGE_SHARES = {"en": 80, "ja": 5, "pt": 5, "es": 4, "de": 3, "fr": 3}
BOT_SHARE = 0.006


Item = TypeVar("Item")
Vocabulary: TypeAlias = Mapping[str, Any]


class Weighted(Generic[Item]):
    """Draws items with probability in proportion to their weights, in O(log n)."""

    def __init__(self, items: Sequence[Item], weights: Sequence[float]) -> None:
        self.items = items
        self.cumulated = list(itertools.accumulate(weights))

    @classmethod
    def of(cls, weights: Mapping[Item, float]) -> Weighted[Item]:
        return cls(list(weights), list(weights.values()))

    def draw(self, rng: random.Random) -> Item:
        return self.items[bisect(self.cumulated, rng.random() * self.cumulated[-1])]


def from_quantiles(quantiles: Sequence[tuple[float, float]], u: float) -> float:
    """The value at quantile `u` of a distribution given by a few quantiles, linear in between."""
    index = bisect(quantiles, (u, float("inf")))
    if index == len(quantiles):
        return quantiles[-1][1]
    (u0, low), (u1, high) = quantiles[index - 1], quantiles[index]
    return low + (high - low) * (u - u0) / (u1 - u0)


class Person(NamedTuple):
    """One user. `group` is latent: nothing in the archive names it."""

    did: str
    handle: str
    display_name: str
    group: str
    habit: str
    language: str
    is_bot: bool


class Population:
    """`size` people, the same for the same seed."""

    def __init__(self, size: int, seed: int, vocabulary: Vocabulary) -> None:
        rng = random.Random(f"population {seed}")
        groups, names = list(vocabulary["groups"]), vocabulary["people"]
        habits, languages = Weighted.of(HABIT_SHARES), Weighted.of(LANGUAGE_SHARES)
        self.people: list[Person] = []
        for number in range(size):
            first, last = rng.choice(names["first_names"]), rng.choice(names["last_names"])
            name = f"{first}{last}{number}".lower()
            domain = (
                "bsky.social" if rng.random() < 0.85 else rng.choice(("example.com", "blog.example.net", "social.example.ca"))
            )
            self.people.append(
                Person(
                    did=did(seed, number) if rng.random() > 0.002 else f"did:web:{name}.example.org",
                    handle=f"{name}.{domain}",
                    display_name=f"{first} {last}",
                    group=groups[number % len(groups)],
                    habit=habits.draw(rng),
                    language=languages.draw(rng),
                    is_bot=rng.random() < BOT_SHARE,
                )
            )
        activity = [from_quantiles(ACTIVITY_QUANTILES, rng.random()) for _ in range(size)]
        self._active = Weighted(range(size), activity)
        self._popular = {
            group: Weighted(members := range(first, size, len(groups)), [activity[n] for n in members])
            for first, group in enumerate(groups[:size])
        }
        self.bots = [number for number, person in enumerate(self.people) if person.is_bot]

    def draw(self, rng: random.Random) -> int:
        """Somebody, the active more often."""
        return self._active.draw(rng)

    def draw_popular(self, group: str, rng: random.Random) -> int:
        """Somebody of the group, the active more often."""
        return self._popular[group].draw(rng)
