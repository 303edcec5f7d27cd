"""Every attack, one entry each: what a success is, what the attacker knows, and why some are reported and not gated."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from simpact.attacks import alignment, identifiers, mixing, names, pairs, shapes, stylometry, texts
from simpact.attacks.evidence import Attacked
from simpact.attacks.outcomes import Outcome

RELEASE = "the release"
ARCHIVE = "the release, the public archive"


class Attack(NamedTuple):
    """One attack: `measure` says what a success is. It is gated unless there is a reason to report it only."""

    name: str
    measure: str
    attacker_knows: str
    run: Callable[[Attacked], Outcome]
    reported_because: str | None = None

    @property
    def is_gated(self) -> bool:
        return self.reported_because is None


def _linked(links: str) -> Callable[[Attacked], Outcome]:
    return partial(pairs.linked, links=links)


CATALOGUE = (
    Attack("order_of_threads", "neighbours in the file are by one person", RELEASE, _linked(pairs.IN_FILE_ORDER)),
    Attack(
        "order_of_messages", "neighbours in the file of messages are by one person", RELEASE, _linked(pairs.IN_MESSAGE_ORDER)
    ),
    Attack("order_of_ids", "threads with neighbouring ids are by one person", RELEASE, _linked(pairs.IN_ID_ORDER)),
    Attack(
        "runs_in_time",
        "neighbours in the file, of one action type and the second not earlier than the first, are by one person",
        RELEASE,
        _linked(pairs.IN_RUNS),
    ),
    Attack(
        "speaker_ids", "threads whose acting speakers have the same id are by one person", RELEASE, _linked(pairs.BY_SPEAKER)
    ),
    Attack(
        "file_tells_time", "rank correlation of place in the file and time of the action", RELEASE, identifiers.file_tells_time
    ),
    Attack("ids_tell_time", "rank correlation of thread id and time of the action", RELEASE, identifiers.ids_tell_time),
    Attack(
        "ids_tell_actions",
        "rank correlation of thread id and the archive's id of the action",
        ARCHIVE,
        identifiers.ids_tell_actions,
    ),
    Attack(
        "ids_recovered",
        "published strings are an id of the archive, or begin a hash of some",
        "the release, every id of the archive, not the key",
        identifiers.ids_recovered,
    ),
    Attack(
        "singled_out",
        "the published attributes of a thread, all persona scales jointly, fit fewer than k people",
        "the release, the attributes of a person",
        pairs.singled_out,
    ),
    Attack(
        "identifiers_left",
        "published strings have a known handle, or a DID, an AT-URI or the link of a profile",
        "the release, every handle of the archive",
        names.identifiers_left,
    ),
    Attack(
        "display_names_left",
        "published texts have a display name of two and more words that fewer than k people of the archive write",
        "the release, every display name of the archive",
        names.display_names_left,
    ),
    Attack(
        "aligned_in_time",
        "the person of a textless action is guessed right by time alone",
        "the release, the public archive, not which post was answered",
        alignment.aligned_in_time,
    ),
    Attack(
        "shapes",
        "the person of a thread of three and more messages is guessed right by the shape of the replies",
        "the release, the public reply graph, no text",
        shapes.shapes_found,
    ),
    Attack(
        "aligned_by_text",
        "the person of a textless action is guessed right among those who acted on the post",
        ARCHIVE,
        alignment.aligned_by_text,
        reported_because="a verbatim context can be searched, and who acted on a post is public",
    ),
    Attack(
        "mixing",
        "the persona of a person is guessed right by whom the person acts towards (baseline: by a matrix without the person)",
        "the release, everybody's pairs, the persona of everybody else",
        mixing.guessed_by_mixing,
        reported_because="who knows all but one person knows more than k people can hide from",
    ),
    Attack(
        "same_context",
        f"threads that answer the same text, which {pairs.RARE} at most answer, are by one person",
        RELEASE,
        _linked(pairs.BY_ANSWERED_TEXT),
        reported_because="people who answer one post twice do so in public",
    ),
    Attack(
        "shared_context",
        f"two threads by one person answer the same text, which {pairs.RARE} at most answer (baseline: two threads by anyone)",
        RELEASE,
        pairs.shared_texts,
        reported_because="it is the share of pairs that same_context can find at all",
    ),
    Attack(
        "rare_words",
        f"actions that share {pairs.WORDS} words in a row, which {pairs.RARE} at most do, are by one person",
        RELEASE,
        _linked(pairs.BY_RARE_WORDS),
        reported_because="verbatim text carries what people are used to say",
    ),
    Attack(
        "style",
        f"a released text is attributed to the right one of {stylometry.CANDIDATES} authors at most",
        "the release, half of each author's public posts, not the text itself",
        stylometry.attributed,
        reported_because="verbatim text carries style",
    ),
    Attack(
        "exact_text",
        "a published text has one public author, who is the right one",
        ARCHIVE,
        texts.found_exactly,
        reported_because="verbatim text can be searched",
    ),
    Attack(
        "redacted_text",
        "a published text with placeholders matches the posts of one public author, who is the right one",
        ARCHIVE,
        texts.found_nearly,
        reported_because="what redaction leaves of a verbatim text can be searched",
    ),
)
