import { createApp } from 'vue';
import App from './App.vue';
import { currentLocale, i18n, openTexts } from './i18n';
import { router } from './router';

async function start(): Promise<void> {
  document.documentElement.lang = currentLocale();
  await openTexts('phone');
  createApp(App).use(i18n).use(router).mount('#app');
}

void start();
