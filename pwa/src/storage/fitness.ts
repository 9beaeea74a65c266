/** In which way this phone is not fit to carry a day's work. */
export type Unfit =
  /** An in-app browser or WebView: its storage goes when it likes. */
  | 'in_app'
  /** Something that we cannot do without is absent. */
  | 'unsupported'
  /** A private window: everything is gone when it closes. */
  | 'private'
  /** The outbox cannot be opened. */
  | 'outbox'
  /** Safari on iOS outside the home screen deletes storage after seven days. */
  | 'not_installed';

export interface StorageHealth {
  /** null: not known yet. */
  persisted: boolean | null;
  standalone: boolean;
  /** Share of the room that is used, 0 to 1; null: the browser does not say. */
  used: number | null;
  /** 99 % or more is used: said before the first visit (B23). */
  nearlyFull: boolean;
  /** null: fit for a work day. */
  unfit: Unfit | null;
}

export const unknownHealth: StorageHealth = {
  persisted: null,
  standalone: false,
  used: null,
  nearlyFull: false,
  unfit: null,
};

export function isStandalone(): boolean {
  const asApp = typeof matchMedia === 'function' && matchMedia('(display-mode: standalone)').matches;
  return asApp || ('standalone' in navigator && navigator.standalone === true);
}
