// The inputs: those of ../shared/data/xss where that folder is there, and a
// small set of our own everywhere.
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';

const MAX_BYTES = 64 * 1024;

export function readLines(file) {
  return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
}

function inputOf(row) {
  if (typeof row.input === 'string') return row.input;
  if (typeof row.input_b64 === 'string') return Buffer.from(row.input_b64, 'base64').toString('utf8');
  if (row.gen) return row.gen.prefix + row.gen.unit.repeat(repeats(row.gen)) + row.gen.suffix;
  return null;
}

// A recipe's count, down to what the service lets in.
function repeats(gen) {
  return Math.min(gen.count, Math.floor(MAX_BYTES / Math.max(1, Buffer.byteLength(gen.unit))));
}

// Lone surrogates cannot be sent as UTF-8; the service refuses them before.
function wellFormed(text) {
  return text.toWellFormed ? text.toWellFormed() : Buffer.from(text, 'utf8').toString('utf8');
}

export function ownCorpus(folder) {
  return readLines(join(folder, 'own.jsonl'));
}

export function sharedCorpus(folder) {
  if (!existsSync(folder)) return null;
  const rows = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.jsonl') || name.startsWith('oracle')) continue;
    for (const row of readLines(join(folder, name))) {
      const input = inputOf(row);
      if (input !== null) rows.push({...row, input: wellFormed(input)});
    }
  }
  return rows;
}
