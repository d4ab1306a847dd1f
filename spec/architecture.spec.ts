import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import test from 'ava';

const root = process.cwd();
const rooms = [
  'actors',
  'machines',
  'transport',
  'stores',
  'layout',
  'logs',
  'trace',
  'keys',
  'cli',
  'inspector',
  'testing',
  'build',
];

/** What each room may import from, besides itself, the words of the project (errors, runtime) and packages. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  layout: ['trace/record.js'],
  logs: ['layout'],
  machines: [],
  trace: [],
  transport: [],
  stores: ['layout', 'transport/codec.js'],
  keys: ['layout', 'transport'],
  actors: ['machines', 'transport', 'stores', 'logs', 'trace', 'keys', 'layout'],
  inspector: ['machines', 'trace'],
  build: ['inspector', 'machines'],
  cli: ['actors', 'machines', 'transport', 'stores', 'logs', 'trace', 'keys', 'layout'],
  testing: ['actors', 'machines', 'transport', 'stores', 'logs', 'trace', 'keys', 'layout'],
};

/** Packages that only one room, or one part of it, may know. */
const owners: Readonly<Record<string, RegExp>> = {
  zeromq: /^transport\/zeromq\//,
  lmdb: /^stores\//,
  tslog: /^logs\/diagnostics\.ts$/,
  commander: /^cli\//,
  'prom-client': /^actors\/metrics\/registry\.ts$/,
  '@opentelemetry': /^actors\/trace-context\.ts$/,
  zod: /^layout\//,
  jiti: /^layout\/import-module\.ts$/,
  xstate: /^(machines|actors|cli)\//,
  preact: /^inspector\/page\//,
  uplot: /^inspector\/page\//,
  elkjs: /^inspector\/charts\//,
  vite: /^build\/page\.ts$/,
  rolldown: /^build\/bundle\.ts$/,
};

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

async function sources(): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const room of rooms) {
    const entries = await readdir(join(root, room), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      files.push({ path: relative(root, file), text: await readFile(file, 'utf8') });
    }
  }
  return files;
}

function importsOf({ text }: SourceFile): string[] {
  return [...text.matchAll(/(?:^|\n)(?:import|export)\s[^;]*?from '([^']+)'|import\('([^']+)'\)/g)].map(
    ([, declared, dynamic]) => declared ?? dynamic ?? '',
  );
}

test('imports point one way', async (t) => {
  const files = await sources();
  t.true(files.length > 30);
  for (const file of files) {
    const room = file.path.split('/')[0] as string;
    for (const specifier of importsOf(file).filter((from) => from.startsWith('.'))) {
      const target = normalize(join(dirname(file.path), specifier));
      const targetRoom = target.includes('/') ? (target.split('/')[0] as string) : '';
      const fine =
        targetRoom === '' || targetRoom === room || allowed[room]?.some((to) => to === targetRoom || to === target);
      t.truthy(fine, `${file.path} imports ${target}`);
    }
  }
});

test('each native or large dependency is known to one place', async (t) => {
  for (const file of await sources()) {
    for (const specifier of importsOf(file)) {
      const name = specifier.split('/')[0] as string;
      const owner = owners[name];
      if (owner !== undefined) t.regex(file.path, owner, `${file.path} imports ${specifier}`);
    }
  }
});

test('time and chance come in from outside', async (t) => {
  const taken =
    /Date\.now|new Date\(\)|Math\.random|performance\.now|hrtime|randomUUID|crypto'|(?<![.\w])set(?:Timeout|Interval|Immediate)\(/;
  for (const { path, text } of await sources()) {
    if (!/^(actors|machines|transport|stores|logs|trace|layout)\//.test(path)) continue;
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    const line = code.split('\n').find((line) => taken.test(line) && !line.includes('runtime.'));
    t.is(line, undefined, path);
  }
});
