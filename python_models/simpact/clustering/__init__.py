"""Cluster people into personas of a guaranteed minimum size, and say what the clustering is worth."""
