"""Shapes of what comes in and goes out: types, ranges, unknown fields refused. Never the database."""
