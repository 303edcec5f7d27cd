"""Scores of generated behaviour against real behaviour: the paper's figures, corrected ones, and what real people reach."""
