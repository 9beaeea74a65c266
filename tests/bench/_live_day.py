"""A big company's day for the live board: 500 routes in 20 territories, 25,000 calls today, a week of calls before.

Written by PostgreSQL itself (generate_series), in half a minute. Each route has 60 stores, every weekday; 50 of them
were called at today, one in 250 calls far from the store, one in 500 very short, one in 400 with yesterday's count.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

TERRITORIES, ROUTES, STORES, CALLS, SKUS, DAYS_BEFORE = 20, 500, 60, 50, 40, 6
NOW: Final = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # 17:30 of a Monday in Hong Kong

PEOPLE: Final = """
INSERT INTO territory (id, code, name, name_en, timezone)
  SELECT n, 'T' || n, '区 ' || n, 'Area ' || n, 'Asia/Hong_Kong' FROM generate_series(1, :territories) n;
INSERT INTO route (id, code, name, name_en, territory_id, truck_weekdays, version)
  SELECT n, 'R' || to_char(n, 'FM0000'), '线 ' || n, 'Route ' || n, 1 + n % :territories, '[0,1,2,3,4,5]', 1
  FROM generate_series(1, :routes) n;
INSERT INTO person (id, login, name, name_en, password_hash, locale, status, created_at)
  SELECT 1000 + n, 'rep' || n, '业代 ' || n, 'Rep ' || n, 'x', 'en', 'active', :now
  FROM generate_series(1, :routes) n;
INSERT INTO assignment (route_id, role, person_id, starts_at, kind)
  SELECT n, 'rep', 1000 + n, CAST(:now AS timestamptz) - interval '1 year', 'regular'
  FROM generate_series(1, :routes) n;
INSERT INTO device (id, person_id, label, created_at, last_seen_at, contiguous_seq, highest_seq, lost, telemetry,
    unlock, gap_since)
  SELECT gen_random_uuid(), 1000 + n, '', :now, CAST(:now AS timestamptz) - (n % 200) * interval '1 minute', 100, 100,
    '[]', '{}', '', CASE WHEN n % 100 = 0 THEN CAST(:now AS timestamptz) - interval '2 hours' END
  FROM generate_series(1, :routes) n;
INSERT INTO work_day (id, person_id, device_id, day, started_at, checklist, note)
  SELECT gen_random_uuid(), d.person_id, d.id, CAST(:day AS date),
    CAST(:now AS timestamptz) - interval '9 hours', '[]', ''
  FROM device d
"""
STORES_SQL: Final = """
INSERT INTO outlet (id, code, name, name_en, name_skeleton, chain, outlet_class, channel, address, latitude, longitude,
    position_source, hours, status, territory_id, secrecy, card_version, created_at)
  SELECT (r.id - 1) * :stores + n, 'S' || r.id || '-' || n, '店 ' || n, 'Store ' || n, 'store', '', 'C', '', '',
    22.3, 114.1, 'import', '[]', 'active', r.territory_id, 'normal', 1, :now
  FROM route r, generate_series(1, :stores) n;
INSERT INTO stop (route_id, outlet_id, weekday, weeks, phase, sequence, planned_minute, valid_from)
  SELECT r.id, (r.id - 1) * :stores + n, w, 1, 0, n, 540 + 9 * (n - 1), DATE '2026-01-05'
  FROM route r, generate_series(1, :stores) n, generate_series(0, 5) w;
INSERT INTO brand (id, name, name_en, position) VALUES (1, '牌', 'Brand', 1);
INSERT INTO sku (id, code, barcode, name, name_en, brand_id, position, volume_ml, pack, active)
  SELECT n, 'K' || n, '', '水 ' || n, 'Soda ' || n, 1, n, 500, 12, true FROM generate_series(1, :skus) n
"""
VISITS: Final = """
INSERT INTO visit (id, outlet_id, route_id, person_id, holder_id, device_id, operation_id, day, planned,
    unplanned_reason, checked_in_at, checked_out_at, in_latitude, in_longitude, in_accuracy_m, in_distance_m, outcome,
    outcome_note, next_visit_shown, flags)
  SELECT gen_random_uuid(), (r.id - 1) * :stores + n, r.id, 1000 + r.id, 1000 + r.id, d.id, gen_random_uuid(),
    CAST(:day AS date) - ago, true, '', at,
    at + CASE WHEN (r.id * 50 + n) % 500 = 0 THEN 20 ELSE 180 END * interval '1 second',
    22.3 + n * 0.001, 114.1 + r.id * 0.001, 12, CASE WHEN (r.id * 50 + n) % 250 = 7 THEN 900 ELSE 14 END,
    CASE WHEN n % 5 < 2 THEN 'enough_stock' END, '', false, '[]'
  FROM route r JOIN device d ON d.person_id = 1000 + r.id, generate_series(1, :calls) n,
    generate_series(0, :before) ago, LATERAL (SELECT CAST(:now AS timestamptz) - ago * interval '1 day'
      - (:calls - n) * interval '10 minutes' AS at) clock;
INSERT INTO customer_order (id, visit_id, outlet_id, route_id, person_id, ordered_at, day, delivery_day, price_list,
    total_minor, status, review_reason, signature)
  SELECT gen_random_uuid(), v.id, v.outlet_id, v.route_id, v.person_id, v.checked_out_at, v.day, v.day + 1, 'standard',
    24000, 'open', '', ''
  FROM visit v WHERE v.outcome IS NULL;
INSERT INTO stock_count (visit_id, sku_id, shelf, backroom, source)
  SELECT v.id, k.id,
    k.id % 30 + CASE WHEN v.outlet_id % 400 = 0 THEN 0 ELSE (CAST(:day AS date) - v.day) * (1 + k.id % 7) END,
    k.id % 11, 'typed'
  FROM visit v, sku k WHERE v.day >= CAST(:day AS date) - 1;
INSERT INTO operation (id, device_id, person_id, seq, kind, schema, captured_at, received_at, body, body_sha256, state,
    code, detail, failures, decision_note)
  SELECT gen_random_uuid(), v.device_id, v.person_id, 1, 'visit.record', 1, v.checked_out_at, v.checked_out_at, '', '',
    CASE WHEN v.outlet_id % 600 = 0 AND v.day = CAST(:day AS date) THEN 'quarantined' ELSE 'applied' END, '', '', 0, ''
  FROM visit v
"""


def write_day(session: Session) -> None:
    """Fill a founded company's empty books and let the database look at them once, as it does at night."""
    known = {
        "now": NOW, "day": NOW.date(), "territories": TERRITORIES, "routes": ROUTES, "stores": STORES, "calls": CALLS,
        "skus": SKUS, "before": DAYS_BEFORE,
    }  # fmt: skip
    session.execute(
        sa.text("SET session_replication_role = replica")
    )  # the rows point at each other as they should
    session.execute(sa.text("SET statement_timeout = 0"))
    for block in (PEOPLE, STORES_SQL, VISITS):
        for statement in block.split(";\n"):
            names = {name: value for name, value in known.items() if f":{name}" in statement}
            session.execute(sa.text(statement), names)
    session.execute(sa.text("SET session_replication_role = origin"))
    session.commit()
    engine = session.get_bind()
    assert isinstance(engine, sa.Engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SET statement_timeout = 0"))
        connection.execute(sa.text("VACUUM ANALYZE"))
        connection.execute(sa.text("RESET statement_timeout"))
