import { describe, expect, test } from 'vitest';
import type { OutboxEntry, StoredPhoto } from '@/storage';
import { numbersInWords, queueGroups } from './list';

function entry(id: string, change: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    id,
    seq: 1,
    personId: 1,
    kind: 'visit.record',
    schema: 1,
    capturedAt: '',
    offsetMs: null,
    after: null,
    body: new ArrayBuffer(0),
    about: { outletId: 17, visitId: 'v' },
    savedAt: 1,
    state: 'waiting',
    receivedAt: null,
    serverSeq: null,
    code: '',
    detail: '',
    attempts: 0,
    notBefore: 0,
    ...change,
  };
}

function photo(id: string, change: Partial<StoredPhoto> = {}): StoredPhoto {
  return {
    id,
    visitId: 'v',
    step: 'outdoor',
    kind: 'before',
    takenAt: '',
    width: 1,
    height: 1,
    personId: 1,
    size: 1,
    sha256: '',
    savedAt: 2,
    state: 'waiting',
    receivedAt: null,
    code: '',
    attempts: 0,
    notBefore: 0,
    ...change,
  };
}

const still = { sending: [], upload: null };

describe('the queue', () => {
  test('what needs attention comes first, what goes next in its order, what arrived newest first', () => {
    const groups = queueGroups(
      [
        entry('d1', { state: 'delivered', savedAt: 1 }),
        entry('d2', { state: 'delivered', savedAt: 2 }),
        entry('w2', { savedAt: 4 }),
        entry('w1', { savedAt: 3 }),
        entry('a', { state: 'attention', code: 'invalid', receivedAt: 9 }),
      ],
      [],
      { sending: ['w1'], upload: null },
      1,
    );
    expect(groups.attention.map((row) => [row.id, row.reason, row.canRetry])).toEqual([
      ['a', 'invalid', false],
    ]);
    expect(groups.open.map((row) => [row.id, row.state])).toEqual([
      ['w1', 'sending'],
      ['w2', 'waiting'],
    ]);
    expect(groups.delivered.map((row) => row.id)).toEqual(['d2', 'd1']);
  });

  test('what only this phone has can be tried again by hand', () => {
    const groups = queueGroups([entry('a', { state: 'attention', code: 'too_large' })], [], still, 1);
    expect(groups.attention[0]?.canRetry).toBe(true);
  });

  test('a photo is one row, with its outlet and how much of it is there', () => {
    const attach = entry('p-op', { kind: 'photo.attach', about: { photoId: 'p', visitId: 'v' } });
    const groups = queueGroups(
      [entry('v-op'), attach],
      [photo('p'), photo('taken', { state: 'draft' })],
      { sending: [], upload: { photoId: 'p', share: 0.5 } },
      1,
    );
    expect(groups.open.map((row) => [row.id, row.kind, row.outletId, row.share])).toEqual([
      ['v-op', 'visit_record', 17, null],
      ['p', 'photo', 17, 0.5],
    ]);
  });

  test("another person's entries are not listed", () => {
    expect(queueGroups([entry('x', { personId: 2 })], [photo('y', { personId: 2 })], still, 1)).toEqual({
      attention: [],
      open: [],
      delivered: [],
    });
  });

  test('numbers are read as people write them', () => {
    expect(
      numbersInWords([
        { from: 3, to: 3 },
        { from: 7, to: 9 },
      ]),
    ).toBe('3, 7–9');
  });
});
