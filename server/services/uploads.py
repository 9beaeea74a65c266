"""Photos on their way: chunks are appended to a file until it is whole, then checked, re-encoded and stored.

The length of the `.part` file is the truth about how much has arrived; the database knows who may write to it and when
it is done. So a crash between the two loses nothing: the next question of the phone finds the same length.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from PIL import Image, ImageOps
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.orm import Session

from server.domain.operation_bodies.photos import MAX_PHOTO_BYTES
from server.errors import ChecksumDiffers, Conflict, FieldError, Invalid, NotFound, PhotoStoreFull, TooLarge
from server.models import Photo, Upload
from server.services import audit
from server.services.transaction import deed

MAX_PIXELS: Final = 24_000_000
"""A phone's camera makes 12 million; what is larger is refused before it is decoded (I1)."""
QUALITY: Final = 82
KEPT_UNFINISHED: Final = timedelta(days=30)
_JPEG: Final = b"\xff\xd8\xff"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Stored(NamedTuple):
    """When the bytes were complete, and the path below the photo folder."""

    at: datetime
    path: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many bytes have arrived; `done`: they were complete, right, and are stored."""

    offset: int
    done: bool
    created: bool = False


@deed
def begin_upload(
    session: Session, *, folder: Path, person_id: int, photo_id: UUID, size: int, sha256: str, now: datetime
) -> Progress:
    """Announce a photo, or ask again about one announced before with the same size and checksum.

    Errors: NotFound for a photo of another person, Conflict for other bytes under the same id, TooLarge.
    """
    if size > MAX_PHOTO_BYTES:
        raise TooLarge(max=MAX_PHOTO_BYTES)
    upload = session.get(Upload, photo_id)
    if upload is not None:
        if upload.person_id != person_id:
            raise NotFound
        if (upload.size, upload.sha256) != (size, sha256):
            raise Conflict
        return _progress(folder, upload)
    session.add(
        Upload(id=photo_id, person_id=person_id, size=size, received=0, sha256=sha256, created_at=now)
    )
    session.flush()
    return Progress(0, done=False, created=True)


def get_progress(
    session: Session, *, folder: Path, person_id: int, photo_id: UUID, now: datetime
) -> Progress:
    """How far an upload is; one that was cut off between its last byte and its end is finished now."""
    upload = _get_own(session, photo_id, person_id)
    progress = _progress(folder, upload)
    if not progress.done and progress.offset == upload.size:
        return _complete(folder, _facts(upload), now)
    return progress


def append_chunk(
    session: Session,
    *,
    folder: Path,
    person_id: int,
    photo_id: UUID,
    offset: int,
    data: bytes,
    sha256: bytes,
    now: datetime,
) -> Progress:
    """Append a chunk that begins at `offset`; with the last one the photo is checked and stored.

    Errors: ChecksumDiffers for a damaged chunk (nothing is written) or a damaged whole (begin again at 0), Conflict
    `offset_differs` when the chunk does not follow what is there, TooLarge beyond the announced size, PhotoStoreFull,
    Invalid for what is no picture; NotFound for a photo of another person.
    """
    upload = _facts(_get_own(session, photo_id, person_id))
    session.rollback()  # no transaction is held while bytes are written
    if upload.finished:
        raise Conflict("offset_differs")
    if hashlib.sha256(data).digest() != sha256:
        raise ChecksumDiffers
    if offset + len(data) > upload.size:
        raise TooLarge(max=upload.size)
    length = _append(_part(folder, photo_id), offset, data)
    return _complete(folder, upload, now) if length == upload.size else Progress(length, done=False)


def find_stored(connection: Connection, photo_id: UUID, person_id: int, sha256: str) -> Stored | None:
    """When and where the bytes of a photo were stored, if they are complete and this person's."""
    row = connection.execute(_FINISHED, {"key": photo_id, "person": person_id, "sha256": sha256}).first()
    return Stored(row.finished_at, stored_path(photo_id, row.created_at)) if row else None


def stored_path(photo_id: UUID, created_at: datetime) -> str:
    """Path below the photo folder, made of nothing that came from outside but the id (I5)."""
    return f"{created_at:%Y-%m}/{photo_id}.jpg"


@deed
def sweep_uploads(session: Session, *, folder: Path, now: datetime) -> int:
    """Remove uploads that were begun more than 30 days ago and never finished, and parts that nobody knows."""
    before = now - KEPT_UNFINISHED
    old = list(
        session.scalars(
            select(Upload.id).where(Upload.finished_at.is_(None), Upload.created_at < before).limit(10_000)
        )
    )
    if old:
        session.execute(delete(Upload).where(Upload.id.in_(old)))
        audit.record(
            session,
            at=now,
            person_id=None,
            deed="upload.sweep",
            subject="uploads",
            detail={"count": len(old)},
        )
    known = set(map(str, session.scalars(select(Upload.id).where(Upload.finished_at.is_(None)))))
    for part in (folder / "parts").glob("*.part"):
        if part.stem not in known and part.lstat().st_mtime < before.timestamp():
            part.unlink(missing_ok=True)
    for photo_id in old:
        _part(folder, photo_id).unlink(missing_ok=True)
    return len(old)


@dataclass(frozen=True, slots=True)
class _Announced:
    id: UUID
    person_id: int
    size: int
    sha256: str
    created_at: datetime
    finished: bool


def _facts(upload: Upload) -> _Announced:
    return _Announced(
        upload.id,
        upload.person_id,
        upload.size,
        upload.sha256,
        upload.created_at,
        upload.finished_at is not None,
    )


def _get_own(session: Session, photo_id: UUID, person_id: int) -> Upload:
    upload = session.get(Upload, photo_id)
    if upload is None or upload.person_id != person_id:
        raise NotFound
    return upload


def _progress(folder: Path, upload: Upload) -> Progress:
    if upload.finished_at is not None:
        return Progress(upload.size, done=True)
    try:
        length = _part(folder, upload.id).stat().st_size
    except FileNotFoundError:
        length = 0
    return Progress(min(length, upload.size), done=False)


def _part(folder: Path, photo_id: UUID) -> Path:
    return folder / "parts" / f"{photo_id}.part"


@contextlib.contextmanager
def _room_for_photos() -> Iterator[None]:
    """A full disk is an error of its own (D6): operations go on, photos wait."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise PhotoStoreFull from error
        raise


def _append(part: Path, offset: int, data: bytes) -> int:
    """Append to the part if it is exactly `offset` long; returns its new length. One writer at a time (I8)."""
    with _room_for_photos():
        part.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_size != offset:
                raise Conflict("offset_differs")
            os.lseek(descriptor, offset, os.SEEK_SET)
            try:
                _write_whole(descriptor, data)
            except OSError:
                # Half a chunk is no chunk: the phone sends it again from where it began.
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, offset)
                raise
        finally:
            os.close(descriptor)
    return offset + len(data)


def _write_whole(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)


def _complete(folder: Path, upload: _Announced, now: datetime) -> Progress:
    """Check the whole, re-encode it, store it, say so in the database, and only then drop the part."""
    part = _part(folder, upload.id)
    data = part.read_bytes()
    if hashlib.sha256(data).hexdigest() != upload.sha256:
        part.unlink()
        raise ChecksumDiffers
    try:
        picture = reencoded(data)
    except Invalid:
        # Kept, never served: a person may want to see what it was.
        refused = folder / "refused"
        refused.mkdir(parents=True, exist_ok=True)
        part.replace(refused / f"{upload.id}.bin")
        raise
    path = stored_path(upload.id, upload.created_at)
    with _room_for_photos():
        _store(folder / path, picture)
    finish_upload(upload_id=upload.id, path=path, now=now)
    part.unlink(missing_ok=True)
    return Progress(upload.size, done=True)


def _store(target: Path, picture: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write_whole(descriptor, picture)
    finally:
        os.close(descriptor)
    fresh.replace(target)


def reencoded(data: bytes) -> bytes:
    """The picture and nothing else: decoded as JPEG only, turned upright, written anew without EXIF or profile.

    Errors: Invalid `format` for what is no JPEG or cannot be decoded, `pixels` above 24 million.
    """
    if not data.startswith(_JPEG):
        raise Invalid(errors=[FieldError("photo", "format")])
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Invalid(errors=[FieldError("photo", "pixels", {"max": MAX_PIXELS})])
            image.load()
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Invalid(errors=[FieldError("photo", "format")]) from None
    # A fresh image carries pixels only; `info` of the opened one would bring comments and profiles along.
    clean = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


@deed
def finish_upload(session: Session, *, upload_id: UUID, path: str, now: datetime) -> None:
    """Note that a photo is stored, on its visit too where that is here already. Twice is once."""
    finished = session.execute(
        update(Upload)
        .where(Upload.id == upload_id, Upload.finished_at.is_(None))
        .values(finished_at=now, received=Upload.size)
        .returning(Upload.person_id, Upload.sha256)
    ).first()
    if finished is None:
        return
    session.execute(
        update(Photo)
        .where(Photo.id == upload_id, Photo.sha256 == finished.sha256)
        .values(stored_at=now, path=path)
    )
    audit.record(
        session, at=now, person_id=finished.person_id, deed="photo.store", subject=f"photo:{upload_id}"
    )


_FINISHED = select(Upload.finished_at, Upload.created_at).where(
    Upload.id == bindparam("key"),
    Upload.person_id == bindparam("person"),
    Upload.sha256 == bindparam("sha256"),
    Upload.finished_at.is_not(None),
)
