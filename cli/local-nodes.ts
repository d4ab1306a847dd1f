/**
 * Local nodes: which nodes of a layout belong on this machine.
 */
import type { NetworkInterfaceInfo } from 'node:os';
import { canonicalAddress, isLinkLocal, isUnspecified } from '../layout/address.js';
import type { Layout, Node } from '../layout/types.js';

/** As `os.networkInterfaces()` gives them. */
export type Interfaces = NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address'>[]>;

/** Names of the nodes that a supervisor on a machine with these interfaces runs. Control nodes are for people. */
export function localNodes(layout: Layout, interfaces: Interfaces): string[] {
  return Object.entries(layout)
    .filter(([, node]) => node.nodeType !== 'control' && isLocal(node, interfaces))
    .map(([name]) => name);
}

/** Names of the nodes that belong on the machine with this address, whatever this machine's addresses are. */
export function nodesOf(layout: Layout, host: string): string[] {
  const wanted = canonicalAddress(host);
  return Object.entries(layout)
    .filter(([, { nodeType, ip, listenAddress }]) => {
      return nodeType !== 'control' && [ip, listenAddress].some((own) => own && canonicalAddress(own) === wanted);
    })
    .map(([name]) => name);
}

/** The addresses of a machine, as people read them. */
export function addressesOf(interfaces: Interfaces): string[] {
  return [...new Set(Object.values(interfaces).flatMap((list = []) => list.map(({ address }) => address)))];
}

function isLocal({ ip, zoneId, listenAddress }: Node, interfaces: Interfaces): boolean {
  const owns = (address: string) => ownsAddress(address, zoneId, interfaces);
  // Behind an address translation, only the address that is bound is one of this machine.
  return owns(ip) || (listenAddress !== undefined && !isUnspecified(listenAddress) && owns(listenAddress));
}

function ownsAddress(address: string, zoneId: string | undefined, interfaces: Interfaces): boolean {
  const wanted = canonicalAddress(address);
  if (isUnspecified(wanted) || wanted === '::1' || wanted.startsWith('127.')) return true;
  return Object.entries(interfaces).some(
    ([name, list = []]) =>
      (!isLinkLocal(wanted) || zoneId === undefined || zoneId === name) &&
      list.some((own) => canonicalAddress(own.address) === wanted),
  );
}
