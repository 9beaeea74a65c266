import { createApp } from 'vue';
import App from './App.vue';
import { watchForUpdates } from './features/shell/app-update';
import { surviveClockJumps } from './features/shell/clock-jump';
import { followLinks } from './features/shell/links';
import { beforeReload, recoverFromLostChunks } from './features/shell/lost-chunk';
import { currentLocale, i18n, openTexts } from './i18n';
import { router } from './app-router';
import { outbox } from './storage';
import './ui/tokens.css';
import './ui/base.css';
import { restoreTheme } from './ui/theme';

async function start(): Promise<void> {
  surviveClockJumps();
  const workers = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
  beforeReload(() => outbox.flushDrafts());
  recoverFromLostChunks({
    buildId: __BUILD_ID__,
    marks: window.sessionStorage,
    reload: () => window.location.reload(),
    workers,
  });
  restoreTheme();
  document.documentElement.lang = currentLocale();
  await openTexts('phone');
  createApp(App).use(i18n).use(router).mount('#app');
  followLinks(router);
  if (import.meta.env.PROD && workers) await watchForUpdates(workers).catch(() => undefined);
}

void start();
