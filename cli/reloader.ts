/**
 * Reloader: reads the layout of a supervisor again, and has the supervisor go on in it. A bad one changes nothing.
 */
import { MusterError } from '../errors.js';
import { type LoadedLayout, loadLayout } from '../layout/load-layout.js';
import type { ControlAnswer, ControlRequest } from './messages.js';
import type { Supervisor } from './supervisor.js';

type ReloadRequest = Extract<ControlRequest, { type: 'reload' }>;

export class Reloader {
  readonly #supervisor: Supervisor;
  /** Which of the nodes of a layout are to run here. Throws if it cannot be started. */
  readonly #namesOf: (loaded: LoadedLayout) => string[];
  #loaded: LoadedLayout;
  #isBusy = false;

  constructor(supervisor: Supervisor, loaded: LoadedLayout, namesOf: (loaded: LoadedLayout) => string[]) {
    this.#supervisor = supervisor;
    this.#loaded = loaded;
    this.#namesOf = namesOf;
  }

  /** The file that the present layout comes from. */
  get file(): string | undefined {
    return this.#loaded.file;
  }

  /**
   * One at a time.
   * @throws {@link MusterError} what is wrong with the layout, as `muster up` would say.
   */
  async reload(request: ReloadRequest, answer: (answer: ControlAnswer) => void): Promise<void> {
    if (this.#isBusy) throw new Error('another layout is being taken: try again once that is done');
    this.#isBusy = true;
    try {
      await this.#reload(request, answer);
    } finally {
      this.#isBusy = false;
    }
  }

  async #reload({ layout: source = this.file, dryRun }: ReloadRequest, answer: (answer: ControlAnswer) => void) {
    const loaded = await loadLayout(source, process.env, process.cwd(), true);
    const names = this.#namesOf(loaded);
    if (loaded.managerIsLogger !== this.#loaded.managerIsLogger) {
      const advice = 'all nodes have to be restarted for that, with "muster stop" and "muster up"';
      throw new MusterError(
        'MUSTER_LAYOUT_INVALID',
        `${loaded.file}: Cluster::manager_is_logger has changed: ${advice}`,
      );
    }
    const plan = await this.#supervisor.planReload(loaded.layout, names);
    answer({ type: 'reloading', warnings: loaded.warnings, ...plan });
    if (dryRun) return;
    const reloading = this.#supervisor.reload(loaded.layout, names, plan);
    this.#loaded = loaded;
    answer({ type: 'reloaded', ...(await reloading) });
  }
}
