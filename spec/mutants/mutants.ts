/**
 * Mutants: ways to break a promise, each a change of one place in the source. The random schedules, or else the other tests,
 * have to notice every one of them; `npm run mutants` shows by what.
 */
export interface Mutant {
  /** What is broken, in words. */
  readonly what: string;
  readonly file: string;
  /** Text that is there exactly once, and what stands in its place. */
  readonly find: string;
  readonly replace: string;
}

export const mutants: readonly Mutant[] = [
  // The channel
  {
    what: 'what was sent and not acknowledged is not sent again after a reconnect',
    file: 'transport/channel/send-queue.ts',
    find: 'this.#next = this.#head;\n    for',
    replace: 'for',
  },
  {
    what: 'one frame is left out at a reconnect',
    file: 'transport/channel/send-queue.ts',
    find: 'this.#next = this.#head;\n    for',
    replace: 'this.#next = Math.min(this.#head + 1, this.#entries.length);\n    for',
  },
  {
    what: 'a large event goes on where it was cut, on a link that has not seen its beginning',
    file: 'transport/channel/send-queue.ts',
    find: "for (const entry of this.held) if (entry.kind === 'large') entry.offset = 0;",
    replace: '',
  },
  {
    what: 'what is given up is not counted as lost',
    file: 'transport/channel/outbox.ts',
    find: 'this.#sentUpTo = this.#assigned;\n    return lost;',
    replace: 'this.#sentUpTo = this.#assigned;\n    return 0;',
  },
  {
    what: 'the buffer is not emptied when a session is given up',
    file: 'transport/channel/outbox.ts',
    find: 'this.#queue.clear();\n    this.#open.clear();',
    replace: '',
  },
  {
    what: 'nothing is acknowledged unless something goes back',
    file: 'transport/channel/channel.ts',
    find: 'if (this.#send === undefined) return;\n    const { received, credit } = this.inbox;\n    if',
    replace: 'if (this.#send !== undefined) return;\n    const { received, credit } = this.inbox;\n    if',
  },
  {
    what: 'an event that comes again is delivered again',
    file: 'transport/channel/inbox.ts',
    find: 'if (sequence <= this.#received || !this.#attached) return;',
    replace: 'if (!this.#attached) return;',
  },
  {
    what: 'the receiver counts no loss',
    file: 'transport/channel/inbox.ts',
    find: 'if (lost > 0) this.#options.lost(lost, reason);',
    replace: 'void lost, reason;',
  },
  {
    what: 'what the framework had for a peer counts as lost at the receiver',
    file: 'transport/channel/inbox.ts',
    find: 'const lost = Math.min(missing, givenUp - this.#givenUp);',
    replace: 'const lost = missing;',
  },
  {
    what: 'events that were given up by the sender are not skipped',
    file: 'transport/channel/inbox.ts',
    find: "if (missing > 0) this.#skip(oldest - 1, lost, 'resume interval over');",
    replace: 'void lost;',
  },
  {
    what: 'credit of handled events is not returned',
    file: 'transport/channel/inbox.ts',
    find: 'this.#handledBytes += size;',
    replace: '',
  },

  // The peering
  {
    what: 'a failed connection is never tried again',
    file: 'machines/peering.ts',
    find: "after: { retryInterval: 'connecting' },",
    replace: '',
  },
  {
    what: 'a failed connection is tried again without a pause',
    file: 'machines/peering.ts',
    find: 'retryInterval: ({ context }) => context.retryInterval,',
    replace: 'retryInterval: () => 1,',
  },
  {
    what: 'it is tried again at once more than once',
    file: 'machines/peering.ts',
    find: "connecting: {\n      entry: ['forbidRetryAtOnce', 'openLink'],",
    replace: "connecting: {\n      entry: ['openLink'],",
  },
  {
    what: 'nobody is told when a peer goes down',
    file: 'machines/peering.ts',
    find: "exit: 'tellDown',",
    replace: '',
  },
  {
    what: 'another process under the name of a peer that is up replaces it without being asked',
    file: 'machines/peering.ts',
    find: "isSameLifetime: ({ context, event }) => event.type === 'hello.received' && event.id === context.peerId,",
    replace: "isSameLifetime: ({ event }) => event.type === 'hello.received',",
  },
  {
    what: 'a bye is not heeded',
    file: 'machines/peering.ts',
    find: "'bye.received': { target: 'down' },\n    'buffer.overflowed'",
    replace: "'buffer.overflowed'",
  },
  {
    what: 'a peer that has been silent for ever stays up',
    file: 'machines/peering.ts',
    find: "isSilent: ({ context, event }) => event.type === 'link.quiet' && event.duration >= context.silentInterval,",
    replace: 'isSilent: () => false,',
  },
  {
    what: 'a doubted link is given up without a probe',
    file: 'machines/peering.ts',
    find: "probing: { entry: 'probeLink', after: { probeTimeout: 'judging' } },",
    replace: "probing: { always: 'judging' },",
  },
  {
    what: 'a hello of the wrong type is accepted',
    file: 'actors/admission.ts',
    find: 'if (node.nodeType !== hello.nodeType) {',
    replace: 'if (node.nodeType === undefined) {',
  },
  {
    what: 'a new lifetime of a peer goes on with the numbers of the old one',
    file: 'actors/peer-session.ts',
    find: 'const channel = this.#channel !== undefined && this.#id === id ? this.#channel : this.#turnTo(id);',
    replace: 'const channel = this.#channel !== undefined ? this.#channel : this.#turnTo(id);',
  },
  {
    what: 'only the latest lifetime of a peer is remembered',
    file: 'actors/peer-session.ts',
    find: 'const maxLifetimes = 16;',
    replace: 'const maxLifetimes = 1;',
  },
  {
    what: 'what is kept for a peer that is away is never given up',
    file: 'actors/peer-session.ts',
    find: "this.#resumeTimer = runtime.setTimeout(() => this.end('resume interval over'), options.resumeInterval);",
    replace: 'void runtime, options;',
  },

  // Membership
  {
    what: 'a late report of a peer that is gone is not told from one of its successor',
    file: 'actors/membership.ts',
    find: 'return event === fullyConnected && args[0] === name && args[1] === this.#parts.peerings.get(name)?.id;',
    replace: 'return event === fullyConnected && args[0] === name;',
  },
  {
    what: 'a node does not notice that it is degraded',
    file: 'actors/membership.ts',
    find: "this.#node.send({ type: 'peer.down', name });",
    replace: '',
  },
  {
    what: 'a manager that comes later starts the cluster a second time',
    file: 'machines/cluster-start.ts',
    find: 'isComplete: ({ context }) => context.pending.length === 0 && !context.seen,',
    replace: 'isComplete: ({ context }) => context.pending.length === 0,',
  },
  {
    what: 'who gets a topic is not looked up anew when a peer comes or goes',
    file: 'actors/router.ts',
    find: 'invalidate(): void {\n    this.#routes.clear();',
    replace: 'invalidate(): void {',
  },
  {
    what: 'a node that leaves does not say bye',
    file: 'machines/peering.ts',
    find: "'local.leaving': { target: 'closed', actions: 'sendBye' },",
    replace: "'local.leaving': { target: 'closed' },",
  },
  {
    what: 'a node that leaves does not wait for acknowledgements',
    file: 'actors/leaving.ts',
    find: 'await atMost(runtime, options.leaveTimeout, room.unloaded());',
    replace: '',
  },

  // Stores
  {
    what: 'a mutation that is sent again is applied again',
    file: 'stores/ledger.ts',
    find: 'else if (origin.number <= last) return;',
    replace: '',
  },
  {
    what: 'what a clone has asked for is forgotten when its master restarts',
    file: 'stores/ledger.ts',
    find: 'for (const [clone, { last }] of this.#origins) this.#lastDecided.set(clone, last);',
    replace: '',
  },
  {
    what: 'a clone applies a mutation that it knows',
    file: 'stores/replica.ts',
    find: 'if (sequence <= draft.sequence) return;',
    replace: '',
  },
  {
    what: 'an older entry of a snapshot replaces a newer one',
    file: 'stores/replica.ts',
    find: 'if (before !== undefined && before.version >= entry.version) continue;',
    replace: '',
  },
  {
    what: 'a clone does not send again what was not answered',
    file: 'actors/stores/clone.ts',
    find: 'for (const { number, mutation } of this.#pending.unanswered(decided)) {',
    replace: 'for (const { number, mutation } of this.#pending.unanswered(Number.POSITIVE_INFINITY)) {',
  },
  {
    what: 'a promise settles before the replica shows the mutation',
    file: 'actors/stores/pending.ts',
    find: 'if (pending.outcome === undefined || pending.outcome.sequence > sequence || pending.hasEnded) continue;',
    replace: 'if (pending.outcome === undefined || pending.hasEnded) continue;',
  },
  {
    what: 'a clone trusts what it has, although its master has begun anew',
    file: 'actors/stores/master.ts',
    find: 'const canCatchUp = epoch === state.epoch && this.#log.continues(sequence, digest);',
    replace: 'const canCatchUp = sequence > 0 && sequence <= state.sequence;',
  },
  {
    what: 'a promise settles before the mutation is on the disk',
    file: 'stores/ledger.ts',
    find: 'writing.then(\n      () => this.#written(gathering, origins),',
    replace: 'this.#written(gathering, origins);\n    writing.then(\n      () => {},',
  },
  {
    what: 'mutations during a snapshot are not sent to the clone that gets it',
    file: 'actors/stores/master.ts',
    find: 'if (clone.sentUpTo < this.#ledger.state.sequence) {',
    replace: 'if (clone.scan === undefined && clone.sentUpTo < this.#ledger.state.sequence) {',
  },

  // Log streams
  {
    what: 'a torn batch stays in the data of a log',
    file: 'logs/stretch.ts',
    find: 'if (data.size > known.dataEnd) await data.truncate(known.dataEnd);',
    replace: '',
  },
  {
    what: 'a log is written before its journal',
    file: 'logs/stretch.ts',
    find: 'await this.#entries.write(entryBytes, this.#entriesEnd);',
    replace:
      'await this.#data.write(dataBytes, this.#dataEnd);\n    await this.#entries.write(entryBytes, this.#entriesEnd);',
  },
  {
    what: 'a new journal does not know what was seen before',
    file: 'logs/journal.ts',
    find: "seen.entries.map((entry) => lineOf(['seen', ...entry])).join('')",
    replace: "(seen.entries.length < 0 ? 'x' : '')",
  },
  {
    what: 'a batch that comes again is written again',
    file: 'logs/kept-log.ts',
    find: 'if (!this.#seen.has(writer, number)) fresh',
    replace: 'fresh',
  },
  {
    what: 'a batch is acknowledged before it is written',
    file: 'logs/kept-log.ts',
    find: 'this.#waiting.push({ batch, kept });',
    replace: 'kept();\n    this.#waiting.push({ batch, kept() {} });',
  },
  {
    what: 'batches of a logger that is gone are not sent again',
    file: 'actors/logging/batch-queue.ts',
    find: '[...logger.underWay, ...this.#queue.slice(this.#head)]',
    replace: 'this.#queue.slice(this.#head)',
  },
  {
    what: 'a writer says that one batch more is settled than is',
    file: 'actors/logging/batch-queue.ts',
    find: 'for (const number of this.#own.keys()) return number - 1;',
    replace: 'for (const number of this.#own.keys()) return number;',
  },
  {
    what: 'all records go to the first logger',
    file: 'actors/logging/batch-queue.ts',
    find: 'next === undefined || logger.records < next.records',
    replace: 'next === undefined',
  },
];
