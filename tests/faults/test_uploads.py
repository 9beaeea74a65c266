"""Photos through a link that breaks (A18), and onto a store that is full (D6)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import random
import resource
from uuid import UUID

import pytest
from PIL import Image

from server.extensions import clock
from server.models import Photo, Upload
from tests.faults.disks import small_disk
from tests.faults.house import House
from tests.faults.test_network import LOST, worker_pids
from tests.faulty_proxy import Fault, FaultyProxy
from tests.server.fake_phone import Answer, FakePhone, photo_sha256, uuid7, wire_time

CHUNK = 64 << 10


def jpeg(side: int = 480, seed: int = 1) -> bytes:
    """Noise, which no encoder makes small: about half a megabyte."""
    noise = random.Random(seed).randbytes(side * side * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(out, "JPEG", quality=95)
    return out.getvalue()


PHOTO = jpeg()


class Sending:
    """One photo on its way, as the phone sends it: from the server's offset, chunk by chunk."""

    def __init__(self, phone: FakePhone, data: bytes = PHOTO) -> None:
        self.phone, self.data, self.id = phone, data, uuid7(clock.now())
        self.seen: list[int] = []

    def begin(self) -> Answer:
        body = {"photo_id": self.id, "size": len(self.data), "sha256": photo_sha256(self.data)}
        return self.phone.request("POST", "/uploads", body)

    def offset(self) -> int:
        answer = self.phone.request("HEAD", f"/uploads/{self.id}")
        assert answer.status == 200
        self.seen.append(int(answer.headers["upload-offset"]))
        return self.seen[-1]

    def send(self, offset: int) -> Answer:
        piece = self.data[offset : offset + CHUNK]
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        return self.phone.request(
            "PATCH",
            f"/uploads/{self.id}",
            piece,
            headers={
                "Content-Type": "application/offset+octet-stream",
                "Upload-Offset": str(offset),
                "Upload-Checksum": f"sha256 {digest}",
            },
        )

    def attach(self, visit: str, visit_id: str) -> str:
        """Queue the operation that tells of the photo."""
        body = {"photo_id": self.id, "visit_id": visit_id, "step": "outdoor", "kind": "before",
                "taken_at": wire_time(self.phone.now()), "size": len(self.data),
                "sha256": photo_sha256(self.data), "width": 480, "height": 480}  # fmt: skip
        return self.phone.save("photo.attach", body, after=visit)


def stored(house: House, upload: Sending) -> bytes | None:
    """The stored picture, None while there is none."""
    with house.session() as session:
        row = session.get_one(Upload, UUID(upload.id))
        if row.finished_at is None:
            return None
        assert (row.received, row.size, row.sha256) == (row.size, len(upload.data), photo_sha256(upload.data))
        return (house.data / "photos" / f"{row.created_at:%Y-%m}" / f"{upload.id}.jpg").read_bytes()


def test_A18_an_upload_resumes_at_the_offset_of_the_server_through_cuts(
    house: House, link: FaultyProxy
) -> None:
    phone = house.phone()
    visit_id = uuid7(phone.now())
    visit = phone.save("visit.record", house.visit(phone, house.field.outlets[0], visit_id=visit_id))
    upload = Sending(phone)
    attached = upload.attach(visit, visit_id)
    house.through(phone, link.url)
    phone.push()
    assert phone.queue == []
    assert upload.begin().status == 201
    chances = random.Random(7)
    tries = 0
    while (offset := upload.offset()) < len(PHOTO):
        tries += 1
        # Every second chunk is cut on its way up, every third answer on its way down.
        if tries % 2:
            link.arm(Fault(cut_up_after=chances.randrange(300, CHUNK)))
        elif tries % 3 == 0:
            link.arm(Fault(cut_down_after=0))
        else:
            link.heal()
        with contextlib.suppress(LOST):
            assert upload.send(offset).status in (204, 460)
        link.heal()
        assert tries < 60
    assert upload.seen == sorted(upload.seen), "what has arrived is never lost"
    assert link.strikes >= 4
    picture = stored(house, upload)
    assert picture is not None
    assert Image.open(io.BytesIO(picture)).size == (480, 480)
    with house.session() as session:
        photo = session.get_one(Photo, UUID(upload.id))
        assert photo.stored_at is not None
        assert photo.sha256 == photo_sha256(PHOTO)
    assert phone.result(attached)["status"] == "applied"


def test_A18_an_upload_survives_the_death_of_the_server_after_its_last_byte(house: House) -> None:
    phone = house.phone()
    upload = Sending(phone)
    upload.begin()
    for offset in range(0, len(PHOTO), CHUNK):
        if offset + CHUNK < len(PHOTO):
            assert upload.send(offset).status == 204
    # The last bytes stand in the file and the server died before it could check them.
    last = len(PHOTO) - len(PHOTO) % CHUNK
    house.kill()
    with (house.data / "photos" / "parts" / f"{upload.id}.part").open("ab") as part:
        part.write(PHOTO[last:])
    house.server.start()
    assert upload.offset() == len(PHOTO)
    assert stored(house, upload) is not None


def test_D6_a_full_photo_store_answers_507_and_operations_go_on(house: House) -> None:
    phone = house.phone()
    upload = Sending(phone)
    folder = house.data / "photos"
    folder.mkdir(exist_ok=True)
    with small_disk(folder, kib=256) as disk:
        assert upload.begin().status == 201
        answer, offset = upload.send(0), 0
        while answer.status == 204:
            offset = int(answer.headers["upload-offset"])
            answer = upload.send(offset)
        assert (answer.status, answer.json["code"]) == (507, "photo_store_full")
        assert upload.offset() == offset, "half a chunk is no chunk"
        ids = house.visits(phone, 2)
        phone.push()
        house.assert_once(phone, ids)
        disk.grow(kib=8 << 10)
        while (offset := upload.offset()) < len(PHOTO):
            assert upload.send(offset).status == 204
        assert stored(house, upload) is not None


# On SQLite the limit would meet the database file as well; test_D5 does that.
@pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True)
def test_D6_a_photo_store_out_of_bounds_answers_507(house: House) -> None:
    """The same without a small disk: the worker may not make files longer than a hundred kilobytes."""
    phone = house.phone()
    upload = Sending(phone)
    upload.begin()
    assert upload.send(0).status == 204
    (worker,) = worker_pids(house.server.pid)
    free = resource.prlimit(worker, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    try:
        assert upload.send(CHUNK).status == 507
        ids = house.visits(phone, 1)
        phone.push()
        house.assert_once(phone, ids)
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, free)
    assert upload.offset() == CHUNK
    assert upload.send(CHUNK).status == 204
