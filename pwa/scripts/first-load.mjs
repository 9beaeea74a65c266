// What the way sign-in → PIN → day start → today → visit costs before it works (phone.first_load_brotli_kb), by file:
//   node scripts/first-load.mjs [--dist FOLDER] [--json] [--from URL --login NAME --password WORD]
// With --from it also walks that way in Chromium (CHROMIUM=/path) with an empty cache against a running server, and fails
// when the browser asks for a file that the sum has not.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync } from 'node:zlib';

const { values: options } = parseArgs({
  options: {
    dist: { type: 'string', default: fileURLToPath(new URL('../dist/', import.meta.url)) },
    json: { type: 'boolean', default: false },
    from: { type: 'string' },
    login: { type: 'string' },
    password: { type: 'string' },
  },
});
const locales = ['zh-CN', 'en'];
/** The chunks (see vite.config.ts) that the way loads by a dynamic import; day start and today are in the entry's own. */
const onTheWay = ['lock', 'visit'];
const textsOf = (locale) => ['phone', 'lock'].map((book) => `src/i18n/messages/${book}.${locale}.ts`);

const manifest = JSON.parse(await readFile(join(options.dist, '.vite/manifest.json'), 'utf8'));

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const keyOf = (name) =>
  Object.keys(manifest).find((key) => manifest[key].name === name && !key.endsWith('.css'));

function collect(key, files) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`no chunk ${key} in the build`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const next of chunk.imports ?? []) collect(next, files);
}

async function weigh(locale) {
  const files = new Set(['index.html']);
  for (const key of [entry, ...textsOf(locale), ...onTheWay.map(keyOf)]) collect(key, files);
  const weighed = await Promise.all(
    [...files].map(async (file) => [
      file,
      brotliCompressSync(await readFile(join(options.dist, file))).length,
    ]),
  );
  weighed.sort((a, b) => b[1] - a[1]);
  return { files, weighed, bytes: weighed.reduce((sum, [, bytes]) => sum + bytes, 0) };
}

/** Walks the way in a browser that has nothing yet and no service worker; returns the files it asked for. */
async function walk(locale) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  const page = await browser.newPage({
    locale,
    serviceWorkers: 'block',
    viewport: { width: 390, height: 844 },
  });
  // What is loaded ahead when the phone is idle is no part of the first load: here the phone is never idle.
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0;
  });
  const asked = new Set();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    const isOurs = origin === new URL(options.from).origin && !pathname.startsWith('/api/');
    if (isOurs)
      asked.add(/^\/(assets|icons)\/|\.webmanifest$/.test(pathname) ? pathname.slice(1) : 'index.html');
  });
  try {
    await page.goto(options.from);
    await page.locator('form input').first().fill(options.login);
    await page.locator('form input[type=password]').fill(options.password);
    await page.locator('form button[type=submit]').click();
    for (const times of [1, 2]) {
      await page.locator('.pin-key:enabled').first().waitFor();
      for (const digit of '402817') await page.getByRole('button', { name: digit, exact: true }).click();
      if (times === 1) await page.locator('.pin-dots .is-set').waitFor({ state: 'detached' });
    }
    await page.locator('a[href="/day/start"]').click();
    await page.locator('.ui-action-bar button').last().click();
    await page.locator('a[href^="/visit/"]').first().click();
    await page.waitForURL(/\/visit\/\d+\/\w+/);
    await page.locator('.visit h1').waitFor();
  } catch (error) {
    faults.push(`${page.url()}: ${error.message}`);
    await page.screenshot({ path: 'node_modules/.cache/first-load.png' });
  }
  await browser.close();
  return { asked, faults };
}

let failed = false;
const results = [];
for (const locale of locales) {
  const { files, weighed, bytes } = await weigh(locale);
  const result = { locale, bytes, kb: Math.round(bytes / 10) / 100, files: Object.fromEntries(weighed) };
  if (options.from) {
    const { asked, faults } = await walk(locale);
    const loaded = [...asked].filter((file) => !/\.(png|svg|webmanifest)$/.test(file));
    result.notCounted = loaded.filter((file) => !files.has(file));
    result.notAsked = [...files].filter((file) => !asked.has(file));
    result.faults = faults;
    failed ||= result.notCounted.length > 0 || faults.length > 0;
  }
  results.push(result);
}
if (options.json) console.log(JSON.stringify(results));
else {
  for (const { locale, kb, files, ...walked } of results) {
    for (const [file, bytes] of Object.entries(files)) console.log(String(bytes).padStart(7), file);
    console.log(`${locale}: ${kb} KB`, options.from ? JSON.stringify(walked) : '');
  }
}
process.exitCode = failed ? 1 : 0;
