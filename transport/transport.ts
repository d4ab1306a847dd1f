/**
 * Transport: how frames travel between two nodes.
 * It speaks of addresses, links and bytes, and knows no cluster. A link is one bidirectional connection and is never
 * reconnected: whoever wants another one opens it. Callbacks run on the event loop, never inside a call of these methods.
 */

export interface Address {
  /** IPv4 or IPv6, without brackets. */
  readonly ip: string;
  /** 1–65535; 0 only to listen on a port that the system chooses. */
  readonly port: number;
  /** Zone of a link-local IPv6 address, such as `eth0`. */
  readonly zoneId?: string;
}

/** What the owner of a link is told. Nothing is called after `Link.close()`. */
export interface LinkHandlers {
  /**
   * A frame has come, whole and in order, headroom included: what the other side wrote begins at
   * {@link Transport.headroom}. Its memory stays valid, and is never changed: views of it may be kept.
   */
  frame(frame: Uint8Array): void;
  /** Something suggests that the other side is gone; a peer can forge this, so probe before you believe it. */
  hint(reason: string): void;
  /** The link is gone for certain: its connection, which the initiator owns, or the right to it. Nothing follows. */
  lost(reason: string): void;
}

export interface Link {
  /** 32 hexadecimal digits, fresh for each link, the same at both ends. */
  readonly id: string;
  /** Name of the node at the other end, if the transport has made sure of it. */
  readonly peer?: string;
  /**
   * Hands over a frame whose first {@link Transport.headroom} bytes are free for the transport to fill in. Never waits.
   * The buffer belongs to the transport from now on and may not be changed, until the other side has proved to have the
   * frame. After `close()`, does nothing.
   * @throws `RangeError` for a frame shorter than the headroom or longer than {@link Transport.maxFrameSize}.
   */
  send(frame: Uint8Array): void;
  /** Ends the link at this side; what was sent before is still flushed for up to a second. Safe to call twice. */
  close(): void;
}

export interface ConnectHandlers extends LinkHandlers {
  /** The connection stands; frames may be sent (also before: they wait). Called at most once, before anything else but `lost`. */
  open(): void;
}

/** Why a connection is refused: whose key it is nobody knows; its address makes too many in a second; or has too many. */
export const connectionRefusals = ['unknown key', 'too often', 'too many'] as const;
export type ConnectionRefusal = (typeof connectionRefusals)[number];

/** What was refused: a connection, the proof of a key, a link of one who begins too many, a frame on somebody else's link. */
export type Refused = ConnectionRefusal | 'proof' | 'excess' | 'frame';

export interface ListenHandlers {
  /**
   * The first frame on a link that is new here. The returned handlers get every further frame of it;
   * `undefined` refuses the link: it is forgotten, and later frames of it are ignored. Frames may be sent on it here.
   */
  link(link: Link, firstFrame: Uint8Array): LinkHandlers | undefined;
  /** Something that came to the port was no frame of a link: in words, with the number of times since the last report. Rate-limited. */
  garbage(reason: string, count: number): void;
  /**
   * Somebody was refused, in words, by a transport that wants keys. Each of them is told, however many come.
   */
  refused?(what: Refused, reason: string): void;
}

export interface Listener {
  /** Where it listens, with the port that the system chose if 0 was asked for. */
  readonly address: Address;
  /** Closes all its links and frees the port. Safe to call twice. */
  close(): Promise<void>;
}

export interface Transport {
  /** Bytes at the start of each frame that the transport fills in. */
  readonly headroom: number;
  /** Bytes a frame may have at most, headroom included. */
  readonly maxFrameSize: number;
  /** @throws {@link MusterError} `MUSTER_PORT_TAKEN` (naming the port) or `MUSTER_LISTEN_FAILED`. */
  listen(address: Address, handlers: ListenHandlers): Promise<Listener>;
  /**
   * Opens a link. Never throws: what goes wrong arrives as `lost`.
   * @param peer - Name of the node that is meant; a transport with keys makes sure that it is that one.
   */
  connect(address: Address, handlers: ConnectHandlers, peer?: string): Link;
  /** Resolves once all frames that had arrived by now have been given to their handlers. */
  settled(): Promise<void>;
  /** Closes all links and listeners and waits, up to a second, until what was sent is flushed. */
  close(): Promise<void>;
}
