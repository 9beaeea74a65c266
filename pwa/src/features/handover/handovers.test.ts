import { describe, expect, it } from 'vitest';
import { parse } from 'valibot';
import {
  bodyOf,
  codeLink,
  draftSchema,
  endStep,
  handoverSteps,
  handoversIn,
  inOrder,
  lacksSupervisor,
  missingIn,
  newDraft,
  type HandoverDraft,
  type ToldHandover,
} from './handovers';

const today = '2026-11-24';
const told: ToldHandover = {
  departure_id: 3,
  outlet_id: 41,
  name: '永盛士多',
  name_en: 'Wing Shing',
  address: '',
  outlet_class: 'A',
  giver: '陳大文',
  giver_en: '',
  receiver: '',
  receiver_en: '',
  due: '2026-11-26',
  place: 2,
  state: 'waiting',
  own: true,
  open: [1, 0, 2, 1, 0],
  supervisor: true,
  code: [9, 'Zk3', ''],
};

function done(): HandoverDraft {
  const draft = newDraft(told, 'op', '2026-11-30');
  for (const key of handoverSteps) endStep(draft, key, 'done');
  return draft;
}

describe('a handover on the phone', () => {
  it('goes from step to step and ends with the owner', () => {
    const draft = newDraft(told, 'op', '');
    expect(draft.step).toBe('introduce');
    endStep(draft, 'introduce', 'done');
    endStep(draft, 'statement', 'skipped', 'papers_missing');
    expect(draft.step).toBe('orders');
    expect(done().step).toBe('owner');
  });

  it('goes on from where it was left: what is kept reads back the same', () => {
    const draft = done();
    expect(parse(draftSchema, JSON.parse(JSON.stringify(draft)))).toEqual(draft);
  });

  it('says what is missing before it can be saved', () => {
    const draft = newDraft(told, 'op', '');
    expect(missingIn(draft, told, today)).toBe('answer');
    draft.answer = 'confirmed';
    expect(missingIn(draft, told, today)).toBe('steps');
    const ready = { ...done(), answer: 'confirmed' };
    expect(missingIn(ready, told, today)).toBe('signature');
    expect(missingIn({ ...ready, nextVisit: '2026-11-23' }, told, today)).toBe('nextVisit');
    expect(missingIn({ ...ready, answer: 'code' }, told, today)).toBeNull();
    expect(missingIn({ ...ready, answer: 'code' }, { code: null }, today)).toBe('code');
  });

  it('takes an owner’s no at any time, and words for what is wrong', () => {
    const draft = { ...newDraft(told, 'op', ''), answer: 'denied' };
    expect(missingIn(draft, told, today)).toBeNull();
    expect(missingIn({ ...draft, answer: 'wrong' }, told, today)).toBe('words');
    expect(bodyOf(draft, told, 'now', null, today)).toMatchObject({
      steps: [],
      answer: 'denied',
      next_visit: null,
      signature: '',
    });
  });

  it('says that a class A store without its supervisor is not confirmed', () => {
    expect(lacksSupervisor(done(), told)).toBe(true);
    expect(lacksSupervisor({ ...done(), witnessId: 5 }, told)).toBe(false);
    expect(lacksSupervisor(done(), { supervisor: false })).toBe(false);
  });

  it('sends the steps with their reasons, and the code that the owner was shown', () => {
    const draft = { ...done(), answer: 'code', witnessId: 5, words: ' ok ' };
    endStep(draft, 'samples', 'skipped', 'none_here');
    const body = bodyOf(draft, told, '2026-11-24T02:00:00.000Z', null, today);
    expect(body.steps).toHaveLength(8);
    expect(body.steps[4]).toEqual(['samples', 'skipped', 'none_here', '']);
    expect(body).toMatchObject({ code_id: 9, witness_id: 5, words: 'ok', next_visit: '2026-11-30' });
  });

  it('reads what the book says and leaves out what it cannot read', () => {
    const book = { witnesses: [[5, '李主管', 'Lee']], stores: [told, { outlet_id: 'x' }] };
    expect(handoversIn(book).stores).toEqual([told]);
    expect(handoversIn(undefined).stores).toEqual([]);
  });

  it('puts own stores first, then the next that are due, then the important ones', () => {
    const all = [
      { ...told, outlet_id: 1, own: false, due: '2026-11-01' },
      { ...told, outlet_id: 2, due: '2026-11-27' },
      { ...told, outlet_id: 3, place: 1 },
      told,
    ];
    expect(inOrder(all).map((one) => one.outlet_id)).toEqual([3, 41, 2, 1]);
  });

  it('makes the address of the owner’s page', () => {
    expect(codeLink('https://book.example', 'Zk3')).toBe('https://book.example/h/Zk3');
  });
});
