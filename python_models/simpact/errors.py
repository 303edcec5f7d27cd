"""Errors that a user can act on."""


class UserError(Exception):
    """One sentence for the person at the keyboard: what is wrong, and the setting that mends it.

    dbt prints the traceback of whatever a Python model raises; hiding it here leaves the sentence alone.
    """

    __traceback__ = None
