import { beforeAll, describe, expect, it } from 'vitest';
import { openTexts } from '@/i18n';
import { aboutWords, deedWords, detailLines, exactTime } from './deeds';

beforeAll(() => openTexts('desk'));

describe('an entry of the audit', () => {
  it('is told by its deed, or by its name where no words are known', () => {
    expect(deedWords('contact.reveal')).not.toBe('contact.reveal');
    expect(deedWords('something.new')).toBe('something.new');
  });

  it('is about an outlet, a person by name, or what its subject says', () => {
    const people = new Map([[7, '林家豪']]);
    expect(aboutWords({ subject: 'visit:x', outlet: '大榕茶餐厅' }, people)).toBe('大榕茶餐厅');
    expect(aboutWords({ subject: 'person:7', outlet: '' }, people)).toBe('林家豪');
    expect(aboutWords({ subject: 'person:8', outlet: '' }, people)).toBe('person:8');
    expect(aboutWords({ subject: 'load:3', outlet: '' }, people)).toBe('load:3');
  });

  it('shows its detail line by line, and its time to the second with the year', () => {
    expect(detailLines({ outlet: 7, flags: ['late'], reason: 'other' })).toEqual([
      { name: 'outlet', value: '7' },
      { name: 'flags', value: '["late"]' },
      { name: 'reason', value: 'other' },
    ]);
    expect(exactTime('2026-11-23T02:01:05Z')).toMatch(/^2026-11-2\d \d\d:\d\d:05$/);
  });
});
