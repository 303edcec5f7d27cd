"""Find personal data in posts and put the name of its kind in its place."""
