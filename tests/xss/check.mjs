// The checks of tests/xss/run. Arguments: DRIVER OWN_FOLDER SHARED_FOLDER
// [--all] [--mutant] (our own inputs alone). Prints what fails, then one line a bar.
import {existsSync} from 'node:fs';
import {join} from 'node:path';

import {ownCorpus, readLines, sharedCorpus} from './corpus.mjs';
import {render} from './driver.mjs';
import {judge, structure} from './judge.mjs';

const FORMATS = ['html', 'markdown', 'plain'];
const SAMPLE = 7;       // without --all every seventh shared input
const SHOWN = 8;        // failures printed a check
const [driver, ownFolder, sharedFolder] = process.argv.slice(2);
const all = process.argv.includes('--all');
const quiet = process.argv.includes('--mutant');
let short = 0;

function bar(name, value, limit, ok) {
  if (!ok) short++;
  console.log(`bar ${name} ${value} ${limit} ${ok ? 'ok' : 'short'}`);
}

function show(what, failures) {
  if (quiet) return;
  for (const failure of failures.slice(0, SHOWN)) console.log(`${what}: ${failure}`);
  if (failures.length > SHOWN) console.log(`${what}: and ${failures.length - SHOWN} more`);
}

// Footnote anchors are made, never typed: sanitising the output as HTML takes
// exactly them away.
function withoutAnchors(html) {
  return html.replace(/ id="c1-[a-z0-9-]*fn[a-z0-9-]*"/g, '').replace(/<a href="#c1-[a-z0-9-]*fn[a-z0-9-]*">/g, '<a>');
}

function checkOutputs(rows) {
  const jobs = rows.flatMap((row) => FORMATS.map((format) => ({id: row.id, input: row.input, format, policy: 'default'})));
  const outputs = render(driver, jobs);
  const unverified = [];
  const judged = [];
  let empty = 0;
  outputs.forEach((output, i) => {
    const name = `${jobs[i].id} as ${jobs[i].format}`;
    if (!output.verified) unverified.push(`${name}: ${JSON.stringify(jobs[i].input).slice(0, 300)}`);
    if (output.html === '') empty++;
    const problem = judge(output.html, jobs[i].format);
    if (problem) judged.push(`${name}: ${problem.slice(0, 300)}\n    output ${output.html.slice(0, 300)}`);
  });
  const again = render(driver, outputs.map((output) => ({input: output.html, format: 'html', policy: 'again'})));
  const unstable = [];
  again.forEach((output, i) => {
    if (output.html !== withoutAnchors(outputs[i].html))
      unstable.push(`${jobs[i].id} as ${jobs[i].format}:\n    first ${outputs[i].html.slice(0, 300)}\n    again ${output.html.slice(0, 300)}`);
  });
  show('verifier', unverified);
  show('parse5', judged);
  show('again', unstable);
  console.log(`${outputs.length} outputs of ${rows.length} inputs in ${FORMATS.length} formats, ${empty} of them empty`);
  bar('xss_unverified', unverified.length, 0, unverified.length === 0);
  bar('xss_parse5', judged.length, 0, judged.length === 0);
  bar('xss_sanitised_again', unstable.length, 0, unstable.length === 0);
}

// Whether an href is kept is the verdict of a WHATWG parser over the decoded
// attribute.
function checkUrls(rows) {
  const urls = rows.filter((row) => 'expect_href_kept_http_https_mailto_only' in row);
  if (urls.length === 0) return;
  const outputs = render(driver, urls.map((row) => ({input: row.input, format: 'html', policy: 'oracle'})));
  const loose = [];
  const lost = [];
  outputs.forEach((output, i) => {
    const kept = output.html.includes('href=');
    const expected = urls[i].expect_href_kept_http_https_mailto_only;
    const line = `${urls[i].id} ${urls[i].class} ${JSON.stringify(urls[i].decoded_href)} -> ${output.html}`;
    if (kept && !expected) loose.push(line);
    if (!kept && expected) lost.push(line);
  });
  show('kept against the verdict', loose);
  show('dropped against the verdict', lost);
  bar('xss_urls_kept_against_verdict', loose.length, 0, loose.length === 0);
  console.log(`${lost.length} of ${urls.length} URLs dropped that a browser would follow (userinfo, hidden characters)`);
}

function causeOf(input) {
  if (/<\s*(svg|math)/i.test(input)) return 'foreign content';
  if (/<\s*(table|tr|td|th|tbody|thead|caption|col)/i.test(input)) return 'table parts outside a table';
  if (/<\s*(select|option|optgroup|textarea|button|form|input)/i.test(input)) return 'form elements';
  if (/<\s*(iframe|noscript|noembed|noframes|xmp|plaintext|title|template|script|style)/i.test(input)) return 'raw text';
  if (/<\s*(li|dd|dt)/i.test(input)) return 'items outside a list';
  return 'misnested formatting and the rest';
}

function checkOracle(rows, folder) {
  const file = join(folder, 'oracle_whitelist.jsonl');
  if (!existsSync(file)) return;
  const oracle = new Map(readLines(file).map((row) => [row.id, row]));
  const known = rows.filter((row) => oracle.has(row.id));
  const outputs = render(driver, known.map((row) => ({input: row.input, format: 'html', policy: 'oracle'})));
  const causes = new Map();
  const differing = [];
  outputs.forEach((output, i) => {
    const ours = structure(output.html);
    const theirs = oracle.get(known[i].id);
    if ([theirs.dompurify, theirs.sanitize_html].some((html) => html !== undefined && structure(html) === ours)) return;
    const cause = causeOf(known[i].input);
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
    differing.push(`${known[i].id} (${cause}): ${JSON.stringify(known[i].input).slice(0, 200)}\n    ours     ${output.html.slice(0, 200)}` +
        `\n    purify   ${theirs.dompurify?.slice(0, 200)}\n    sanitize ${theirs.sanitize_html?.slice(0, 200)}`);
  });
  if (process.env.XSS_SHOW_ALL) differing.forEach((line) => console.log(line));
  else show('oracle', differing);
  for (const [cause, count] of [...causes].sort((a, b) => b[1] - a[1])) console.log(`  ${count} differ: ${cause}`);
  const share = 100 * (known.length - differing.length) / known.length;
  bar('xss_oracle_percent', share.toFixed(2), 97, share >= 97);
}

const own = ownCorpus(ownFolder);
const shared = quiet ? [] : sharedCorpus(sharedFolder);
if (shared === null) console.log('left out: ../shared/data/xss is absent, only our own inputs were tried');
checkOutputs([...own, ...(shared ?? []).filter((row, i) => all || i % SAMPLE === 0)]);
if (!quiet && shared !== null) {
  checkUrls(shared);
  checkOracle(shared, sharedFolder);
}
process.exit(short === 0 ? 0 : 1);
