"""What can go wrong, as classes with a sentence, and the one place that turns them into problem details (RFC 9457)."""

import dataclasses
from collections.abc import Mapping, Sequence


@dataclasses.dataclass(frozen=True)
class FieldError:
    """One field that broke one rule. `params` fill the sentence of `rule` in the user's language."""

    field: str
    rule: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)
    row: int | None = None


class RoutebookError(Exception):
    """Base of all refusals. `code` names the sentence in server/messages.py."""

    status = 400
    code = "refused"

    def __init__(
        self,
        code: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        retry_after_s: int | None = None,
        members: Mapping[str, object] | None = None,
        **params: object,
    ) -> None:
        self.code = code or type(self).code
        # What the answer says beside the usual members of a problem: the server's time, that a phone is to wipe.
        self.members = dict(members or {})
        self.params = params
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s
        super().__init__(f"{self.code} {params or ''}".strip())


class Invalid(RoutebookError):
    """The request is understood but a field breaks a rule."""

    status = 422
    code = "invalid"


class NotSignedIn(RoutebookError):
    status = 401
    code = "not_signed_in"


class Frozen(NotSignedIn):
    """The person's access was stopped; nothing is said or lent any more."""

    code = "frozen"


class NotAllowed(RoutebookError):
    status = 403
    code = "not_allowed"


class StepUpNeeded(NotAllowed):
    """The deed asks for a proof of who is there that is no older than five minutes."""

    code = "step_up_needed"


class NotFound(RoutebookError):
    """Absent, or not visible to the one who asks: the answer is the same."""

    status = 404
    code = "not_found"


class Conflict(RoutebookError):
    status = 409
    code = "conflict"


class TooLarge(RoutebookError):
    status = 413
    code = "too_large"


class ChecksumDiffers(RoutebookError):
    """tus 1.0 checksum extension."""

    status = 460
    code = "checksum_differs"


class TooMany(RoutebookError):
    status = 429
    code = "too_many"


class Busy(RoutebookError):
    """The database is locked or cannot be reached for now; the same request may go through later."""

    status = 503
    code = "busy"

    def __init__(self, code: str | None = None, *, retry_after_s: int = 5) -> None:
        super().__init__(code, retry_after_s=retry_after_s)


class StorageFull(Busy):
    code = "storage_full"


class PhotoStoreFull(RoutebookError):
    status = 507
    code = "photo_store_full"
