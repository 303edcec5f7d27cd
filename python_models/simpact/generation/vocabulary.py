"""The bytes that each token of a byte-level BPE stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpact.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Byte-level BPE writes a byte that prints as itself, and the others in order as the characters from 256 on
# (Radford et al. 2019, encoder.py of GPT-2).
_PRINTABLE = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
_OTHERS = tuple(byte for byte in range(256) if byte not in _PRINTABLE)
_BYTES = {chr(byte): byte for byte in _PRINTABLE} | {chr(256 + place): byte for place, byte in enumerate(_OTHERS)}


def token_bytes(tokenizer: PreTrainedTokenizerBase) -> dict[int, bytes]:
    """Token id to bytes, for every token that is not an added one, such as `<|im_end|>`.

    The bytes of one token need not be whole characters. Raises UserError when the tokenizer is not a byte-level BPE.
    """
    added = tokenizer.added_tokens_decoder
    try:
        return {
            number: bytes(_BYTES[letter] for letter in token)
            for token, number in tokenizer.get_vocab().items()
            if number not in added
        }
    except KeyError:
        raise UserError(
            "Setting base_model: its tokenizer is no byte-level BPE; texts are generated with one, such as Qwen2's."
        ) from None
