import * as v from 'valibot';
import { ask, type Asked } from '@/features/desk/ask';
import { OutletPageSchema, OutletRowSchema, type OutletRow } from './schemas';

const leastDigits = 7;
const NumberedSchema = v.array(v.object({ outlet: OutletRowSchema }));

export interface OutletPage {
  outlets: OutletRow[];
  total: number;
}

/** Whether somebody typed a telephone number: such words never go into an address, which logs keep. */
export function isNumber(words: string): boolean {
  const text = words.normalize('NFKC').trim();
  return /^[+(]?[0-9][0-9()\-/ ]*$/.test(text) && text.replace(/[^0-9]/g, '').length >= leastDigits;
}

/** Outlets by name, code or address; or those of which a contact has the number that was typed. */
export async function findOutlets(words: string, limit: number): Promise<Asked<OutletPage>> {
  if (!isNumber(words))
    return ask(
      OutletPageSchema,
      'GET',
      `/outlets?limit=${limit}&status=&words=${encodeURIComponent(words.trim())}`,
    );
  const answer = await ask(NumberedSchema, 'POST', '/outlets/by-number', { body: { number: words.trim() } });
  if (!answer.ok) return answer;
  const outlets = [...new Map(answer.data.map(({ outlet }) => [outlet.id, outlet])).values()];
  return { ok: true, data: { outlets, total: outlets.length } };
}
