// Photographs the gallery of the built app and looks for faults in it: axe (WCAG 2.2 AA), violations of the strict content
// security policy, errors on the console. Both languages, both themes, phone and desk. After `npm run build`:
//   node scripts/check-gallery.mjs [folder for the pictures]   (CHROMIUM=/path/to/chromium)
import { createServer } from 'node:http';
import { mkdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const pictures = process.argv[2] ?? 'node_modules/.cache/gallery';
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const axe = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types vue sw";
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const path = extname(pathname) ? pathname : '/index.html';
  try {
    const body = await readFile(join(dist, path));
    response.writeHead(200, {
      'content-type': types[extname(path)] ?? 'text/plain',
      'content-security-policy': policy,
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://localhost:${server.address().port}`;

const sizes = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
await mkdir(pictures, { recursive: true });
let faults = 0;

for (const [size, viewport] of Object.entries(sizes)) {
  for (const locale of ['zh-CN', 'en']) {
    for (const colorScheme of ['light', 'dark']) {
      const name = `${size}-${locale}-${colorScheme}`;
      const context = await browser.newContext({
        viewport,
        locale,
        colorScheme,
        deviceScaleFactor: 1,
        reducedMotion: 'reduce',
      });
      // The service worker is another test's matter.
      await context.addInitScript(() => delete Navigator.prototype.serviceWorker);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') report(name, message.text());
      });
      page.on('pageerror', (error) => report(name, error.message));
      await page.goto(`${address}/gallery`);
      await page.waitForSelector('h1');
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
      await checkAccessibility(page, name);
      await checkDialogs(page, name);
      await context.close();
    }
  }
}
await browser.close();
server.close();
console.log(faults === 0 ? `No fault found. Pictures in ${pictures}` : `${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;

async function checkDialogs(page, name) {
  const buttons = page.locator('#asking > .gallery-grid > .cluster > button');
  for (const index of [0, 1, 2]) {
    await buttons.nth(index).click();
    await page.waitForTimeout(350);
    await page.screenshot({ path: join(pictures, `${name}-asking-${index}.png`) });
    await checkAccessibility(page, `${name} dialog ${index}`);
    await page.keyboard.press('Escape');
    const isBack = await buttons.nth(index).evaluate((button) => button === document.activeElement);
    if (!isBack) report(name, `dialog ${index} did not give the focus back`);
  }
}

async function checkAccessibility(page, name) {
  // Through the debugger, so that the page's own policy stays in force.
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  for (const violation of found.violations) {
    for (const node of violation.nodes)
      report(name, `${violation.id}: ${node.target} ${node.failureSummary}`);
  }
}

function report(name, text) {
  faults += 1;
  console.log(`${name}: ${text}`);
}
