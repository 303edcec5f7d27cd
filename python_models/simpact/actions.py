"""The actions of the paper's grammar, in the order that probabilities, counts and matrices of actions keep."""

ACTIONS = (
    "post",
    "reply",
    "quote",
    "post_update",
    "post_delete",
    "like",
    "unlike",
    "repost",
    "unrepost",
    "follow",
    "unfollow",
    "block",
    "unblock",
)
WITH_TEXT = ("post", "reply", "quote", "post_update")
