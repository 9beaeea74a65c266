"""The retention watch (流失观察): facts, judging them each night, and what the desk is told."""
