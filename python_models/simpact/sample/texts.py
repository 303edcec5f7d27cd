"""What the synthetic users write: sentences of their group's vocabulary, with links, tags, mentions and planted PII."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simpact.sample import pii
from simpact.sample.identifiers import post_uri
from simpact.sample.population import Person, Population, Vocabulary, from_quantiles

# Text length in code points over one hour of the whole network (211,278 posts).
LENGTH_QUANTILES = ((0.0, 0), (0.05, 1), (0.10, 8), (0.25, 27), (0.50, 68), (0.75, 152), (0.90, 256), (0.95, 289), (1.0, 300))
PII_SHARE = 0.02
LINK_SHARE, TAG_SHARE, EMOJI_SHARE, NEWLINE_SHARE, QUESTION_SHARE = 0.20, 0.10, 0.17, 0.25, 0.15


@dataclass
class PlantedPii:
    """A piece of personal data in a text, at the code points [start, end)."""

    entity: str
    value: str
    start: int
    end: int


@dataclass
class Draft:
    """A text in the making, with the facets and the planted PII that point into it."""

    text: str = ""
    facets: list[dict[str, Any]] = field(default_factory=list)
    planted: list[PlantedPii] = field(default_factory=list)
    link: str | None = None
    is_question: bool = False

    def add(self, piece: str, feature: dict[str, str] | None = None, separator: str = " ") -> None:
        """Append a piece; `feature` makes it a facet (UTF-8 byte offsets, lexicon app.bsky.richtext.facet)."""
        if self.text:
            self.text += separator
        start = len(self.text.encode())
        self.text += piece
        if feature:
            self.facets.append({"features": [feature], "index": {"byteEnd": start + len(piece.encode()), "byteStart": start}})

    def plant(self, entity: str, before: str, value: str, after: str, feature: dict[str, str] | None = None) -> None:
        """Append a sentence that holds a piece of personal data."""
        self.add(before)
        self.add(value, feature)
        self.planted.append(PlantedPii(entity, value, len(self.text) - len(value), len(self.text)))
        self.add(after, separator="")


class Writer:
    """Composes texts for the people of a population."""

    def __init__(self, population: Population, vocabulary: Vocabulary, rng: random.Random) -> None:
        self.population, self.vocabulary, self.rng = population, vocabulary, rng
        self._pii_kinds: list[Callable[[Draft], None]] = [
            self._plant_mention, self._plant_bare_handle, self._plant_did, self._plant_at_uri, self._plant_profile_link,
            self._plant_email, self._plant_phone, self._plant_card, self._plant_crypto, self._plant_ip, self._plant_url,
            self._plant_iban, self._plant_sin, self._plant_ssn, self._plant_address, self._plant_name,
        ]  # fmt: skip
        self._pii_count = 0

    def _pick(self, items: Sequence[str]) -> str:
        return items[int(self.rng.random() * len(items))]

    def compose(self, person: Person, *, reply: bool = False) -> Draft:
        """A text such as this person would write, at most 300 code points unless PII is planted at its end."""
        rng, common = self.rng, self.vocabulary["common"]
        draft = Draft()
        length = from_quantiles(LENGTH_QUANTILES, rng.random())
        if person.is_bot:
            self._write_as_bot(draft, person)
        elif person.language != "en":
            self._write_sentences(draft, length, lambda: self._pick(self.vocabulary["languages"][person.language]))
        else:
            if reply:
                draft.add(self._pick(common["replies"]))
            self._write_sentences(draft, length, lambda: self._sentence(person.group))
            if rng.random() < QUESTION_SHARE:
                draft.is_question = True
                draft.add(self._pick(common["questions"]))
        if rng.random() < EMOJI_SHARE and draft.text:
            draft.add(self._pick(common["emoji"]))
        if rng.random() < LINK_SHARE and draft.text and not draft.link:
            self._add_link(draft, person.group)
        if rng.random() < TAG_SHARE:
            tag = self._pick(self.vocabulary["groups"][person.group]["hashtags"])
            draft.add(f"#{tag}", {"$type": "app.bsky.richtext.facet#tag", "tag": tag})
        if rng.random() < PII_SHARE and not person.is_bot:
            self._pii_kinds[self._pii_count % len(self._pii_kinds)](draft)
            self._pii_count += 1
        return draft

    def _sentence(self, group: str) -> str:
        words, common, rng = self.vocabulary["groups"][group], self.vocabulary["common"], self.rng
        if rng.random() < 0.2:
            return self._pick(common["endings"])
        opening = self._pick(common["openings"]) if rng.random() < 0.15 else ""
        return f"{opening}{self._pick(words['subjects'])} {self._pick(words['claims'])} {self._pick(words['objects'])}."

    def _write_sentences(self, draft: Draft, length: float, sentence: Callable[[], str]) -> None:
        while len(draft.text) < length:
            piece = sentence()
            if len(draft.text) + len(piece) >= 300:
                break
            draft.add(piece, separator="\n\n" if self.rng.random() < NEWLINE_SHARE / 4 else " ")

    def _write_as_bot(self, draft: Draft, person: Person) -> None:
        words = self.vocabulary["groups"][person.group]
        draft.add(f"Update {1 + int(self.rng.random() * 40)}: {words['objects'][0]} now {int(self.rng.random() * 100)} %.")
        self._add_link(draft, person.group)

    def _add_link(self, draft: Draft, group: str) -> None:
        domain = self._pick(self.vocabulary["groups"][group]["domains"])
        draft.link = f"https://{domain}/{int(self.rng.random() * 400)}/story"
        draft.add(f"{domain}/{draft.link[-9:-6]}...", {"$type": "app.bsky.richtext.facet#link", "uri": draft.link})

    def _somebody(self) -> Person:
        return self.population.people[self.population.draw(self.rng)]

    def _plant_mention(self, draft: Draft) -> None:
        person = self._somebody()
        mention = {"$type": "app.bsky.richtext.facet#mention", "did": person.did}
        draft.plant("HANDLE", "Ask", f"@{person.handle}", " about it.", mention)

    def _plant_bare_handle(self, draft: Draft) -> None:
        draft.plant("HANDLE", "My other account is", self._somebody().handle, ", follow me there.")

    def _plant_did(self, draft: Draft) -> None:
        draft.plant("DID", "The repo of", self._somebody().did, " is gone.")

    def _plant_at_uri(self, draft: Draft) -> None:
        draft.plant("AT_URI", "See", post_uri(self._somebody().did, "3lkqh7xk2pc2a"), " for the start.")

    def _plant_profile_link(self, draft: Draft) -> None:
        draft.plant("URL", "Block this one:", f"https://bsky.app/profile/{self._somebody().handle}", " please.")

    def _plant_email(self, draft: Draft) -> None:
        draft.plant("EMAIL_ADDRESS", "Write to", pii.email_address(self.rng, self._somebody().display_name), " before Friday.")

    def _plant_phone(self, draft: Draft) -> None:
        draft.plant("PHONE_NUMBER", "Call me at", pii.phone_number(self.rng), " tonight.")

    def _plant_card(self, draft: Draft) -> None:
        draft.plant("CREDIT_CARD", "They charged my card", pii.card_number(self.rng), " twice.")

    def _plant_crypto(self, draft: Draft) -> None:
        draft.plant("CRYPTO", "Tips welcome:", pii.bitcoin_address(self.rng), " thanks!")

    def _plant_ip(self, draft: Draft) -> None:
        draft.plant("IP_ADDRESS", "The server at", pii.ip_address(self.rng), " is down.")

    def _plant_url(self, draft: Draft) -> None:
        url = f"https://www.example.org/petition/{int(self.rng.random() * 10000)}"
        draft.plant("URL", "Sign here:", url, " today.", {"$type": "app.bsky.richtext.facet#link", "uri": url})

    def _plant_iban(self, draft: Draft) -> None:
        draft.plant("IBAN_CODE", "Donations go to", pii.iban(self.rng), " as always.")

    def _plant_sin(self, draft: Draft) -> None:
        draft.plant("CA_SIN", "They asked for my SIN", pii.social_insurance_number(self.rng), " on the phone.")

    def _plant_ssn(self, draft: Draft) -> None:
        draft.plant("US_SSN", "My SSN", pii.social_security_number(self.rng), " was in the breach.")

    def _plant_address(self, draft: Draft) -> None:
        people = self.vocabulary["people"]
        number = 1 + int(self.rng.random() * 900)
        draft.plant(
            "ADDRESS", "Come by", f"{number} {self._pick(people['streets'])}, {self._pick(people['cities'])}", " on Sunday."
        )

    def _plant_name(self, draft: Draft) -> None:
        draft.plant("PERSON", "I went to school with", self._somebody().display_name, " back then.")


def english_posts(n: int, seed: int) -> list[str]:
    """`n` posts of people who write English, without a world around them; the same numbers give the same posts."""
    vocabulary = tomllib.loads((Path(__file__).parent / "vocabulary.toml").read_text(encoding="utf-8"))
    population, rng = Population(1000, seed, vocabulary), random.Random(f"posts {seed}")
    writer, people = Writer(population, vocabulary, rng), [person for person in population.people if person.language == "en"]
    return [writer.compose(rng.choice(people), reply=rng.random() < 0.3).text for _ in range(n)]
