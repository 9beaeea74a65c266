"""Photos in chunks: resumed where they stopped, checked, re-encoded, and of one person only."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Photo, Upload
from tests.server.fake_phone import Answer, ClientWire, FakePhone, uuid7, wire_time
from tests.server.field import Field, build_field


@pytest.fixture
def field(session: Session) -> Field:
    return build_field(session)


@pytest.fixture
def phone(client: FlaskClient, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    phone.sign_in(field.rep)
    return phone


@pytest.fixture
def folder(app: Flask) -> Path:
    return Path(app.config["SETTINGS"].data) / "photos"


def picture(*, width: int = 320, height: int = 240, exif: bool = True) -> bytes:
    image = Image.effect_noise((width, height), 40).convert("RGB")
    notes = Image.Exif()
    if exif:
        notes[0x010F] = "CANARY-MAKER"
        notes.get_ifd(0x8825)[2] = (22.0, 19.0, 5.5)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, exif=notes, comment=b"CANARY-COMMENT")
    return out.getvalue()


def announce(phone: FakePhone, photo_id: str, data: bytes) -> Answer:
    words = {"photo_id": photo_id, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return phone.request("POST", "/uploads", words)


def chunk(
    phone: FakePhone, photo_id: str, offset: int, data: bytes, *, checksum_of: bytes | None = None
) -> Answer:
    digest = hashlib.sha256(data if checksum_of is None else checksum_of).digest()
    headers = {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
        "Upload-Checksum": "sha256 " + base64.b64encode(digest).decode(),
    }
    return phone.request("PATCH", f"/uploads/{photo_id}", data, headers=headers)


def offset(phone: FakePhone, photo_id: str) -> int:
    return int(phone.request("HEAD", f"/uploads/{photo_id}").headers["upload-offset"])


def attach(phone: FakePhone, field: Field, photo_id: str, data: bytes) -> None:
    body = phone.visit(field.outlets[0])
    visit = phone.save("visit.record", body)
    attached = {
        "photo_id": photo_id,
        "visit_id": body["visit_id"],
        "step": "outdoor",
        "kind": "before",
        "taken_at": wire_time(phone.now()),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "width": 320,
        "height": 240,
    }
    phone.save("photo.attach", attached, after=visit)
    assert [one["status"] for one in phone.push()["results"]] == ["applied", "applied"]


def test_A18_an_upload_goes_on_where_it_stopped(phone: FakePhone, folder: Path) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    assert announce(phone, photo_id, data).status == 201
    assert chunk(phone, photo_id, 0, data[:9000]).headers["upload-offset"] == "9000"
    again = announce(phone, photo_id, data)
    assert (again.status, again.json) == (200, {"offset": 9000, "done": False})
    assert offset(phone, photo_id) == 9000
    assert chunk(phone, photo_id, 9000, data[9000:]).status == 204
    assert announce(phone, photo_id, data).json == {"offset": len(data), "done": True}
    assert not list((folder / "parts").glob(f"{photo_id}*"))


@pytest.mark.parametrize("attached_first", [True, False])
def test_I3_the_stored_photo_is_attached_and_holds_pixels_only(
    phone: FakePhone, field: Field, folder: Path, session: Session, attached_first: bool
) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    assert b"CANARY" in data
    if attached_first:
        attach(phone, field, photo_id, data)
    announce(phone, photo_id, data)
    assert chunk(phone, photo_id, 0, data).status == 204
    if not attached_first:
        attach(phone, field, photo_id, data)
    session.rollback()
    photo = session.get_one(Photo, UUID(photo_id))
    assert photo.stored_at is not None
    stored = (folder / photo.path).read_bytes()
    assert b"CANARY" not in stored
    assert b"Exif" not in stored
    with Image.open(io.BytesIO(stored)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (320, 240), {})


def test_I8_a_chunk_that_does_not_follow_is_refused_and_says_nothing_was_written(phone: FakePhone) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    chunk(phone, photo_id, 0, data[:100])
    refused = chunk(phone, photo_id, 50, data[50:200])
    assert (refused.status, refused.json["code"]) == (409, "offset_differs")
    assert offset(phone, photo_id) == 100


def test_I8_a_damaged_chunk_is_460_and_not_written(phone: FakePhone) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    refused = chunk(phone, photo_id, 0, data[:99] + b"?", checksum_of=data[:100])
    assert (refused.status, refused.json["code"]) == (460, "checksum_differs")
    assert offset(phone, photo_id) == 0


def test_I8_a_damaged_whole_begins_again(phone: FakePhone) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    other = data[:-1] + bytes([data[-1] ^ 1])
    assert chunk(phone, photo_id, 0, other).status == 460
    assert offset(phone, photo_id) == 0
    assert chunk(phone, photo_id, 0, data).status == 204


def test_I8_another_persons_upload_is_not_there(app: Flask, phone: FakePhone, field: Field) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    other = FakePhone(ClientWire(app.test_client()))
    other.sign_in(field.other_rep)
    assert announce(other, photo_id, data).status == 404
    assert other.request("HEAD", f"/uploads/{photo_id}").status == 404
    assert chunk(other, photo_id, 0, data).status == 404


def test_other_bytes_under_an_announced_id_are_refused(phone: FakePhone) -> None:
    photo_id = uuid7(clock.now())
    announce(phone, photo_id, picture())
    assert announce(phone, photo_id, picture()).status == 409


@pytest.mark.parametrize("kind", ["PNG", "html", "cut"])
def test_I2_what_is_no_jpeg_is_refused(phone: FakePhone, kind: str) -> None:
    if kind == "PNG":
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, "PNG")
        data = out.getvalue()
    else:
        data = b"<html><script>1</script>" if kind == "html" else picture()[:4000]
    photo_id = uuid7(clock.now())
    announce(phone, photo_id, data)
    refused = chunk(phone, photo_id, 0, data)
    assert (refused.status, refused.json["errors"][0]["rule"]) == (422, "format")


def test_I1_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(phone: FakePhone) -> None:
    out = io.BytesIO()
    Image.new("L", (30_000, 1_000)).save(out, "JPEG", quality=5)
    data, photo_id = out.getvalue(), uuid7(clock.now())
    assert announce(phone, photo_id, data).status == 201
    refused = chunk(phone, photo_id, 0, data)
    assert (refused.status, refused.json["errors"][0]["rule"]) == (422, "pixels")


def test_a_photo_of_more_than_two_megabytes_is_refused(phone: FakePhone) -> None:
    words = {"photo_id": uuid7(clock.now()), "size": (2 << 20) + 1, "sha256": "0" * 64}
    assert phone.request("POST", "/uploads", words).status == 422


def test_more_bytes_than_announced_are_refused(phone: FakePhone) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    assert chunk(phone, photo_id, 0, data + b"more").status == 413


def test_D6_a_full_disk_is_507_and_operations_go_on(phone: FakePhone, field: Field, folder: Path) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    part = folder / "parts" / f"{photo_id}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.symlink_to("/dev/full")  # every write fails as on a full disk
    refused = chunk(phone, photo_id, 0, data)
    assert (refused.status, refused.json["code"]) == (507, "photo_store_full")
    phone.save("visit.record", phone.visit(field.outlets[0]))
    assert phone.push()["results"][0]["status"] == "applied"
    part.unlink()
    assert chunk(phone, photo_id, 0, data).status == 204


def test_an_upload_cut_off_before_its_end_was_noted_is_finished_when_asked_about(
    phone: FakePhone, folder: Path
) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    chunk(phone, photo_id, 0, data[:10])
    (folder / "parts" / f"{photo_id}.part").write_bytes(data)  # the power went after the last byte
    assert offset(phone, photo_id) == len(data)
    assert announce(phone, photo_id, data).json["done"] is True


def test_abandoned_uploads_are_removed_after_30_days(
    app: Flask, phone: FakePhone, folder: Path, session: Session
) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    chunk(phone, photo_id, 0, data[:10])
    session.rollback()
    sweep = app.test_cli_runner()
    assert sweep.invoke(args=["uploads", "sweep"]).output.strip() == "removed 0"
    clock.start_at(clock.now() + timedelta(days=31))
    assert sweep.invoke(args=["uploads", "sweep"]).output.strip() == "removed 1"
    session.rollback()
    assert session.get(Upload, UUID(photo_id)) is None
    assert not (folder / "parts" / f"{photo_id}.part").exists()


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Upload-Offset", "", 422),
        ("Upload-Offset", "-1", 422),
        ("Upload-Checksum", "md5 abc", 422),
        ("Content-Type", "image/jpeg", 415),
    ],
)
def test_a_chunk_without_its_headers_is_refused(
    phone: FakePhone, header: str, value: str, status: int
) -> None:
    photo_id, data = uuid7(clock.now()), picture()
    announce(phone, photo_id, data)
    headers = {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": "0",
        "Upload-Checksum": "sha256 " + base64.b64encode(hashlib.sha256(data).digest()).decode(),
        header: value,
    }
    assert phone.request("PATCH", f"/uploads/{photo_id}", data, headers=headers).status == status
