"""When rights are reviewed: once a quarter, and decided within 21 days of the day on which the review was opened."""

from datetime import date, timedelta
from typing import Final

DAYS_TO_DECIDE: Final = 21


def quarter_of(day: date) -> str:
    """The quarter of a day, as `2026-Q4`; it sorts as it follows."""
    return f"{day.year:04d}-Q{(day.month - 1) // 3 + 1}"


def due_on(opened: date) -> date:
    """The last day on which every right of a review should have been decided."""
    return opened + timedelta(days=DAYS_TO_DECIDE)
