import { describe, expect, it } from 'vitest';
import { nameOf } from './fetchFile';

describe('the name of a file', () => {
  it("is the server's own", () => {
    expect(nameOf('attachment; filename="routebook-20261123-0193a2b40000.xlsx"')).toBe(
      'routebook-20261123-0193a2b40000.xlsx',
    );
  });

  it('is none where it holds a path', () => {
    expect(nameOf('attachment; filename="../../CON"')).toBeNull();
    expect(nameOf('')).toBeNull();
  });
});
