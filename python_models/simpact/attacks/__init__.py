"""Attacks on a release, each with a baseline that knows the same and does not attack."""
