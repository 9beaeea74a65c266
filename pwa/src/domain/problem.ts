/**
 * What a rule says when it is broken: which field, which rule, and the figures that its sentence needs. The
 * words come from i18n by `rule`; the keys are those of server/domain/errors.py.
 */
export type Figure = number | string;

export interface Problem {
  /** A path such as `lines.2.quantity`, counted from 0. */
  readonly field: string;
  readonly rule: string;
  readonly params?: Readonly<Record<string, Figure>>;
}

/** A value that a rule cannot work with. */
export class DomainError extends Error implements Problem {
  readonly field: string;
  readonly rule: string;
  readonly params: Readonly<Record<string, Figure>>;

  constructor(field: string, rule: string, params: Readonly<Record<string, Figure>> = {}) {
    super(`${field}: ${rule}`);
    this.name = 'DomainError';
    this.field = field;
    this.rule = rule;
    this.params = params;
  }
}
