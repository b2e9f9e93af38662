// Checks a comment by Connect's protocol, with the official client:
//
//   protoc -I proto -I googleapis --include_imports -o sluice.desc sluice/v1/moderation_service.proto google/rpc/error_details.proto
//   node check.mjs http://127.0.0.1:7712 sluice.desc "A *fine* point" [json|proto]
//
// Descriptors are read at run time; `buf generate` makes typed code of the same protos.
import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";

const [baseUrl, descriptors, body, form] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const service = registry.getService("sluice.v1.ModerationService");
const headers = process.env.SLUICE_KEY ? { authorization: `Bearer ${process.env.SLUICE_KEY}` } : {};
const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: form === "proto" });
const client = createClient(service, transport);

try {
  const comment = { name: "sites/default", body, author: { name: "Ann" } };
  const answer = await client.checkComment({ comment }, { headers, timeoutMs: 10_000 });
  console.log(JSON.stringify(toJson(service.method.checkComment.output, answer)));
} catch (error) {
  const failure = ConnectError.from(error);
  const bad = failure.findDetails(registry.getMessage("google.rpc.BadRequest"));
  const fields = bad.flatMap((detail) => detail.fieldViolations).map((v) => `${v.field}: ${v.description}`);
  console.error([Code[failure.code], ...fields].join(": ") || failure.message);
  process.exit(1);
}
