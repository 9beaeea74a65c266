"""One day's order of stops."""
