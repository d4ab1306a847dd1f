/**
 * What every transport promises, as tests to be run against each of them.
 * Nothing here waits for time to pass: a test waits for what it wants to see, and ava ends one that waits in vain.
 */
import type { ExecutionContext, TestFn } from 'ava';
import { MusterError } from '../../errors.js';
import type { Address, Link, Transport } from '../../transport/transport.js';
import { frameOf, Host, payloadOf, textsOf, Witness } from '../helpers/raw-peer-handlers.js';

/** A place where transports can reach each other. Each test gets one of its own. */
export interface TransportWorld {
  /** One more transport, as each node has one. */
  transport(): Transport;
  /** Where everybody here can listen, at a port that the system chooses. */
  readonly anyPort: Address;
  /** Brings what was sent to where its receivers find it, without letting the event loop turn. */
  letArrive(): void;
}

export function testTransport(test: TestFn, name: string, createWorld: () => TransportWorld): void {
