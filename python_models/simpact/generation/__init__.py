"""Answer held-out prompts as a persona would: an action with its probability, and the text that goes with it.

The action is scored, not written: one forward pass gives the exact probability of all thirteen, from which one is drawn. Only a
text is sampled token by token, and only such tokens as keep the answer valid JSON.
"""
