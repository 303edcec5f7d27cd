"""The actions of the paper's grammar, in the order that its files, and lists of probabilities, counts and matrices have.

`place` in seeds/action_types.csv is the same order, for SQL.
"""

ACTION_TYPES = (
    *("like", "unlike", "repost", "unrepost", "follow", "unfollow", "block", "unblock"),
    *("post_update", "post_delete", "quote", "post", "reply"),
)
WITH_TEXT = ("post_update", "quote", "post", "reply")
