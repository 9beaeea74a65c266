// @vitest-environment node
import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeServer, type Fault } from './testing/fake-server';
import { makePhone, settleDown, signedInPhone, visit, type FakePhone } from './testing/fake-phone';

/** The laws of FAULTS, over random days: saves, faults, kills, waits, backups, in any order. */
type Event =
  | { do: 'save'; outlet: number; photo: boolean; poison: boolean; child: boolean }
  | { do: 'sync'; faults: Fault[] }
  | { do: 'kill'; inTheMiddle: boolean }
  | { do: 'wait'; minutes: number }
  | { do: 'backup' }
  | { do: 'restore' };

const fault = fc.constantFrom<Fault>(
  'none',
  'none',
  'cut_request',
  'cut_answer',
  'busy',
  'broken',
  'hotspot',
  'stale',
  'twice',
);

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('save' as const),
      outlet: fc.integer({ min: 1, max: 4 }),
      photo: fc.boolean(),
      poison: fc.oneof(
        { weight: 5, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      child: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('sync' as const), faults: fc.array(fault, { maxLength: 8 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), inTheMiddle: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 0, max: 90 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'backup' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restore' as const }) },
);

interface Day {
  server: FakeServer;
  phone: FakePhone;
  /** What the phone called saved. */
  saved: Map<string, { poison: boolean; after: string | null }>;
  backup: ReturnType<FakeServer['backup']>;
}

async function live(day: Day, what: Event): Promise<void> {
  const { server } = day;
  if (what.do === 'wait') day.phone.pass(what.minutes * 60_000);
  if (what.do === 'backup') day.backup = server.backup();
  if (what.do === 'restore') server.restore(day.backup);
  if (what.do === 'sync') {
    const faults = [...what.faults];
    server.fault = () => faults.shift() ?? 'none';
    await day.phone.engine.sync('hand');
    server.fault = () => 'none';
  }
  if (what.do === 'kill') {
    // A tab that is killed while it sends may still have requests on their way.
    if (what.inTheMiddle) void day.phone.engine.sync('hand');
    day.phone.kill();
    const { name, clock, cookies } = day.phone;
    day.phone = makePhone(server, { name, clock, cookies });
    await day.phone.sessions.restore();
  }
  if (what.do === 'save') await saveOne(day, what);
}

async function saveOne(day: Day, what: Event & { do: 'save' }): Promise<void> {
  const after = what.child ? ([...day.saved.keys()].at(-1) ?? null) : null;
  const number = day.saved.size;
  const photo = {
    id: `photo-${number}`,
    visitId: 'v',
    step: 'outdoor',
    kind: 'after',
    takenAt: '',
    width: 1,
    height: 1,
    bytes: new Uint8Array(number + 1).buffer,
  };
  const saved = await day.phone.outbox.saveOperation('visit.record', visit(what.outlet), {
    after,
    photos: what.photo ? [photo] : [],
  });
  day.saved.set(saved.id, { poison: what.poison, after });
  if (what.poison) day.server.quarantine.set(saved.id, 'invalid');
}

async function newDay(): Promise<Day> {
  const server = new FakeServer();
  server.addCards(1, 2, 3, 4);
  const phone = await signedInPhone(server);
  return { server, phone, saved: new Map(), backup: server.backup() };
}

/** Whether an operation, or one that it hangs on, cannot be applied. */
function isBad(day: Day, id: string | null): boolean {
  const one = id === null ? undefined : day.saved.get(id);
  return one !== undefined && (one.poison || isBad(day, one.after));
}

async function checkLaws(day: Day): Promise<void> {
  const { server, phone } = day;
  for (const id of day.saved.keys()) {
    const kept = (await phone.outbox.entries()).find((entry) => entry.id === id);
    const there = server.state.operations.get(id);
    // I1: no third state, at any time.
    expect(there !== undefined || kept !== undefined).toBe(true);
    // I2: at most one effect.
    expect(there?.effects ?? 0).toBeLessThanOrEqual(1);
  }
}

async function checkEnd(day: Day): Promise<void> {
  const { server, phone } = day;
  await settleDown(phone);
  const entries = new Map((await phone.outbox.entries()).map((entry) => [entry.id, entry]));
  for (const id of day.saved.keys()) {
    const there = server.state.operations.get(id);
    // I3, I4: everything arrived; what is bad, and only what hangs on it, is put aside with its content.
    expect(there?.status).toBe(isBad(day, id) ? 'quarantined' : 'applied');
    expect(there?.content).toHaveProperty('visit_id');
    expect(entries.get(id)?.state).toBe(isBad(day, id) ? 'attention' : 'delivered');
  }
  const seqs = [...server.state.operations.values()].map((one) => one.seq).sort((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_seq, at) => at + 1));
  for (const upload of server.state.uploads.values()) expect(upload.bytes.length).toBe(upload.size);
  // I7: phone and server hold the same cards.
  phone.pass(60_000);
  await phone.engine.sync('tick');
  const book = await phone.daybook.read();
  const versions = [...(book?.cards.values() ?? [])].map((card) => [card.id, card.version]);
  expect(versions).toEqual([...server.state.cards.values()].map((card) => [card.id, card.version]));
}

describe('whatever the network, the system and the server do', () => {
  test(
    'I1 nothing that was called saved is lost, I2 doubled, I3 thrown away, I4 held up; I7 phone and server agree in the end',
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
          const day = await newDay();
          try {
            for (const what of events) {
              await live(day, what);
              await checkLaws(day);
            }
            await checkEnd(day);
          } finally {
            day.phone.kill();
          }
        }),
        { numRuns: Number(process.env['ROUTEBOOK_RUNS'] ?? 60) },
      );
    },
  );
});
