"""Who takes over when someone leaves."""
