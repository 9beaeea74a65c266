import { describe, expect, it } from 'vitest';
import { differences } from './schemas';

describe('old and new beside each other', () => {
  it('marks what the book would change, and leaves out what is empty on both sides', () => {
    const rows = differences({
      current: { latitude: 22.3, longitude: 114.1, address: '' },
      new: { latitude: 22.31, longitude: 114.1, address: '' },
    });
    expect(rows).toEqual([
      { key: 'latitude', before: '22.3', after: '22.31', isChanged: true },
      { key: 'longitude', before: '114.1', after: '114.1', isChanged: false },
    ]);
  });

  it('shows an empty wish as what stays', () => {
    const rows = differences({
      current: { contact_id: 7, name: '陈太', phone: '****113' },
      new: { contact_id: 7, name: '', phone: '****234' },
    });
    expect(rows).toEqual([
      { key: 'name', before: '陈太', after: '陈太', isChanged: false },
      { key: 'phone', before: '****113', after: '****234', isChanged: true },
    ]);
  });
});
