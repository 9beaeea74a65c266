"""Stores divided among reps: balanced, compact, contiguous."""
