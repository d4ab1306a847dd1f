/**
 * The page, in a real browser, over recordings of simulated clusters. What takes longer is in `page.long.ts`.
 */
import { readFile } from 'node:fs/promises';
import test from 'ava';
import type { Browser } from 'playwright-core';
import { toLine } from '../../trace/output.js';
import { executablePath, launch, moodOf, serveLines, skipped, visit, whenRead } from './browser.js';
import { record, recorded } from './recorded.js';

let browser: Browser | undefined;

test.before(async () => {
  if (executablePath !== undefined) browser = await launch();
});
test.after.always(() => browser?.close());

test('a recording: every view at an instant, scrubbing, filtering, exports, links; and nothing leaves the machine', async (t) => {
  if (browser === undefined) return skipped(t);
  t.timeout(60_000);
  let cut = 0;
  const { records, at, cluster } = await recorded(async (cluster) => {
    cluster.block('manager', 'worker-1');
    cluster.block('worker-1', 'manager');
    cut = cluster.now;
    await cluster.advance(40_000);
    cluster.heal();
    await cluster.until(() => cluster.node('manager').state === 'ready');
    await cluster.advance(2_000);
  });
  const url = await serveLines(
    t,
    records.map((record) => toLine(record).trimEnd()),
  );
  const { page, foreign, complaints } = await visit(browser, url);
  await whenRead(page);
  const edge = '[data-edge="worker-1 manager"]';
  t.is(await moodOf(page, edge), 'good');
  t.is(await moodOf(page, '[data-node="worker-1"]'), 'good');

  // An instant at which the peering was down, by its link.
  const down = at(cut + 35_000);
  await page.goto(`${url}#${new URLSearchParams({ at: `${down}`, node: 'worker-1', actor: 'peering manager' })}`);
  await page.waitForSelector(`${edge}[data-mood=bad], ${edge}[data-mood=busy]`);
  const state = await page.getAttribute(edge, 'data-state');
  t.true(['down', 'connecting'].includes(state ?? ''), `${state}`);
  t.regex(`${await page.getAttribute('[data-testid=standing]', 'data-state')}`, /down|connecting/);
  t.true(await page.isVisible(`.chart [data-path="connecting"]`));

  // Scrubbed back on the axis, it is up again.
  const axis = await page.locator('[data-testid=timeline] .scroller').boundingBox();
  if (axis === null) return t.fail();
  await page.keyboard.press('0');
  await page.mouse.click(axis.x + 172 + (axis.width - 172) * 0.04, axis.y + 8);
  await page.waitForSelector(`${edge}[data-mood=good]`);

  // Why: from a record back to what began it.
  await page.fill('input.filter', 'node:worker-1 kind:raised event:node_down');
  await page.waitForSelector('[data-testid=count]:text-matches("^1 of")');
  await page.click('.events .row');
  const chain = await page.locator('[data-testid=why] li').allTextContents();
  t.true(chain.length > 3, chain.join('\n'));
  t.regex(`${chain[0]}`, /Cluster::node_down/);
  await page.waitForURL(/record=/);

  // The other views.
  await page.fill('input.filter', '');
  await page.locator('input.filter').blur();
  await page.keyboard.press('2');
  await page.waitForSelector('[data-testid=sequence] .message');
  t.true(
    (await page.locator('[data-testid=sequence] .message').allTextContents()).some((text) => text.includes('hello')),
  );
  await page.keyboard.press('m');
  await page.waitForSelector('[data-testid=difference]');
  await page.keyboard.press('Home');
  await page.waitForSelector('[data-testid=difference] .changes');
  await page.keyboard.press('4');
  await page.waitForSelector('[data-testid=rates] canvas');
  await page.keyboard.press('1');

  // Exports.
  const saved = async (button: string): Promise<string> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(`button:text-is("${button}")`)]);
    return readFile(await download.path(), 'utf8');
  };
  const svg = await saved('SVG');
  t.regex(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  t.regex(svg, /responsive/);
  t.notRegex(svg, /<script|href=/);
  t.regex(await saved('Mermaid'), /^stateDiagram-v2\n/);
  await page.keyboard.press('0');
  const lines = (await saved('Save visible')).trimEnd().split('\n');
  t.is(lines.length, records.length);
  t.deepEqual(new Set(lines), new Set(records.map((record) => toLine(record).trimEnd())));

  t.true(cluster.now > 40_000);
  t.deepEqual(foreign, []);
  t.deepEqual(complaints, []);
});

test('what names, events and messages say is shown as text', async (t) => {
  if (browser === undefined) return skipped(t);
  const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
  const lines = [
    record({
      node: evil,
      kind: 'node',
      data: { nodeType: evil, layout: { [evil]: evil, manager: 'manager' }, initiates: ['manager'], accepts: [] },
    }),
    record({
      node: evil,
      sequence: 2,
      kind: 'actor',
      data: { actor: 'node', machine: 'node', state: evil, context: { [evil]: evil } },
    }),
    record({
      node: evil,
      sequence: 3,
      kind: 'actor',
      data: { actor: 'peering manager', machine: evil, state: evil, context: {} },
    }),
    record({ node: evil, sequence: 4, kind: 'event', data: { actor: 'node', event: { type: evil } } }),
    record({ node: evil, sequence: 5, kind: 'line', data: { level: 'error', message: evil } }),
    record({ node: evil, sequence: 6, kind: 'stopped', data: { actor: 'node', state: evil, error: evil } }),
    record({ node: evil, sequence: 7, kind: 'dropped', data: { count: 1_234 } }),
    record({ node: evil, sequence: 8, kind: 'sent', data: { peer: 'manager', link: evil, number: 1, frame: 'hello' } }),
  ].map((record) => toLine(record).trimEnd());
  const { page, foreign, complaints } = await visit(browser, await serveLines(t, lines));
  await whenRead(page);
  await page.locator('[data-node]').first().click();
  for (const key of ['1', '2', '3', '4']) {
    await page.keyboard.press(key);
    await page.waitForTimeout(30);
  }
  const rows = page.locator('.events .row');
  for (let index = 0; index < lines.length; index += 1) await rows.nth(index).click();
  t.true((await page.locator('.events').textContent())?.includes(evil));
  t.is(await page.textContent('[data-testid=dropped]'), '1,234 dropped');
  t.is(await page.evaluate('window.hacked'), undefined);
  t.is(await page.locator('img, script:not([src])').count(), 0);
  t.deepEqual(foreign, []);
  t.deepEqual(complaints, []);
});

test('a trace that is dropped onto the page is shown', async (t) => {
  if (browser === undefined) return skipped(t);
  const { page } = await visit(browser, await serveLines(t, []));
  const line = toLine(record({ kind: 'raised', data: { event: 'App::dropped' } }));
  await page.evaluate(`{
    const data = new DataTransfer();
    data.items.add(new File([${JSON.stringify(line)}], 'other.ndjson'));
    document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }`);
  await page.waitForSelector('.events .row:has-text("App::dropped")');
  t.regex((await page.textContent('.source')) ?? '', /other\.ndjson/);
});
