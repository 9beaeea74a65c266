import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';
import { reachedFrom } from './build/chunks.ts';
import { compressBuild } from './build/compress.ts';
import { phonePath } from './build/phone-path.ts';

// What a phone never needs offline. A dynamic import of one of these modules is a door that the precache does not pass.
const phone = phonePath(
  /src\/(features\/(desk|board|map|kpis|retention|warnings|imports|routes|people|cases|inbox|sheets|gallery)\/|features\/shell\/DeskLayout|ui\/desk\/|i18n\/messages\/desk)|node_modules\/maplibre-gl/,
);

export default defineConfig({
  base: '/',
  resolve: {
    alias: {
      '@': fileURLToPath(new URL('./src', import.meta.url)),
    },
  },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
    __BUILD_ID__: JSON.stringify(Date.now().toString(36)),
    __GALLERY__: JSON.stringify(process.env['ROUTEBOOK_GALLERY'] !== '0'),
  },
  plugins: [
    vue(),
    phone.plugin,
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      injectRegister: false,
      manifest: false,
      injectManifest: {
        globPatterns: [
          'index.html',
          'assets/*.js',
          'assets/*.css',
          'app.webmanifest',
          'icons/{mark.svg,icon-192.png}',
        ],
        // The map is the desk's, and too large to be looked at.
        globIgnores: ['assets/{drawn-map,maplibre-gl-worker}-*.js'],
        maximumFileSizeToCacheInBytes: 400_000,
        manifestTransforms: [
          (entries) => ({
            manifest: entries.filter((entry) => !entry.url.startsWith('assets/') || phone.holds(entry.url)),
            warnings: [],
          }),
        ],
      },
    }),
    compressBuild(),
  ],
  build: {
    target: ['es2022', 'chrome107', 'safari16', 'firefox115'],
    manifest: true,
    modulePreload: {
      polyfill: false,
      // The start does not pay for a list of what every later room imports: those come from the cache, a file on its own way.
      // Styles stay: nobody else would fetch them.
      resolveDependencies: (_file, needed, { hostId }) =>
        hostId.startsWith('assets/app-') ? needed.filter((name) => name.endsWith('.css')) : needed,
    },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Vue keeps its name, and its place in caches, over our releases. `app` is what the start needs, `visit` what a
          // visit needs beyond it, `lock` what sets up and opens the lock; the other rooms share the rest of the kit.
          groups: [
            { name: 'vue', test: /node_modules\/(@vue|vue)\// },
            {
              // The phone's health is asked for at every start: by itself it would weigh more.
              name: reachedFrom('app', ['src/main.ts', 'src/storage/health.ts']),
            },
            { name: reachedFrom('visit', ['src/features/visit/VisitPage.vue']) },
            { name: reachedFrom('lock', ['src/features/lock/LockPage.vue']) },
            {
              name: 'rooms',
              test: /src\/(ui\/(?!desk\/|UiSignaturePad|moreIcons)|domain\/|storage\/(?!raw-export|stored-deflate|health|locking|inbox-seal|rarely))/,
            },
          ],
        },
      },
    },
  },
  // The map's worker imports what it shares with the map.
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:8000' } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
});
