"""How an answer begins, in tokens that the model was trained on.

A training answer is tokenised whole, so a token may straddle what is given and what is to be found: in Qwen2's vocabulary the
quote that ends an action is part of `"}` or `","`, and the one that opens a text can merge with a punctuation mark after it.
Both cuts made here are safe because Qwen2's pre-tokeniser never joins letters to the punctuation after them:

* an action is decided by all tokens up to the one that holds its closing quote;
* a text is continued from `{"action":"reply","text`, and `":"` is left to the sampler, which allows nothing else there.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from simpact.actions import ACTION_TYPES, WITH_TEXT
from simpact.generation.vocabulary import token_bytes

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TEXT_OPENING = b'":"'  # what stands between the tokens of `text_opening` and the text


def deciding_tokens(tokenizer: PreTrainedTokenizerBase) -> list[list[int]]:
    """For each of ACTION_TYPES the token ids of its answer, up to the token that holds the action's closing quote.

    None is the beginning of another, so `post` and `post_update` are told apart. Raises UserError as `token_bytes` does.
    """
    content = token_bytes(tokenizer)
    found = []
    for action in ACTION_TYPES:
        named = f'{{"action":"{action}"'
        tokens = _encode(tokenizer, named + (',"text":"a"}' if action in WITH_TEXT else "}"))
        ends = accumulate(len(content[token]) for token in tokens)
        found.append(tokens[: 1 + next(place for place, end in enumerate(ends) if end >= len(named))])
    return found


def text_opening(tokenizer: PreTrainedTokenizerBase, action: str) -> list[int]:
    """The token ids of an answer with text up to the key `text`: what comes next begins with TEXT_OPENING."""
    return _encode(tokenizer, f'{{"action":"{action}","text')


def _encode(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))
