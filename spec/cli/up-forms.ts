/**
 * Forms of `muster up` that a short test and a long one try, some or all of them.
 */
import type { ExecutionContext } from 'ava';
import { Court, Muster, oneNode, type Place, run, scriptPath, twoNodes } from './workbench.js';

/** A layout of one node, and a way to learn with what that is born. */
export async function birthplace(t: ExecutionContext) {
  const place = await oneNode(t);
  const court = await Court.open(t);
  const env = { ...process.env, ZEEK_DEFAULT_CONNECT_RETRY: '' };
  /** Runs the node until it is ready, with these variables and arguments. */
  const bornWith = async (given: NodeJS.ProcessEnv, ...args: string[]) => {
    const own = ['--load', scriptPath('witness'), '--', court.path, '--input', 'conn.log'];
    const up = new Muster(t, ['up', place.layout, '--json', ...args, ...own], { env: { ...env, ...given } });
    const known = court.processes.length;
    await court.until(({ processes }) => processes[known]?.told.some(({ type }) => type === 'ready') ?? false);
    await court.order('logger-1', 'leave');
    t.is(await up.ended, 0);
    return court.of('logger-1').at(-1)?.born;
  };
  return { directory: place.directory, bornWith };
}

const failing = {
  missing: [oneNode, /^muster: bootstrap script .*missing\.js: no such file$/m],
  broken: [oneNode, /^logger-1 could not start: .*broken\.js: .*nothing here works$/m],
  'no-default': [oneNode, /^logger-1 could not start: .*no-default\.js: its default export must be a function/m],
  throws: [twoNodes, /^worker-1 could not start: .*throws\.js: no sensor here$/m],
} satisfies Record<string, [layout: (t: ExecutionContext) => Promise<Place>, words: RegExp]>;

/** Scripts that fail, each in its own way, end the start. */
export async function checkFailing(t: ExecutionContext, ...scripts: (keyof typeof failing)[]): Promise<void> {
  for (const script of scripts) {
    const [create, words] = failing[script];
    const { layout } = await create(t);
    const { code, err } = await run(t, ['up', layout, '--load', scriptPath(script)]);
    t.is(code, 7, script);
    t.regex(err, words);
  }
}
