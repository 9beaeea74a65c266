import { describe, expect, it } from 'vitest';
import { failure, type Answer, type RequestFunction } from '@/api';
import { array, number, parse, type GenericSchema } from 'valibot';
import { waitingOf } from './approvals';
import { bodyOf, byRep, emptyForm, jointSteps, missingIn as missingInForm, totalOf } from './joint';
import { readKept } from './kept';
import { missingIn, stillOpen, type Task } from './tasks';

const answered = { visit_happened: true, count_right: false, posm_up: true, order_known: true };

describe('a task', () => {
  it('needs an outcome of its kind, and every answer for the good one', () => {
    expect(missingIn('spot_check', null, answered)).toBe('outcome');
    expect(missingIn('spot_check', 'won', answered)).toBe('outcome');
    expect(missingIn('spot_check', 'as_told', { visit_happened: true })).toBe('count_right');
    expect(missingIn('spot_check', 'as_told', answered)).toBeNull();
    expect(missingIn('spot_check', 'not_reached', {})).toBeNull();
  });

  it('leaves the list when this phone did it, and stays where nobody was reached', () => {
    const tasks = [{ id: 1 }, { id: 2 }, { id: 3 }] as Task[];
    const done = [
      { task_id: 1, outcome: 'as_told' },
      { task_id: 2, outcome: 'not_reached' },
    ];
    expect(stillOpen(tasks, done).map(({ id }) => id)).toEqual([2, 3]);
  });
});

describe('the form of a joint visit', () => {
  const full = () => {
    const form = emptyForm('id');
    for (const step of jointSteps) form.marks[step] = 'well';
    return form;
  };

  it('names the step without a mark, and a day for what was agreed', () => {
    expect(missingInForm(emptyForm('id'))).toBe('prepare');
    expect(missingInForm(full())).toBeNull();
    expect(missingInForm({ ...full(), action: 'count first' })).toBe('due');
    expect(missingInForm({ ...full(), due: '2026-11-30' })).toBe('action');
  });

  it('counts what was done well of what was seen', () => {
    const form = full();
    form.marks['greet'] = 'improve';
    form.marks['count'] = 'not_seen';
    expect(totalOf(form)).toEqual({ well: 6, seen: 7 });
  });

  it('is sent with all eight steps in their order', () => {
    const form = full();
    form.words['order'] = ' slower ';
    const body = bodyOf(form, { person_id: 3, outlet_id: 9 }, '2026-11-23T04:00:00Z');
    expect(body.steps.map(([step]) => step)).toEqual([...jointSteps]);
    expect(body.steps[6]).toEqual(['order', 'well', 'slower']);
    expect(body.action_due).toBeNull();
  });

  it('is for a rep and a stop of the day, in its order', () => {
    const stop = { person: 'A', person_en: '', outlet: '', outlet_en: '', address: '', minute: null };
    const reps = byRep([
      { ...stop, person_id: 1, outlet_id: 5 },
      { ...stop, person_id: 2, outlet_id: 6 },
      { ...stop, person_id: 1, outlet_id: 4 },
    ]);
    expect(reps.map(({ id, stops }) => [id, stops.map((one) => one.outlet_id)])).toEqual([
      [1, [5, 4]],
      [2, [6]],
    ]);
  });
});

describe('a list that is kept', () => {
  const list = array(number());
  function sources(answers: Answer[]) {
    const drafts = new Map<string, unknown>();
    const request: RequestFunction = () => Promise.resolve(answers.shift() ?? failure('offline', 0));
    return {
      drafts,
      request,
      outbox: {
        saveDraft: (key: string, value: unknown) => Promise.resolve(void drafts.set(key, value)),
        loadDraft: <T>(key: string, schema: GenericSchema<unknown, T>) =>
          Promise.resolve(drafts.has(key) ? parse(schema, drafts.get(key)) : null),
        deleteDraft: (key: string) => Promise.resolve(void drafts.delete(key)),
      },
    };
  }
  const good: Answer = {
    ok: true,
    status: 200,
    data: [1, 2],
    headers: new Headers(),
    sentAt: 0,
    receivedAt: 0,
  };

  it('is shown without a network on the same day, and gone on the next', async () => {
    const from = sources([good]);
    const read = (day: string) => readKept('k', '/tasks', list, day, from);
    expect(await read('2026-11-23')).toEqual({ data: [1, 2], isOld: false });
    expect(await read('2026-11-23')).toEqual({ data: [1, 2], isOld: true });
    expect(await read('2026-11-24')).toEqual({ data: null, isOld: false });
    expect(from.drafts.size).toBe(0);
  });

  it('goes from the phone when the server no longer gives it', async () => {
    const from = sources([good, failure('http', 403)]);
    await readKept('k', '/tasks', list, '2026-11-23', from);
    expect(await readKept('k', '/tasks', list, '2026-11-23', from)).toEqual({ data: null, isOld: false });
    expect(from.drafts.size).toBe(0);
  });
});

describe('what waits for a supervisor', () => {
  it('holds orders first and nothing about themselves', () => {
    const device = { label: '', approved_at: null, revoked_at: null, last_seen_at: '', person_name: '' };
    const waiting = waitingOf(
      [
        { ...device, id: 'own', person_id: 1 },
        { ...device, id: 'd', person_id: 2 },
        { ...device, id: 'old', person_id: 3, approved_at: 'x' },
      ],
      [{ id: 'r', person_id: 2, person: '', outlet: '', words: '', requested_at: '' }],
      [
        {
          id: 'o',
          outlet: '店',
          outlet_en: 'Store',
          person: '',
          person_en: '',
          total_minor: 5,
          reasons: ['price'],
          day: '',
        },
      ],
      1,
    );
    expect(waiting.map(({ id }) => id)).toEqual(['o', 'r', 'd']);
    expect(waiting.map(({ reasons }) => reasons)).toEqual([['price'], [], []]);
  });
});
