import base from './ava.config.js';

export default { ...base, files: ['spec/**/*.long.ts'], timeout: '20m', concurrency: 2 };
