"""The commands of `simpact`, by what they are about: how each is called, and what it does.

What a command imports it imports when it runs: all together would take more than twice the time of the one that is wanted.
"""
