// Checks one comment from Node, without generated code.
//
//   npm install && node check.mjs 127.0.0.1:7711 "The text of a comment"
import { fileURLToPath } from "node:url";
import path from "node:path";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const here = path.dirname(fileURLToPath(import.meta.url));
const protos = process.env.SLUICE_PROTO ?? path.join(here, "../../../proto");
const google = process.env.GOOGLEAPIS ??
  "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis";

const definition = loader.loadSync("sluice/v1/moderation_service.proto", {
  includeDirs: [protos, google], enums: String, defaults: true, keepCase: true,
});
const { sluice } = grpc.loadPackageDefinition(definition);

const [address = "127.0.0.1:7711", body = "Hello from Node"] = process.argv.slice(2);
const client = new sluice.v1.ModerationService(address, grpc.credentials.createInsecure());
const comment = { name: "sites/default", body, author: { name: "Ann" } };

client.CheckComment({ comment }, { deadline: Date.now() + 5000 }, (error, answer) => {
  if (error) {
    console.error(`${grpc.status[error.code]}: ${error.details}`);
    process.exitCode = 1;
  } else {
    console.log(JSON.stringify({
      verdict: answer.decision.verdict,
      reasons: answer.decision.reasons.map((reason) => reason.id),
      html: answer.html,
    }));
  }
  client.close();
});
