#!/usr/bin/env node
/**
 * The `muster` command.
 */
import { run } from './program.js';

const exitCode = await run(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;
