/**
 * `muster call` and `muster publish`: speak to the application.
 */
import { answerOf, type ControlCommand, tellAbsent, withRoute } from '../control/command.js';
import { exitCodes } from '../exit-codes.js';
import { printJson, printLine } from '../print.js';
import { fromJson, type Json, toJson } from '../stores/notation.js';

/** Prints what the function answers. @throws {@link MusterError} `MUSTER_CONTROL_…` */
export function call(node: string, name: string, args: readonly Json[], command: ControlCommand): Promise<number> {
  return withRoute(command, async (route, remaining) => {
    const request = { kind: 'call', name, args: args.map(fromJson) } as const;
    const answer = toJson(answerOf(await route.ask<'call'>(request, { nodes: [node], timeout: remaining() }), node));
    if (command.json) printJson({ type: 'called', node, name, answer });
    else printLine(JSON.stringify(answer));
    return exitCodes.ok;
  });
}

/** Prints which nodes got the event. */
export function publish(topic: string, event: string, args: readonly Json[], command: ControlCommand): Promise<number> {
  const { json = false } = command;
  return withRoute(command, async (route, remaining) => {
    const request = { kind: 'inject', topic, event, args: args.map(fromJson) } as const;
    const { answers, absent } = await route.ask<'inject'>(request, { timeout: remaining() });
    const nodes = Object.keys(answers).filter((name) => answers[name]);
    if (json) printJson({ type: 'published', topic, event, nodes });
    else printLine(nodes.length === 0 ? 'no node that answered subscribes to it' : `published to ${nodes.join(', ')}`);
    return tellAbsent(absent, json);
  });
}
