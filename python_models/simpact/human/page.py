"""evaluation.html, one page that works offline, and evaluation_key.json, which says what its items are."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from simpact.errors import UserError
from simpact.human.items import Chosen
from simpact.keys import Key

PAGE, KEY = "evaluation.html", "evaluation_key.json"
TEMPLATE = Path(__file__).with_name("page.html")
SIDES = ("A", "B")


def write_page(chosen: Chosen, key: Key, out_folder: Path, contact: str) -> None:
    """Write PAGE, to hand to raters, and KEY, to keep, which only its owner can read; `contact` is whom raters may ask.

    Nothing in the page tells the sides: they, the order and the ids of the items come from HMACs under `key`, which neither
    file holds. Of each model's items, as of the checks, the human text is on either side equally often (but for one).
    The same items, key and contact give the same bytes.
    Raises UserError when the folder holds the key of another page, whose answers could not be scored without it.
    """
    rows = chosen.items.to_pylist()
    ids = [key(f"human evaluation: item {row['thread_id']} {row['model']}")[:16] for row in rows]
    sides = _human_sides(rows, ids, key)
    in_order = sorted(zip(ids, rows, strict=True), key=lambda pair: pair[0])
    shown = [_shown(item, row, sides[item]) for item, row in in_order]
    page_id = key(f"human evaluation: page {json.dumps([contact, shown])}")[:16]
    told = {item: _told(row, sides[item]) for item, row in in_order}

    out_folder.mkdir(parents=True, exist_ok=True)
    key_text = json.dumps({"page": page_id, "items": told}, indent=1) + "\n"
    held = out_folder / KEY
    if held.exists() and held.read_text(encoding="utf-8") != key_text:
        raise UserError(f"{held} is the key of another page, whose answers need it for their scores. Choose another folder.")
    _write(held, key_text, 0o600)
    page = _filled(TEMPLATE.read_text(encoding="utf-8"), {"page": page_id, "contact": contact, "items": shown})
    _write(out_folder / PAGE, page, 0o644)


def _human_sides(rows: list[dict[str, Any]], ids: list[str], key: Key) -> dict[str, str]:
    """The side of the human text by item: in an order that the key shuffles, A and B take turns within each model."""
    drawn = sorted(zip(ids, rows, strict=True), key=lambda pair: key(f"human evaluation: turn of {pair[0]}"))
    turns: dict[str | None, int] = {}
    sides = {}
    for item, row in drawn:
        model = row["model"]
        first = int(key(f"human evaluation: first side of {model}"), 16)
        turns[model] = turns.get(model, first) + 1
        sides[item] = SIDES[turns[model] % 2]
    return sides


def _shown(item: str, row: dict[str, Any], human_side: str) -> dict[str, Any]:
    texts = (row["real_text"].strip(), row["generated_text"].strip())  # white space around a text may be its maker's mark
    a, b = texts if human_side == "A" else texts[::-1]
    return {"id": item, "context": row["context"] or [], "a": a, "b": b}


def _told(row: dict[str, Any], human_side: str) -> dict[str, Any]:
    return {
        "human": human_side,
        "model": row["model"],
        "persona_id": row["persona_id"],
        "thread_id": row["thread_id"],
        "is_check": row["is_check"],
        "human_words": len(row["real_text"].split()),
        "generated_words": len(row["generated_text"].split()),
    }


def _filled(template: str, data: dict[str, Any]) -> str:
    """The page: the data, in which no "<" can end their element, and a policy that lets run what the template holds alone."""
    for name in ("script", "style"):
        held = re.findall(rf"<{name}>(.*?)</{name}>", template, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256("".join(held).encode()).digest()).decode()
        template = template.replace("{{" + name + "}}", f"sha256-{digest}")
    return template.replace("{{data}}", json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"))


def _write(path: Path, text: str, mode: int) -> None:
    """Put a whole file in its place; nobody whom `mode` keeps out reads it in between."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.touch(mode, exist_ok=False)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
