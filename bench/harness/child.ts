/**
 * Entry of a process that plays a role of a bench. It ends when it is told to, and when its parent is gone.
 */
import type { Answers, FromChild, Role, ToChild } from './role.js';
import { playId } from './role.js';

let answers: Answers = {};

process.once('disconnect', () => process.exit(1));
// The parent decides who ends when: a Ctrl-C reaches every process of the terminal.
process.on('SIGINT', () => {});

process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'play':
      reply(playId, () => play(message.module, message.name, message.input));
      break;
    case 'ask':
      reply(message.id, () => answers[message.question]?.(message.argument));
      break;
    case 'end':
      void end();
      break;
    default:
      message satisfies never;
  }
});

async function play(module: string, name: string, input: unknown): Promise<void> {
  const exported: Readonly<Record<string, Role<unknown, Answers>>> = await import(module);
  const role = exported[name];
  if (role === undefined) throw new Error(`${module} exports no role ${name}`);
  answers = await role.play(input);
}

async function reply(id: number, find: () => unknown): Promise<void> {
  try {
    tell({ type: 'answer', id, answer: await find() });
  } catch (error) {
    tell({ type: 'failed', id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function tell(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

async function end(): Promise<void> {
  await answers.close?.(undefined);
  process.exit(0);
}
