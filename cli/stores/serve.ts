/**
 * Serve: answers one request about a store of this node, on the connection of whoever asks.
 */
import type { Socket } from 'node:net';
import { type ClusterNode, partsOf } from '../../actors/cluster-node.js';
import type { Master } from '../../actors/stores/master.js';
import type { Store } from '../../actors/stores/store.js';
import { MusterError, messageOf } from '../../errors.js';
import { systemRuntime } from '../../runtime.js';
import { idOf, type KeyId, keyOf } from '../../stores/key.js';
import type { StoreAnswer, StoreRequest } from '../messages.js';
import { codeOf } from '../print.js';
import { entryLine, entryLines, importLines, keyLine, linesOf, writeLines } from './entry-lines.js';
import { fromJson, toJson } from './notation.js';

/** Never rejects, and closes the connection. */
export async function serveStore(node: ClusterNode, request: StoreRequest, connection: Socket): Promise<void> {
  // Who asks may go away at any time.
  connection.on('error', () => {});
  const answer = (message: StoreAnswer): void => {
    if (connection.writable) connection.write(`${JSON.stringify(message)}\n`);
  };
  try {
    const { master, store } = partsOf(node).stores.masterAt(request.store);
    answer({ type: 'serving', node: node.name });
    answer({ type: 'done', ...(await perform(request, master, store, connection)) });
  } catch (error) {
    answer({ type: 'error', code: codeOf(error), message: messageOf(error) });
  }
  connection.end();
  // What it still sends is not for anybody any more.
  connection.resume();
}

type Done = Omit<Extract<StoreAnswer, { type: 'done' }>, 'type'>;

async function perform(request: StoreRequest, master: Master, store: Store, connection: Socket): Promise<Done> {
  const { replica } = master;
  const now = () => systemRuntime.now();
  switch (request.operation) {
    case 'get': {
      const id = idOf(fromJson(request.key));
      const entry = replica.get(id);
      if (entry === undefined) throw noSuchKey(store.name, id);
      return { count: await writeLines(connection, [entryLine(id, entry)]) };
    }
    case 'put': {
      const { key, value, expiry } = request;
      await store.put(fromJson(key), fromJson(value), { expiry });
      return { count: 1 };
    }
    case 'erase': {
      const key = fromJson(request.key);
      const count = store.has(key) ? 1 : 0;
      await store.erase(key);
      return { count };
    }
    case 'keys':
      return { count: await writeLines(connection, keyLines(replica.ids())) };
    case 'export':
      return { count: await writeLines(connection, entryLines(replica.scan(), now)) };
    case 'import':
      if (request.clears) await store.clear();
      return importLines(
        // The answer goes out where the entries come in.
        linesOf(connection.iterator({ destroyOnReturn: false })),
        ({ id, value, expiry }) => master.restore(id, value, expiry),
        now,
        request.end,
      );
    default:
      request satisfies never;
      throw new TypeError(`unknown operation ${JSON.stringify((request as StoreRequest).operation)}`);
  }
}

function* keyLines(ids: Iterable<KeyId>): Generator<string> {
  for (const id of ids) yield keyLine(id);
}

function noSuchKey(store: string, id: KeyId): MusterError {
  return new MusterError('MUSTER_STORE_NO_SUCH_KEY', `store ${store} has no key ${JSON.stringify(toJson(keyOf(id)))}`);
}
