import { createApp } from 'vue';
import { openTexts } from '@/i18n';
import StepUpDialog from './StepUpDialog.vue';

let current: Promise<boolean> | null = null;

/** Asks who sits there, above whatever page is open; true when it was proved. Two requests at once share one dialog. */
export function openStepUp(): Promise<boolean> {
  current ??= show().finally(() => (current = null));
  return current;
}

async function show(): Promise<boolean> {
  await openTexts('rooms');
  const place = document.createElement('div');
  document.body.append(place);
  const before = document.activeElement;
  const isProved = await new Promise<boolean>((resolve) => {
    const app = createApp(StepUpDialog, {
      onDone: (proved: boolean) => {
        app.unmount();
        resolve(proved);
      },
    });
    app.mount(place);
  });
  place.remove();
  if (before instanceof HTMLElement) before.focus();
  return isProved;
}
