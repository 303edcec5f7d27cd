"""Invented personal data of every kind the redaction must find, valid where a checksum is asked for.

Numbers come from ranges that are reserved for fiction or documentation (RFC 2606, RFC 5737, +1 555 01xx), so that none can
belong to a person.
"""

from __future__ import annotations

import hashlib
import random

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def _luhn_digit(digits: str) -> str:
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(digits))]
    return str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def _digits(rng: random.Random, count: int) -> str:
    return "".join(str(int(rng.random() * 10)) for _ in range(count))


def card_number(rng: random.Random) -> str:
    """A card number that passes the Luhn check, in the test range 4000 00."""
    body = "400000" + _digits(rng, 9)
    number = body + _luhn_digit(body)
    return " ".join(number[i : i + 4] for i in range(0, 16, 4))


def social_insurance_number(rng: random.Random) -> str:
    """A Canadian SIN that passes the Luhn check. None that begins with 0 is given to a person."""
    body = "0" + _digits(rng, 7)
    number = body + _luhn_digit(body)
    return f"{number[:3]}-{number[3:6]}-{number[6:]}"


def social_security_number(rng: random.Random) -> str:
    """A US SSN with an area number above 899, which is never issued."""
    return f"9{_digits(rng, 1)}0-{1 + int(rng.random() * 49):02}-{1 + int(rng.random() * 9998):04}"


def iban(rng: random.Random) -> str:
    """A German IBAN with valid check digits (ISO 13616) for a bank code of zeros."""
    account = "00000000" + _digits(rng, 10)
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02}{account}"


def bitcoin_address(rng: random.Random) -> str:
    """A base58check address of a random hash: the checksum holds, nobody has the key."""
    payload = b"\x00" + bytes(int(rng.random() * 256) for _ in range(20))
    raw = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\x00"))) + text


def phone_number(rng: random.Random) -> str:
    """A Canadian, US or British number from the ranges kept free for fiction."""
    line = f"{100 + int(rng.random() * 100)}"
    return (
        f"(613) 555-0{line}",
        f"+1 202-555-0{line}",
        f"416-555-0{line}",
        f"+44 20 7946 0{line}",
    )[int(rng.random() * 4)]


def email_address(rng: random.Random, name: str) -> str:
    """An address at one of the domains of RFC 2606."""
    return f"{name.lower().replace(' ', '.')}{int(rng.random() * 100)}@example.{('com', 'org', 'net')[int(rng.random() * 3)]}"


def ip_address(rng: random.Random) -> str:
    """An address from the documentation ranges of RFC 5737."""
    return f"{('192.0.2', '198.51.100', '203.0.113')[int(rng.random() * 3)]}.{1 + int(rng.random() * 254)}"
