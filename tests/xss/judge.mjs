// What others say of one output: parse5, an HTML5 parser, and Node's URL, a
// WHATWG URL parser. Nothing here knows how the product works.
import {parseFragment, serialize, parse} from 'parse5';

export const CONTEXTS = ['div', 'body', 'td', 'li'];
const SCHEMES = new Set(['http:', 'https:', 'mailto:']);

// Elements and their attributes. `anchors`: footnotes of Markdown.
const PUBLISHED = {
  a: ['href', 'rel'], abbr: ['title'], b: [], blockquote: [], br: [], cite: [], code: [], dd: [], dl: [], dt: [],
  em: [], hr: [], i: [], li: [], ol: ['start'], p: [], pre: [], strong: [], sub: [], sup: [], table: [], tbody: [],
  td: ['align'], th: ['align'], thead: [], tr: [], ul: [],
};
const TYPED = ['a', 'em', 'cite', 'i', 'strong', 'b', 'sub', 'sup', 'ul', 'ol', 'li', 'blockquote', 'pre'];
const MADE_BY_PLAIN = ['a', 'p', 'br'];

function contextElement(name) {
  const document = parse(name === 'td' ? '<table><tr><td></td></tr></table>'
      : name === 'li' ? '<ul><li></li></ul>' : name === 'div' ? '<div></div>' : '');
  const queue = [document];
  for (let at = 0; at < queue.length; at++) {
    if (queue[at].nodeName === name) return queue[at];
    queue.push(...(queue[at].childNodes ?? []));
  }
  throw new Error(`no element ${name}`);
}
const contexts = Object.fromEntries(CONTEXTS.map((name) => [name, contextElement(name)]));

function isFootnote(value) {
  return /^c1-[a-z0-9-]*fn[a-z0-9-]*$/.test(value);
}

function checkLink(attribute, format) {
  const {value} = attribute;
  if (format === 'markdown' && value.startsWith('#') && isFootnote(value.slice(1))) return null;
  let url;
  try {
    url = new URL(value);
  } catch {
    return `href does not resolve: ${value}`;
  }
  if (!SCHEMES.has(url.protocol)) return `href with scheme ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return `href with userinfo: ${value}`;
  if (/[^\x21-\x7e]|["<>\\^`{|}]/.test(value)) return `href with bytes that should be encoded: ${value}`;
  return null;
}

function checkElement(node, format) {
  const name = node.tagName;
  if (node.namespaceURI !== 'http://www.w3.org/1999/xhtml') return `element ${name} of another namespace`;
  const allowed = PUBLISHED[name];
  if (!allowed) return `element ${name}`;
  if (format === 'html' && !TYPED.includes(name)) return `element ${name} that nobody may type`;
  if (format === 'plain' && !MADE_BY_PLAIN.includes(name)) return `element ${name} in plain text`;
  for (const attribute of node.attrs) {
    const anchor = attribute.name === 'id' && format === 'markdown' && (name === 'li' || name === 'sup') &&
        isFootnote(attribute.value);
    if (!allowed.includes(attribute.name) && !anchor) return `attribute ${name}[${attribute.name}]`;
    if (attribute.name === 'href') {
      const problem = checkLink(attribute, format);
      if (problem) return problem;
    }
  }
  return null;
}

// The first thing wrong with the output, or null.
export function judge(html, format) {
  for (const context of CONTEXTS) {
    const fragment = parseFragment(contexts[context], html);
    const again = serialize(fragment);
    if (again !== html) return `in ${context} a parser makes of it: ${again}`;
    if (context !== 'div') continue;
    const queue = [...fragment.childNodes];
    for (let at = 0; at < queue.length; at++) {
      const node = queue[at];
      if (node.nodeName === '#text') continue;
      if (!node.tagName) return `a node ${node.nodeName}`;
      const problem = checkElement(node, format);
      if (problem) return problem;
      queue.push(...node.childNodes);
    }
  }
  return null;
}

// The structure alone: elements, attributes but rel, text; white space outside
// pre collapsed.
export function structure(html) {
  const out = [];
  let pending = false;
  const text = (value, pre) => {
    if (pre) {
      out.push(`"${value}"`);
      return;
    }
    const collapsed = value.replace(/[ \t\n\f\r]+/g, ' ');
    const last = out.length - 1;
    if (last >= 0 && pending) out[last] = out[last] + collapsed;
    else out.push(collapsed);
    pending = true;
  };
  const walk = [[parseFragment(contexts.div, html), false, 0]];
  while (walk.length > 0) {
    const top = walk[walk.length - 1];
    const [node, pre, next] = top;
    if (next >= (node.childNodes?.length ?? 0)) {
      walk.pop();
      if (node.tagName) {
        out.push(`</${node.tagName}>`);
        pending = false;
      }
      continue;
    }
    top[2]++;
    const child = node.childNodes[next];
    if (child.nodeName === '#text') {
      text(child.value, pre);
      continue;
    }
    if (!child.tagName) continue;
    const href = child.attrs.find((attribute) => attribute.name === 'href');
    out.push(`<${child.tagName}${href ? ` ${sameUrl(href.value)}` : ''}>`);
    pending = false;
    walk.push([child, pre || child.tagName === 'pre', 0]);
  }
  return out.map((part) => part.trim()).filter((part) => part !== '').join('\n');
}

function sameUrl(value) {
  try {
    return decodeURI(new URL(value).href);
  } catch {
    return value;
  }
}
