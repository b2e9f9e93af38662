// Calls the built renderer over JSON lines.
import {spawnSync} from 'node:child_process';

const CHUNK = 4000;

// rows: {input, format, policy}. Returns what render_lines prints for each.
export function render(driver, rows) {
  const out = [];
  for (let at = 0; at < rows.length; at += CHUNK) {
    const chunk = rows.slice(at, at + CHUNK);
    const input = chunk.map((row) => JSON.stringify(row)).join('\n') + '\n';
    const run = spawnSync(driver, [], {input, maxBuffer: 1 << 30, encoding: 'utf8'});
    const lines = run.stdout.split('\n').filter((line) => line !== '');
    if (run.status !== 0 || lines.length !== chunk.length) {
      const row = chunk[Math.min(lines.length, chunk.length - 1)];
      throw new Error(`the renderer ended with ${run.status ?? run.signal} at ${JSON.stringify(row)}\n${run.stderr}`);
    }
    for (const line of lines) out.push(JSON.parse(line));
  }
  return out;
}
