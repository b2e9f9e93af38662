// Three clients of Akismet's protocol from npm, each verifying its key, checking and submitting; prints what they made of the
// answers. All check before any submits: what a moderator rejected speaks against the next one's like text, as it should.
// Of the machine only name resolution is replaced: every name is 127.0.0.1.
import dns from "node:dns";
import { createRequire } from "node:module";

const lookup = dns.lookup;
dns.lookup = (_, options, done) => lookup("127.0.0.1", options, done);

const [port] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const key = "123456789abc";
const blog = "http://blog.example.org/";
const TEXTS = { good: "I liked the part about rivers.", held: "sluice-test-hold", bad: "sluice-test-reject" };
const out = {};

async function akismetApi() {
  const { AkismetClient } = require("akismet-api");
  const client = new AkismetClient({ key, blog, host: `akismet.test:${port}`, protocol: "http" });
  const comment = (content) => ({ ip: "198.51.100.7", name: "Ann", email: "ann@example.net", useragent: "Mozilla/5.0", content });
  const results = { verified: await client.verifyKey() };
  for (const [name, text] of Object.entries(TEXTS)) results[name] = await client.checkSpam(comment(`akismet-api: ${text}`));
  const submit = async () => {
    await client.submitSpam(comment(`akismet-api: ${TEXTS.good}`));
    await client.submitHam(comment(`akismet-api: ${TEXTS.bad}`));
  };
  return { results, submit };
}

async function akismet() {
  const client = require("akismet").client({ apiKey: key, blog, host: "akismet.test", port });
  const ask = (method, ...rest) =>
    new Promise((resolve, reject) => client[method](...rest, (error, value) => (error ? reject(error) : resolve(value))));
  const comment = (text) => ({ user_ip: "198.51.100.8", comment_author: "Bo", comment_content: `akismet: ${text}` });
  const results = { verified: await ask("verifyKey") };
  for (const [name, text] of Object.entries(TEXTS)) results[name] = await ask("checkComment", comment(text));
  const submit = async () => {
    await ask("submitSpam", comment(TEXTS.good));
    await ask("submitHam", comment(TEXTS.bad));
  };
  return { results, submit };
}

async function cedx() {
  const { Author, Blog, CheckResult, Client, Comment } = await import("@cedx/akismet");
  const client = new Client(key, new Blog({ url: blog, charset: "UTF-8" }), { baseUrl: `http://127.0.0.1:${port}/any/prefix` });
  const author = new Author({ ipAddress: "198.51.100.9", name: "Cy", email: "cy@example.net", userAgent: "Mozilla/5.0" });
  const comment = (text) => new Comment({ author, content: `cedx: ${text}`, type: "comment" });
  const results = { verified: await client.verifyKey() };
  for (const [name, text] of Object.entries(TEXTS))
    results[name] = (await client.checkComment(comment(text))) !== CheckResult.ham;
  const submit = async () => {
    await client.submitSpam(comment(TEXTS.good));
    await client.submitHam(comment(TEXTS.bad));
  };
  return { results, submit };
}

const submits = [];
for (const [name, run] of Object.entries({ "akismet-api": akismetApi, akismet, "@cedx/akismet": cedx })) {
  const { results, submit } = await run();
  out[name] = results;
  submits.push(submit);
}
for (const submit of submits) await submit();
console.log(JSON.stringify(out));
