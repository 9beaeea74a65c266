"""Which day, which order, which territory, who takes over: a library of its own.

The questions: `routes_planner.sequence`, `.calendar`, `.territory`, `.reassign`; each has `problem`, `solve` and
`check`. See docs/planner.md.
"""
