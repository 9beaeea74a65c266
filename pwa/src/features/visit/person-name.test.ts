import { describe, expect, it } from 'vitest';
import { nameParts } from './person-name';

describe('a name in two scripts', () => {
  it('is said in the script of the language on screen', () => {
    expect(nameParts('谢志强 Chi Keung Tse', 'zh-CN')).toEqual(['谢志强', 'Chi Keung Tse']);
    expect(nameParts('谢志强 Chi Keung Tse', 'en')).toEqual(['Chi Keung Tse', '谢志强']);
    expect(nameParts('Chi Keung Tse（谢志强）', 'zh-CN')).toEqual(['谢志强', 'Chi Keung Tse']);
  });

  it('stays whole in one script, or where nobody can tell where it divides', () => {
    for (const name of ['陈国华', 'Kwok Wah Chan', '陈Sir', '老板娘 Amy 姐', '']) {
      expect(nameParts(name, 'en')).toEqual([name, '']);
    }
  });
});
