// Draws the PNG icons from public/icons/mark.svg with a Chromium of this machine:
//   node scripts/make-icons.mjs   (CHROMIUM=/path/to/chromium)
// Run it after the mark has changed; its output is checked in.
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const folder = new URL('../public/icons/', import.meta.url);
const mark = await readFile(new URL('mark.svg', folder), 'utf8');
// A maskable icon is cut to any shape: the cover fills the square, and the book keeps to the safe circle (80 %).
const fullSquare = mark
  .replace(' rx="116"', '')
  .replace('</svg>', '</g></svg>')
  .replace(/(<rect[^>]*>)/, '$1<g transform="translate(256 256) scale(.86) translate(-256 -256)">');

const icons = [
  ['icon-192.png', 192, mark],
  ['icon-512.png', 512, mark],
  ['maskable-512.png', 512, fullSquare],
  ['apple-touch-icon.png', 180, fullSquare],
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const [name, size, svg] of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(
    `<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
  );
  await writeFile(new URL(name, folder), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
