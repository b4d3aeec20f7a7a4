// What the kernel knows of a process: its processor time and its memory, read from /proc.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** Processor time of the processes and of their children that have ended, user and system together, in microseconds. */
export function cpuMicroseconds(pids) {
  const ticks = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in brackets and may contain anything; the figures follow the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  });
  return (ticks.reduce((sum, one) => sum + one, 0) * 1_000_000) / ticksPerSecond;
}

/** Memory of a process in mebibytes: what it holds now and the most it ever held. */
export function memoryMebibytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))[1]);
  return { resident: round(kibibytes('VmRSS') / 1024), peak: round(kibibytes('VmHWM') / 1024) };
}

/** A process and all that it started. */
export function family(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(family)];
}

/** Installs the Debian packages that a measurement needs, or ends with the words of the script that could not. */
export function needDebianPackages(...packages) {
  const script = new URL('../../scripts/need-debian-packages', import.meta.url).pathname;
  if (spawnSync(script, packages, { stdio: 'inherit' }).status !== 0) process.exit(1);
}

export const round = (number, digits = 1) => Number(number.toFixed(digits));

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
