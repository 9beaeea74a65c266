"""Questions of the trade, pure: plain values in, plain values out, `now` is an argument.

Nothing here imports Flask or SQLAlchemy, opens a connection or reads a clock. A rule that also runs on the
phone has its examples once, in `tests/contracts/`, which pytest and vitest both read.
"""
