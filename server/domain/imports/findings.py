"""What a check of one row finds, and the row that comes out of it."""

import dataclasses
from dataclasses import dataclass

from server.domain.errors import Figure

ERROR = "error"
INFO = "info"

# Faults that leave nothing to store. A row with other faults alone can go in without the faulty fields.
FATAL_RULES = frozenset(
    {
        "missing_name",
        "missing_pack",
        "bad_pack",
        "text_too_long",
        "extra_cells",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about one field of a row. An `info` changes nothing, an `error` makes the row
    faulty."""

    field: str
    rule: str
    params: dict[str, Figure] = dataclasses.field(default_factory=dict)
    severity: str = ERROR

    @property
    def fatal(self) -> bool:
        return self.severity == ERROR and self.rule in FATAL_RULES


@dataclass(slots=True)
class CheckedRow:
    """A row of the list as the book would keep it. Fields that are empty or faulty are absent from
    `values`."""

    row: int
    cells: list[str]
    values: dict[str, object]
    findings: list[Finding]

    @property
    def faulty(self) -> bool:
        return bool(self.findings) and any(finding.severity == ERROR for finding in self.findings)

    @property
    def storable(self) -> bool:
        return not self.findings or not any(finding.fatal for finding in self.findings)
