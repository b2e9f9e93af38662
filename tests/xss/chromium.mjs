// The outputs in a browser: a page of them is opened by headless Chromium with
// scripts switched on and its requests watched by a server of ours. Any script
// that runs, and any request but the page's own, is a failure.
// Arguments: DRIVER OWN_FOLDER SHARED_FOLDER [--all]
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {ownCorpus, sharedCorpus} from './corpus.mjs';
import {render} from './driver.mjs';

const FORMATS = ['html', 'markdown', 'plain'];
const SAMPLE = 23;
const PER_PAGE = 400;
const DEADLINE_MS = 60000;
const [driver, ownFolder, sharedFolder] = process.argv.slice(2);
const all = process.argv.includes('--all');

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
if (!browser) {
  console.log('left out: Chromium is not installed (apt-get install chromium)');
  process.exit(0);
}

const rows = [...ownCorpus(ownFolder), ...(sharedCorpus(sharedFolder) ?? []).filter((row, i) => all || i % SAMPLE === 0)];
const jobs = rows.flatMap((row) => FORMATS.map((format) => ({input: row.input, format, policy: 'default'})));
const outputs = render(driver, jobs).map((output) => output.html).filter((html) => html !== '');
const pages = [];
for (let at = 0; at < outputs.length; at += PER_PAGE) pages.push(outputs.slice(at, at + PER_PAGE));

// Dialogs, storage and errors are how payloads announce themselves; the page's
// own last script tells what was called and what the comments became.
const PROLOGUE = `<!doctype html><meta charset=utf-8><body><script>
window.ran = [];
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open', 'eval', 'fetch'])
  window[name] = (...a) => { window.ran.push(name + ' ' + a.join()); };
window.onerror = (message) => { window.ran.push('error ' + message); };
</script>`;
const EPILOGUE = `<script>
for (const element of document.querySelectorAll('.comment *'))
  for (const type of ['click', 'mouseover', 'focus', 'error', 'load', 'toggle'])
    element.dispatchEvent(new Event(type, {bubbles: false, cancelable: true}));
const inside = document.querySelectorAll('.comment script, .comment style, .comment iframe, .comment img, .comment svg').length;
setTimeout(() => {
  const request = new XMLHttpRequest();
  request.open('POST', '/report');
  request.send(JSON.stringify({ran: window.ran, inside,
    comments: document.querySelectorAll('body > .comment').length}));
}, 100);
</script>`;

// The browser's own errands (updates, sign-in), which also happen on an empty
// page, are not the comments'.
const BROWSERS_OWN = /(^|\.)(google\.com|googleapis\.com|gvt1\.com|gstatic\.com)(:\d+)?$/;
const strangers = [];
const reports = new Map();
let current = 0;
const waiting = [];

function noteStranger(method, host, path) {
  if (!BROWSERS_OWN.test(host)) strangers.push(`${method} ${host}${path}`);
}

// Also the browser's proxy: every request it makes arrives here.
const server = createServer((request, response) => {
  const url = new URL(request.url, `http://127.0.0.1:${port}`);
  const own = url.host === `127.0.0.1:${port}`;
  if (own && url.pathname === `/page/${current}`) {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(PROLOGUE + pages[current].map((html) => `<div class="comment">${html}</div>`).join('\n') + EPILOGUE);
  } else if (own && url.pathname === '/report') {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      reports.set(current, JSON.parse(body));
      response.end();
      waiting.shift()?.();
    });
  } else {
    if (!own || url.pathname !== '/favicon.ico') noteStranger(request.method, url.host, url.pathname);
    response.statusCode = 404;
    response.end();
  }
});
server.on('connect', (request, socket) => {
  noteStranger('CONNECT', request.url, '');
  socket.destroy();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const {port} = server.address();

async function visit(index) {
  current = index;
  const profile = mkdtempSync(join(tmpdir(), 'sluice-xss-'));
  const child = spawn(browser, ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`, `--proxy-server=127.0.0.1:${port}`, '--proxy-bypass-list=<-loopback>',
    '--remote-debugging-port=0', `http://127.0.0.1:${port}/page/${index}`], {stdio: 'ignore', detached: true});
  const done = new Promise((resolve) => waiting.push(resolve));
  const deadline = setTimeout(() => waiting.shift()?.(), DEADLINE_MS);
  await done;
  clearTimeout(deadline);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await gone;
  try {
    rmSync(profile, {recursive: true, force: true, maxRetries: 10, retryDelay: 50});
  } catch {
    // A helper of the browser was still writing; the folder is in the system's temporary one.
  }
}

let ran = 0;
let inside = 0;
let broken = 0;
for (let i = 0; i < pages.length; i++) {
  await visit(i);
  const report = reports.get(i);
  if (!report) {
    console.log(`page ${i} did not report`);
    broken++;
    continue;
  }
  for (const call of report.ran) console.log(`ran: ${call}`);
  ran += report.ran.length;
  inside += report.inside;
  if (report.comments !== pages[i].length) {
    console.log(`page ${i}: ${report.comments} comments of ${pages[i].length} stand beside each other`);
    broken++;
  }
}
server.closeAllConnections();
server.close();
for (const request of strangers.slice(0, 10)) console.log(`request: ${request}`);
console.log(`${outputs.length} outputs in ${pages.length} pages of Chromium`);
const bars = [['xss_chromium_scripts', ran + inside], ['xss_chromium_requests', strangers.length], ['xss_chromium_broken_pages', broken]];
for (const [name, value] of bars) console.log(`bar ${name} ${value} 0 ${value === 0 ? 'ok' : 'short'}`);
process.exit(bars.every(([, value]) => value === 0) ? 0 : 1);
