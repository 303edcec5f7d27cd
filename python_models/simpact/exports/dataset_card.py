"""README.md: the dataset card, for Hugging Face and for people. Words lie in two files beside, figures in the release."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from string import Template

from simpact.exports.facts import Facts

HERE = Path(__file__).parent
CITATION = """@misc{simpact2025,
  title = {BluePrint: A Social Media User Dataset for LLM Persona Evaluation and Training},
  author = {Bück-Kaeffer, Aurélien and Chooi, Je Qin and Zhao, Dan and Puelma Touzel, Maximilian and Pelrine, Kellin and
            Godbout, Jean-François and Rabbany, Reihaneh and Yang, Zachary},
  year = {2025},
  eprint = {2510.02343},
  archivePrefix = {arXiv}
}"""
CONTEXT_NOTES = {
    "most_recent": "What a follow or a block answers is a guess: the latest message of its target.",
    "last_engaged": "What a follow or a block answers is a guess: the message of its target that the person had engaged "
    "with in the ten minutes before, or else the latest one.",
    "none": "Follows and blocks are left out, since no message says what they answer.",
}


def write_dataset_card(facts: Facts, folder: Path) -> None:
    """Write README.md."""
    card = Template((HERE / "dataset_card.md").read_text(encoding="utf-8")).substitute(figures(facts) | words(facts))
    (folder / "README.md").write_text(card, encoding="utf-8")


def words(facts: Facts) -> dict[str, str]:
    """The texts of words.toml by their names in the RAI vocabulary, with the figures of this release."""
    texts = tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))
    filled = figures(facts)
    return {name: Template(text).substitute(filled).strip() for name, text in texts.items()}


def figures(facts: Facts) -> dict[str, str]:
    """What the texts may name. Anything the release does not tell reads "not told"."""
    buckets = facts.time_buckets
    return {
        "release_id": facts.get("release", "release_id", "release"),
        "built_on": facts.get("release", "built_on", "a day not told"),
        "simpact_version": facts.get("release", "simpact_version"),
        "commit": facts.get("release", "commit"),
        "origin_note": _origin_note(facts),
        "contact": facts.get("release", "contact", "those who publish this copy"),
        "k": facts.get("settings", "k", "a number not told of"),
        "time_bucket": facts.get("settings", "time_bucket", "none"),
        "min_posts_per_user": facts.get("settings", "min_posts_per_user"),
        "context_note": CONTEXT_NOTES[facts.get("settings", "context_method", "most_recent")],
        "k_reached": facts.get("privacy", "k_reached"),
        "effective_people_reached": facts.get("privacy", "effective_people_reached", "an untold number of"),
        "suppressed_share": facts.get("privacy", "suppressed_share", "an untold share"),
        "redacted": ", ".join(facts.card.get("redaction", {})) or "not told",
        "input_files": f"{len(facts.card.get('input', {})):,}",
        "first_bucket": buckets[0] or "not told",
        "last_bucket": buckets[1] or "not told",
        "threads": f"{facts.rows['threads']:,}",
        "messages": f"{facts.rows['messages']:,}",
        "personas_rows": f"{facts.rows['personas']:,}",
        "mixing_rows": f"{facts.rows['mixing']:,}",
        "data_card": f"{facts.rows['data_card']:,}",
        "scales": ", ".join(map(str, facts.scales)),
        "scale": str(facts.scales[-1]) if facts.scales else "",
        "persona": str(facts.example_persona),
        "split": next(iter(facts.splits), ""),
        "language": "\n".join(f"- {language}" for language in _languages(facts)),
        "size_category": size_category(facts.rows["threads"]),
        "configs": "\n".join(_configs(facts)),
        "splits": _rows(facts.splits.items()),
        "actions": _rows(facts.actions),
        "personas": _rows(facts.personas),
        "card": "\n\n".join(
            f"### {section}\n\n| | |\n|---|---|\n{_rows(items.items())}" for section, items in facts.card.items()
        ),
        "citation": CITATION,
    }


def size_category(threads: int) -> str:
    """Hugging Face's size category."""
    steps = ["1K", "10K", "100K", "1M", "10M", "100M", "1B"]
    passed = sum(threads >= 1000 * 10**power for power in range(len(steps)))
    if passed == 0:
        return "n<1K"
    return f"{steps[passed - 1]}<n<{steps[passed]}" if passed < len(steps) else "n>1B"


def _origin_note(facts: Facts) -> str:
    origin = facts.get("release", "origin", "")
    if not origin:
        return ""
    return f"This one comes from elsewhere ({origin}): what follows is how simpact builds, not what is known of these texts. "


def _languages(facts: Facts) -> list[str]:
    setting = facts.get("settings", "languages", "")
    if setting == "all":
        return ["mul"]
    return re.findall(r"\b[a-z]{2,3}\b", setting) or ["und"]


def _configs(facts: Facts) -> Iterable[str]:
    yield "- config_name: sample\n  default: true\n  data_files:\n  - split: sample\n    path: sample/part-0.parquet"
    for scale in facts.scales:
        yield f"- config_name: scale_{scale}\n  data_files:"
        for split in facts.splits:
            yield f"  - split: {split}\n    path: parquet/scale={scale}/persona=*/split={split}/*.parquet"


def _rows(rows: Iterable[Iterable[object]]) -> str:
    return "\n".join("| " + " | ".join(_cell(value) for value in row) + " |" for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return "not told"
    if isinstance(value, int):
        return f"{value:,}"
    return re.sub(r"([|<\\`])", r"\\\1", re.sub(r"\s+", " ", str(value)))
