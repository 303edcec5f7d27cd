"""Which action a person takes: gradient-boosted trees on what was known before, beside baselines."""
