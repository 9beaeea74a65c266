"""The demo's people and trucks, and who holds which route from when to when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from server.services.demo import words
from server.services.demo.words import Named

Row = dict[str, object]

# The former rep of the last route left so long before the history's end; a spare rep stood in on the fourth.
FORMER_LEFT: Final = timedelta(days=35)
STOOD_IN: Final = (timedelta(days=14), timedelta(days=8))


class Member(NamedTuple):
    """One person: `words` say who it is on the list of sign-ins."""

    id: int
    login: str
    name: Named
    role: str
    words: str
    status: str = "active"


@dataclass(frozen=True)
class Staff:
    members: tuple[Member, ...]
    reps: tuple[Member, ...]
    spare: Member
    former: Member
    drivers: tuple[Member, ...]
    supervisor: Member
    custodian: Member

    def driver_of(self, route: int) -> Member:
        """The first two trucks serve two routes each, where there are that many."""
        return self.drivers[min(route // 2, 1) if route < 4 else route - 2]

    def rep_on(self, route: int, day: date, monday: date) -> Member:
        """Who held a route on a day; the same as the assignments say."""
        if route == len(self.reps) - 1 and day < monday - FORMER_LEFT:
            return self.former
        if route == 3 and monday - STOOD_IN[0] <= day < monday - STOOD_IN[1]:
            return self.spare
        return self.reps[route]


def build_staff(routes: int) -> Staff:
    """A rep a route, a spare one, one who left, drivers, and those at the desk."""
    members: list[Member] = []

    def hire(login: str, name: Named, role: str, what: str, status: str = "active") -> Member:
        member = Member(len(members) + 1, login, name, role, what, status)
        members.append(member)
        return member

    reps = tuple(
        hire(f"rep{n + 1}", words.REPS[n], "rep", f"业代 rep, R{n + 1} {words.AREAS[n].name.en}")
        for n in range(routes)
    )
    spare = hire(f"rep{routes + 1}", words.SPARE_REP, "rep", "机动业代 spare rep, no route today")
    former = hire("former", words.FORMER_REP, "rep", "", "left")
    drivers = tuple(
        hire(f"driver{n + 1}", name, "driver", "司机 driver")
        for n, name in enumerate(words.DRIVERS[: max(1, min(4, routes - 2))])
    )
    supervisor = hire("supervisor", words.SUPERVISOR, "supervisor", "主管 supervisor")
    hire("manager", words.MANAGER, "manager", "经理 manager")
    custodian = hire("custodian", words.CUSTODIAN, "custodian", "档案保管人 custodian")
    hire("auditor", words.AUDITOR, "auditor", "审计 auditor")
    hire("admin", words.ADMINISTRATOR, "administrator", "系统管理 administrator")
    return Staff(tuple(members), reps, spare, former, drivers, supervisor, custodian)


def person_rows(staff: Staff, password_hash: str, created: datetime) -> list[Row]:
    return [
        {
            "id": member.id,
            "login": member.login,
            "name": member.name.zh,
            "name_en": member.name.en,
            "password_hash": password_hash,
            "locale": "zh-CN",
            "status": member.status,
            "created_at": created,
        }
        for member in staff.members
    ]


def role_rows(staff: Staff, since: date, monday: date) -> list[Row]:
    return [
        {
            "person_id": member.id,
            "role": member.role,
            "valid_from": since,
            "valid_to": monday - FORMER_LEFT - timedelta(days=1) if member is staff.former else None,
        }
        for member in staff.members
    ]


def assignment_rows(staff: Staff, since: datetime, monday: datetime) -> list[Row]:
    """Dated assignments; a substitution lies over the regular one, which goes on. Instants of local midnight."""
    rows: list[Row] = []

    def assign(
        route: int,
        role: str,
        holder: int,
        starts: datetime = since,
        ends: datetime | None = None,
        kind: str = "regular",
    ) -> None:
        person_id, truck_id = (None, holder) if role == "truck" else (holder, None)
        rows.append(
            {
                "route_id": route + 1,
                "role": role,
                "person_id": person_id,
                "truck_id": truck_id,
                "starts_at": starts,
                "ends_at": ends,
                "kind": kind,
            }
        )

    last = len(staff.reps) - 1
    for route, rep in enumerate(staff.reps):
        driver = staff.driver_of(route)
        if route == last:
            assign(route, "rep", staff.former.id, ends=monday - FORMER_LEFT)
            assign(route, "rep", rep.id, starts=monday - FORMER_LEFT)
        else:
            assign(route, "rep", rep.id)
        assign(route, "driver", driver.id)
        assign(route, "truck", staff.drivers.index(driver) + 1)
        assign(route, "supervisor", staff.supervisor.id)
    if len(staff.reps) > 3:
        assign(3, "rep", staff.spare.id, monday - STOOD_IN[0], monday - STOOD_IN[1], "substitution")
    return rows
