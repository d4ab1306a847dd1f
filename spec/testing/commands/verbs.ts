/** All verbs. Their order is part of what a seed means. */
import { admit } from './admit.js';
import { block } from './block.js';
import { crash } from './crash.js';
import { cut } from './cut.js';
import { freeze } from './freeze.js';
import { heal } from './heal.js';
import { intrude } from './intrude.js';
import { leave } from './leave.js';
import { mutate } from './mutate.js';
import { occupy } from './occupy.js';
import { partition } from './partition.js';
import { publish } from './publish.js';
import { refuse } from './refuse.js';
import { restart } from './restart.js';
import { slow } from './slow.js';
import { start } from './start.js';
import { thaw } from './thaw.js';
import { throttle } from './throttle.js';
import { twin } from './twin.js';
import { unblock } from './unblock.js';
import { vacate } from './vacate.js';
import type { Verb } from './verb.js';
import { wait } from './wait.js';

export const verbs: readonly Verb[] = [
  wait,
  publish,
  mutate,
  cut,
  block,
  unblock,
  partition,
  throttle,
  slow,
  refuse,
  admit,
  occupy,
  vacate,
  start,
  crash,
  restart,
  freeze,
  thaw,
  leave,
  twin,
  intrude,
  heal,
];
