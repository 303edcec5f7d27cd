"""What a trained adapter remembers of the people it was trained on: attacks, with people who were withheld as controls."""
