/**
 * Families: everything that a node measures of itself.
 */

import { lossReasons } from '../../transport/frames/frames.js';
import { connectionRefusals } from '../../transport/transport.js';
import { refusalKinds } from '../admission.js';
import type { PeerCounters } from '../peer-info.js';
import type { Peering } from '../peering.js';
import type { TopicClass } from '../traffic.js';
import { type Family, type Measured, oneOf, only, type Sample } from './family.js';
import { handlerFamilies } from './handler-families.js';
import { logFamilies } from './log-families.js';
import { storeFamilies } from './store-families.js';

const nodeStates = ['starting', 'connecting', 'ready', 'degraded', 'leaving'];
const peerStates = ['connecting', 'hello', 'up', 'unresponsive', 'down'] as const;

/** `buffer full` → `buffer_full` */
const labelOf = (words: string) => words.replaceAll(' ', '_');

const nodeFamilies: readonly Family[] = [
  {
    name: 'muster_node_info',
    help: 'Always 1: who this node is',
    type: 'gauge',
    labels: ['cluster', 'node_type', 'id'],
    read: ({ core }) => [
      { labels: { cluster: core.options.clusterName, node_type: core.nodeType, id: core.id }, value: 1 },
    ],
  },
  {
    name: 'muster_node_state',
    help: '1 for the state in which this node is, 0 for the others',
    type: 'gauge',
    labels: ['state'],
    read: ({ membership }) => oneOf(nodeStates, membership.state),
  },
  {
    name: 'muster_hellos_refused_total',
    help: 'Hellos that this node has refused, by reason',
    type: 'counter',
    labels: ['reason'],
    read: ({ core }) =>
      refusalKinds.map((kind) => ({ labels: { reason: labelOf(kind) }, value: core.counters.refusedHellos[kind] })),
  },
  {
    name: 'muster_connections_refused_total',
    help: 'Encrypted connections that this node has refused: for their key, the rate or the number of those from their address',
    type: 'counter',
    labels: ['reason'],
    read: ({ core }) =>
      connectionRefusals.map((kind) => ({
        labels: { reason: labelOf(kind) },
        value: core.counters.refusedConnections[kind],
      })),
  },
  {
    name: 'muster_subscriptions_refused_total',
    help: 'Subscriptions of connected peers beyond what this node takes; each ended a link',
    type: 'counter',
    labels: [],
    read: ({ core }) => only(core.counters.refusedSubscriptions),
  },
  {
    name: 'muster_frames_foreign_total',
    help: 'Frames dropped since somebody else sent them than the peer whose link it is',
    type: 'counter',
    labels: [],
    read: ({ core }) => only(core.counters.foreignFrames),
  },
  {
    name: 'muster_port_garbage_total',
    help: 'Connections to the port of this node without a handshake, and messages on it that are no frames of a link',
    type: 'counter',
    labels: [],
    read: ({ core }) => only(core.counters.garbage),
  },
  {
    name: 'muster_protocol_violations_total',
    help: 'Frames that broke the protocol and ended a link',
    type: 'counter',
    labels: [],
    read: ({ core }) => only(core.counters.violations),
  },
  {
    name: 'muster_events_unroutable_total',
    help: 'Events published to the topic of a node that shares no peering with this one',
    type: 'counter',
    labels: [],
    read: ({ core }) => only(core.counters.unroutable),
  },
  {
    name: 'muster_events_forged_total',
    help: 'Events of peers dropped since their name is reserved for this node',
    type: 'counter',
    labels: [],
    read: ({ core }) => only(core.counters.forged),
  },
  {
    name: 'muster_control_refused_total',
    help: 'Control requests of nodes that are no control nodes',
    type: 'counter',
    labels: [],
    read: ({ core }) => only(core.counters.refusedControl),
  },
];

const peerFamilies: readonly Family[] = [
  {
    name: 'muster_peerings',
    help: 'Peerings of this node, by state',
    type: 'gauge',
    labels: ['state'],
    read: ({ peerings }) => {
      const states = [...peerings].map(({ state }) => state);
      return peerStates.map((state) => ({
        labels: { state },
        value: states.filter((present) => present === state).length,
      }));
    },
  },
  ofPeers('muster_peer_up', 'gauge', 'Whether the peer is connected', ({ isUp }) => (isUp ? 1 : 0)),
  ofPeers('muster_peer_reconnects_total', 'counter', 'How often the peer came up again', ({ info }) =>
    Math.max(0, info.counters.connections - 1),
  ),
  counting('muster_peer_events_sent_total', 'Events that were numbered for the peer', 'eventsOut'),
  counting(
    'muster_peer_events_received_total',
    'Events that came from the peer, or that it said were lost',
    'eventsIn',
  ),
  counting('muster_peer_frames_sent_total', 'Frames sent to the peer', 'framesOut'),
  counting('muster_peer_frames_received_total', 'Frames that came from the peer', 'framesIn'),
  counting('muster_peer_sent_bytes_total', 'Bytes of frames sent to the peer, ZeroMQ and TCP not counted', 'bytesOut'),
  counting('muster_peer_received_bytes_total', 'Bytes of frames that came from the peer', 'bytesIn'),
  ofPeers(
    'muster_peer_unacknowledged_events',
    'gauge',
    'Events kept for the peer until it acknowledges them',
    ({ session }) => session.unacknowledged,
  ),
  ofPeers(
    'muster_peer_buffered_bytes',
    'gauge',
    'Bytes of events kept for the peer until it acknowledges them',
    ({ session }) => session.channel?.outbox.bytes ?? 0,
  ),
  ofPeers(
    'muster_peer_queued_bytes',
    'gauge',
    'Bytes of events that were not sent yet since the peer gave no credit or is away',
    ({ session }) => session.channel?.outbox.backlog ?? 0,
  ),
  ofPeers(
    'muster_peer_buffer_fill_ratio',
    'gauge',
    'How full the buffer for the peer is, from 0 to 1 by maxBufferedEvents or maxBufferedBytes, whichever is nearer',
    ({ session }) => session.channel?.outbox.fill() ?? 0,
  ),
  {
    name: 'muster_events_lost_total',
    help: 'Events between this node and the peer that will never arrive, in either direction, by reason',
    type: 'counter',
    labels: ['peer', 'reason'],
    read: ({ peerings }) =>
      [...peerings].flatMap(({ name, session }) =>
        lossReasons.map((reason) => ({
          labels: { peer: name, reason: labelOf(reason) },
          value: session.lost[reason] ?? 0,
        })),
      ),
  },
  {
    name: 'muster_peer_round_trip_seconds',
    help: 'From a ping to its answer; pings go out while nothing else does, at most once a second',
    type: 'histogram',
    labels: ['peer'],
    read: ({ peerings }) =>
      [...peerings].map(({ name, roundTrips }) => ({ labels: { peer: name }, value: roundTrips.times })),
  },
  {
    name: 'muster_peer_acknowledgement_delay_seconds',
    help: 'From an event leaving for the peer to its acknowledgement, of one event at a time',
    type: 'histogram',
    labels: ['peer'],
    read: ({ peerings }) =>
      [...peerings].map(({ name, session }) => ({ labels: { peer: name }, value: session.acknowledgementDelays })),
  },
];

const topicFamilies: readonly Family[] = [
  ofTopics(
    'muster_topic_events_sent_total',
    'Events handed to peers, each counted once for every peer',
    'router',
    'events',
  ),
  ofTopics('muster_topic_sent_bytes_total', 'Bytes of the events handed to peers, encoded', 'router', 'bytes'),
  ofTopics('muster_topic_events_received_total', 'Events that came from peers', 'received', 'events'),
  ofTopics(
    'muster_topic_received_bytes_total',
    'Bytes of the events that came from peers, encoded',
    'received',
    'bytes',
  ),
];

export const families: readonly Family[] = [
  ...nodeFamilies,
  ...peerFamilies,
  ...topicFamilies,
  ...handlerFamilies,
  ...storeFamilies,
  ...logFamilies,
];

function ofPeers(name: string, type: 'counter' | 'gauge', help: string, value: (peering: Peering) => number): Family {
  return {
    name,
    help,
    type,
    labels: ['peer'],
    read: ({ peerings }) => [...peerings].map((peering) => ({ labels: { peer: peering.name }, value: value(peering) })),
  };
}

function counting(name: string, help: string, counter: Exclude<keyof PeerCounters, 'lost'>): Family {
  return ofPeers(name, 'counter', help, ({ info }) => info.counters[counter]);
}

function ofTopics(name: string, help: string, direction: 'router' | 'received', counter: 'events' | 'bytes'): Family {
  const read = (node: Measured): Sample[] => {
    const { classes } = direction === 'router' ? node.router.traffic : node.delivery.received;
    return classes.map((own: TopicClass) => ({ labels: { topic: own.topic }, value: own[counter] }));
  };
  return { name, help, type: 'counter', labels: ['topic'], read };
}
