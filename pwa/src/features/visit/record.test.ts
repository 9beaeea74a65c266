import { safeParse } from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Presence } from '@/storage/types';
import { takeLastForRest, typeCount } from './counting';
import {
  acceptAll,
  draftSchema,
  finishStep,
  isUntouched,
  keepPromise,
  newDraft,
  passChecks,
  setCheck,
  setLine,
  setLineReason,
  setOutcome,
  skipStep,
  stepAfter,
  type VisitDraft,
} from './draft';
import { makeDraft, makeSetting, template } from './fixture.testing';
import { choicesOf } from './ordering';
import { deliveryDay, hasOrder, nextVisitDay, visitBody, whatIsMissing } from './record';

const setting = makeSetting();
const out: Presence = { at: '2026-11-23T01:43:00.000Z', fix: null, distance_m: null };

/** All eight steps, three SKUs sold down on the shelf, the order as suggested. */
function walked(): VisitDraft {
  const draft = makeDraft(setting);
  passChecks(draft, 'outdoor', ['posters_fresh', 'signs_visible']);
  finishStep(draft, 'greet');
  passChecks(draft, 'merchandise', ['shelf', 'posm', 'cooler', 'first_in_first_out']);
  for (const [sku, shelf] of [
    [1, 2],
    [2, 0],
    [3, 4],
  ] as const) {
    const row = draft.counts[sku];
    if (row) typeCount(row, 'shelf', shelf);
  }
  takeLastForRest(draft, setting.facts.skus);
  finishStep(draft, 'count');
  acceptAll(draft);
  finishStep(draft, 'order');
  return draft;
}

const bodyOf = (draft: VisitDraft) => visitBody(draft, setting, out);

describe('a visit of all eight steps', () => {
  it('lacks nothing, and becomes one body as the wire has it', () => {
    const draft = walked();
    expect(whatIsMissing(draft, setting)).toEqual([]);
    finishStep(draft, 'thank');
    const body = bodyOf(draft);
    expect(Object.keys(body).sort()).toEqual(
      [
        ...['counts', 'declined', 'in', 'kept', 'next_visit_day', 'next_visit_shown', 'notes', 'order'],
        ...['out', 'outcome', 'outcome_note', 'outlet_id', 'planned', 'promises', 'proposal_id', 'steps'],
        ...['unplanned_reason', 'visit_id'],
      ].sort(),
    );
    expect(body.steps).toEqual(template.steps.map(({ key }) => [key, 'done', '', '']));
    expect(body.counts).toMatchObject({ skus: expect.arrayContaining([1, 40]) as number[] });
    expect(body.counts?.source).toBe(`ttt${'s'.repeat(37)}`);
    expect(body.counts?.shelf.slice(0, 4)).toEqual([2, 0, 4, 10]);
    // Sold 8, 10 and 6 of 22: keep 12, 15 and 9, and 14, 12 and 16 are there.
    expect(body.order?.lines).toEqual([[2, 12, 12, 202, '']]);
    expect(body.order).toMatchObject({
      delivery_day: '2026-11-24',
      price_list: 'standard',
      total_minor: 2424,
    });
    expect(body.declined).toEqual([]);
    expect(body).toMatchObject({ outcome: null, next_visit_shown: true, planned: true });
  });

  it('names the next day of its stop by the rules of the card, and the next truck day', () => {
    expect(nextVisitDay(setting)).toBe('2026-11-26');
    expect(nextVisitDay({ ...setting, holidays: ['2026-11-26'] })).toBe('2026-11-30');
    expect(deliveryDay({ ...setting, holidays: ['2026-11-24'] })).toBe('2026-11-25');
    expect(deliveryDay({ ...setting, facts: { ...setting.facts, truckWeekdays: [] } })).toBe('2026-11-24');
  });

  it('survives being kept and read again', () => {
    const draft = walked();
    const read = safeParse(draftSchema, JSON.parse(JSON.stringify(draft)));
    expect(read.success && read.output).toEqual(draft);
  });
});

describe('the order', () => {
  it('wants a reason for every change of a suggestion', () => {
    const draft = walked();
    setLine(draft, 2, 12, 24);
    expect(hasOrder(draft, setting)).toBe(false);
    expect(choicesOf(draft, setting.facts.skus, 1500).suggested[0]?.wantsReason).toBe(true);
    setLineReason(draft, 2, 'promotion');
    finishStep(draft, 'order');
    expect(bodyOf(draft).order?.lines).toEqual([[2, 12, 24, 202, 'promotion']]);
  });

  it('has no change left when the quantity is the suggested one again', () => {
    const draft = walked();
    setLine(draft, 2, 12, 24);
    setLine(draft, 2, 12, 12);
    expect(draft.lines).toEqual({});
  });

  it('tells a suggestion that was declined, with its reason', () => {
    const draft = walked();
    setLine(draft, 2, 12, 0);
    setLineReason(draft, 2, 'no_space');
    setLine(draft, 9, 0, 12);
    finishStep(draft, 'order');
    const body = bodyOf(draft);
    expect(body.order?.lines).toEqual([[9, 0, 12, 209, 'owner_wants_more']]);
    expect(body.declined).toEqual([[2, 12, 'no_space']]);
  });

  it('drops the signature when it changes: what was signed is what stands there', () => {
    const draft = walked();
    draft.signature = { width: 300, height: 200, path: 'M1 1l2 2' };
    expect(bodyOf(draft).order?.signature).toBe('M1 1l2 2');
    setLine(draft, 2, 12, 24);
    expect(draft.signature).toBeNull();
  });

  it('is none with an outcome, and says why the owner wanted none of it', () => {
    const draft = walked();
    setOutcome(draft, 'no_cash');
    const body = bodyOf(draft);
    expect(body).toMatchObject({ order: null, outcome: 'no_cash', declined: [[2, 12, 'no_cash']] });
    expect(whatIsMissing(draft, setting)).toEqual([]);
    setOutcome(draft, null);
    expect(whatIsMissing(draft, setting)).toEqual([{ step: 'order', rule: 'order_or_outcome' }]);
  });

  it('marks must-sell gaps and new products that nothing is suggested for', () => {
    const gone = makeSetting({
      stock: {
        at: null,
        shelf: Array(40).fill(0),
        backroom: Array(40).fill(0),
        delivered: Array(40).fill(0),
      },
    });
    const draft = makeDraft(gone);
    takeLastForRest(draft, gone.facts.skus);
    const { suggested, worthSaying } = choicesOf(draft, gone.facts.skus, 1500);
    expect(suggested).toEqual([]);
    expect(worthSaying.map(({ facts }) => facts.id)).toEqual([1, 2, 3, 40]);
  });

  it('has the price of the outlet’s list, and the standard one where the list is silent', () => {
    const chain = makeSetting({ price_list: 'chain' });
    expect(chain.facts.skus.slice(0, 2).map((sku) => sku.pieceMinor)).toEqual([150, 202]);
  });
});

describe('a visit that is not complete', () => {
  it('says what is missing, step by step', () => {
    const missing = whatIsMissing(makeDraft(setting), setting).map(({ step }) => step);
    expect(missing).toEqual(['outdoor', 'merchandise', 'count', 'present', 'order']);
  });

  it('needs nothing else at a closed store', () => {
    const draft = makeDraft(setting);
    setOutcome(draft, 'closed');
    expect(whatIsMissing(draft, setting)).toEqual([]);
    expect(bodyOf(draft)).toMatchObject({ counts: null, order: null, declined: [], next_visit_shown: false });
  });

  it('tells what was skipped and why, what was half counted, and which checks failed', () => {
    const draft = makeDraft(setting);
    skipStep(draft, 'outdoor', 'weather', ' 台风 ');
    setCheck(draft, 'merchandise', 'shelf', true);
    setCheck(draft, 'merchandise', 'posm', true);
    setCheck(draft, 'merchandise', 'posm', false);
    finishStep(draft, 'merchandise');
    const row = draft.counts[7];
    if (row) typeCount(row, 'shelf', 5);
    skipStep(draft, 'count', 'no_access');
    expect(bodyOf(draft).steps).toEqual([
      ['prepare', 'done', '', ''],
      ['outdoor', 'skipped', 'weather', '台风'],
      ['merchandise', 'done', '', '!posm,cooler,first_in_first_out'],
      ['count', 'skipped', 'no_access', '#7 5+–'],
    ]);
  });

  it('goes on to the next open step', () => {
    const draft = makeDraft(setting);
    finishStep(draft, 'greet');
    expect(stepAfter(template, draft, 'outdoor')).toBe('merchandise');
    expect(stepAfter(template, draft, 'thank')).toBe('thank');
  });

  it('is untouched until something is entered', () => {
    const draft = makeDraft(setting);
    expect(isUntouched(draft, template)).toBe(true);
    keepPromise(draft, 'p', true);
    expect(isUntouched(draft, template)).toBe(false);
  });

  it('opens the day’s preparation when the day was not started', () => {
    const draft = newDraft(template, {
      visitId: 'v',
      operationId: 'o',
      orderId: 'r',
      outletId: null,
      proposalId: 'p',
      planned: false,
      unplannedReason: 'new_store',
      at: out.at,
      toCount: [],
      prepared: false,
    });
    expect(draft.steps['prepare']?.state).toBe('open');
    expect(draft.step).toBe('outdoor');
  });
});
