"""`make bench`: the figures that the product is held to, one JSON object a line.

Each module in this folder measures one family of names. It has

    NAMES: tuple[str, ...]                                   the names that it can print; they stay stable
    def measure(wanted: Wanted) -> Iterator[Figure]: ...     measures what `wanted(name)` says yes to

and may print what it likes: while it runs, stdout is stderr.
"""

from tests.bench.figure import Figure, Wanted

__all__ = ["Figure", "Wanted"]
