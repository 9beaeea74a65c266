"""Deeds: load facts, ask the rule, write, commit once."""
