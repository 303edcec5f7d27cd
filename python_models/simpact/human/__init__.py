"""Can people tell the generated text from the real one? A page to rate on, and the scores of the answers."""
