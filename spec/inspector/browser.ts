/** A real Chromium without a screen, and the inspector's page in it. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Browser, chromium, type Page } from 'playwright-core';
import { openPageServer, type TraceFeed } from '../../cli/inspector/page-server.js';

/** Where a browser may be. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
];

/** Path of the browser: `MUSTER_CHROMIUM`, or one that is installed; undefined if there is none. */
export const executablePath = process.env.MUSTER_CHROMIUM ?? places.find((path) => existsSync(path));

/** Where screenshots are kept: `MUSTER_SCREENSHOTS`; undefined: nowhere. */
const screenshots = process.env.MUSTER_SCREENSHOTS;

export interface Visit {
  readonly page: Page;
  /** Requests that went anywhere but to the page's own server. */
  readonly foreign: readonly string[];
  /** Errors of scripts, and what the browser has refused or complains of. */
  readonly complaints: readonly string[];
}

/** For a test that needs a browser where there is none. */
export function skipped(t: ExecutionContext): void {
  t.log('skipped: there is no Chromium here; install it, or set MUSTER_CHROMIUM to its path');
  t.pass();
}

/** One for all tests of a file: to start it takes longer than most of them. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] });
}

export async function visit(browser: Browser, url: string, size = { width: 1_440, height: 900 }): Promise<Visit> {
  const page = await browser.newPage({ viewport: size, colorScheme: 'light' });
  const own = new URL(url).origin;
  const foreign: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    const target = request.url();
    if (new URL(target).origin !== own && !target.startsWith(`blob:${own}`) && !target.startsWith('data:'))
      foreign.push(target);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, foreign, complaints };
}

/** A server for lines of a trace. */
export async function serveLines(t: ExecutionContext, lines: readonly string[]): Promise<string> {
  const text = lines.map((line) => `${line}\n`).join('');
  const feed: TraceFeed = {
    kind: 'recording',
    name: 'run.ndjson',
    size: text.length,
    stream: (response) => response.end(text),
  };
  const { url, close } = await openPageServer(feed);
  t.teardown(close);
  return url;
}

/** Waits until a recording has been read. */
export async function whenRead(page: Page): Promise<void> {
  await page.waitForSelector('header:not(:has(progress)) [data-testid=size]:text-matches("[1-9]")');
}

/** Keeps a picture of the page, if pictures are wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  mkdirSync(screenshots, { recursive: true });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(350);
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

/** What a node or a peering of the topology looks like. */
export function moodOf(page: Page, selector: string): Promise<string | null> {
  return page.getAttribute(selector, 'data-mood');
}
