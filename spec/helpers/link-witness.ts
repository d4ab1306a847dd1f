/**
 * Link witness: handlers that remember what they were told, and let a test wait until they were told something.
 */
import type {
  Address,
  ConnectHandlers,
  Link,
  Listener,
  ListenHandlers,
  Refused,
  Transport,
} from '../../transport/transport.js';

/** Something that changes, and can be waited for. */
class Watched {
  readonly #waiting = new Set<{ readonly isThere: () => boolean; readonly resolve: () => void }>();

  /** Resolves once `isThere`, which is looked at after each change. */
  until(isThere: () => boolean): Promise<void> {
    if (isThere()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ isThere, resolve }));
  }

  protected changed(): void {
    for (const waiting of this.#waiting) {
      if (!waiting.isThere()) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}

/** One end of a link. */
export class Witness extends Watched implements ConnectHandlers {
  readonly frames: Uint8Array[] = [];
  readonly hints: string[] = [];
  readonly losses: string[] = [];
  opened = 0;
  /** Names of the handlers, in the order in which they were called. */
  readonly calls: string[] = [];
  /** What is to be done at each frame. */
  react: (frame: Uint8Array) => void = () => undefined;

  open(): void {
    this.opened++;
    this.#called('open');
  }

  frame(frame: Uint8Array): void {
    this.frames.push(frame);
    this.react(frame);
    this.#called('frame');
  }

  hint(reason: string): void {
    this.hints.push(reason);
    this.#called('hint');
  }

  lost(reason: string): void {
    this.losses.push(reason);
    this.#called('lost');
  }

  /** @throws `Error` if the link is lost before so many frames have come. */
  async received(count: number): Promise<void> {
    await this.#unlessLost(() => this.frames.length >= count);
  }

  /** @throws `Error` if the link is lost before it opens. */
  async openedWell(): Promise<void> {
    await this.#unlessLost(() => this.opened > 0);
  }

  async #unlessLost(isThere: () => boolean): Promise<void> {
    await this.until(() => isThere() || this.losses.length > 0);
    if (!isThere()) throw new Error(`a link is lost: ${this.losses}`);
  }

  #called(handler: string): void {
    this.calls.push(handler);
    this.changed();
  }
}

export interface Guest {
  readonly link: Link;
  /** Gets all frames of the link, the first included. */
  readonly witness: Witness;
}

/** A listener's handlers, which take every link unless told otherwise. */
export class Host extends Watched implements ListenHandlers {
  readonly guests: Guest[] = [];
  /** What was refused, and why. */
  readonly refusals: string[] = [];
  readonly garbageReports: { readonly reason: string; readonly count: number }[] = [];
  /** Called with each new link; `false` refuses it. */
  admit: (link: Link, firstFrame: Uint8Array) => boolean = () => true;

  link(link: Link, firstFrame: Uint8Array): Witness | undefined {
    const witness = new Witness();
    witness.frames.push(firstFrame);
    this.guests.push({ link, witness });
    const isAdmitted = this.admit(link, firstFrame);
    this.changed();
    return isAdmitted ? witness : undefined;
  }

  refused(what: Refused, reason: string): void {
    this.refusals.push(`${what}: ${reason}`);
    this.changed();
  }

  garbage(reason: string, count: number): void {
    this.garbageReports.push({ reason, count });
    this.changed();
  }

  /** How often anything was reported whose reason has `words` in it. */
  garbageCount(words = ''): number {
    return this.garbageReports
      .filter(({ reason }) => reason.includes(words))
      .reduce((sum, { count }) => sum + count, 0);
  }

  /** The link's other end, once its first frame has come. */
  async guest(link: Pick<Link, 'id'>): Promise<Guest> {
    let guest: Guest | undefined;
    await this.until(() => {
      guest = this.guests.find((candidate) => candidate.link.id === link.id);
      return guest !== undefined;
    });
    return guest as Guest;
  }
}

/** Two ends of a link between two transports. */
export interface Connection {
  readonly listener: Listener;
  readonly host: Host;
  /** The initiator's end; it has sent one frame, `hello`. */
  readonly link: Link;
  readonly witness: Witness;
  /** The acceptor's end. */
  readonly guest: Guest;
}

/** Listens with one transport, connects with the other, says hello. */
export async function connected(acceptor: Transport, initiator: Transport, at: Address): Promise<Connection> {
  const host = new Host();
  const listener = await acceptor.listen(at, host);
  return { listener, host, ...(await dialled(initiator, listener, host)) };
}

/** One more link to a listener. */
export async function dialled(initiator: Transport, listener: Listener, host: Host) {
  const witness = new Witness();
  const link = initiator.connect(listener.address, witness);
  link.send(frameOf(initiator, 'hello'));
  const [guest] = await Promise.all([host.guest(link), witness.openedWell()]);
  return { link, witness, guest };
}

export function frameOf({ headroom }: Transport, payload: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(payload);
  const frame = Buffer.allocUnsafeSlow(headroom + bytes.length);
  frame.set(bytes, headroom);
  return frame;
}

export function payloadOf({ headroom }: Transport, frame: Uint8Array): Buffer {
  return Buffer.from(frame.buffer, frame.byteOffset + headroom, frame.length - headroom);
}

export function textsOf(transport: Transport, frames: readonly Uint8Array[]): string[] {
  return frames.map((frame) => payloadOf(transport, frame).toString());
}
