import { ref } from 'vue';

export type Theme = 'system' | 'light' | 'dark';

const key = 'routebook.theme';
const current = ref<Theme>('system');

/** The theme that this device chose; `system` follows the phone. */
export { current as theme };

/** Puts the remembered theme on the page, before anything is drawn. */
export function restoreTheme(): void {
  try {
    const remembered = localStorage.getItem(key);
    if (remembered === 'light' || remembered === 'dark') show(remembered);
  } catch {
    // Without storage the phone's own theme is used.
  }
}

export function setTheme(theme: Theme): void {
  show(theme);
  try {
    if (theme === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // The choice lasts until the page is closed.
  }
}

function show(theme: Theme): void {
  current.value = theme;
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
