"""Connect's protocol: by the official client for Node, and byte by byte."""

import base64
import gzip
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import doors
import gate

CHECK = "/sluice.v1.ModerationService/CheckComment"
JSON = {"Content-Type": "application/json"}
ORIGIN = "https://admin.example.org"


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = doors.Doors(http=f"origins: ['{ORIGIN}']").start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def call(self, path, message, headers=None):
        status, got, body = self.server.request("POST", path, json.dumps(message), {**JSON, **(headers or {})})
        return status, got, json.loads(body) if body else None

    def check(self, text, headers=None):
        return self.call(CHECK, {"comment": {"name": "sites/default", "body": text}}, headers)

    def test_json_in_and_out(self):
        status, headers, answer = self.check("Hello *there*")
        self.assertEqual((status, headers["content-type"]), (200, "application/json"))
        self.assertEqual(answer["decision"]["verdict"], "VERDICT_ACCEPT")
        self.assertIn("<em>there</em>", answer["html"])

    def test_every_service_is_behind_it(self):
        self.assertEqual(self.call("/sluice.v1.ReviewService/CountEntries", {"parent": "sites/default"})[0], 200)
        self.assertEqual(self.call("/sluice.v1.RulesetService/GetRuleset", {"parent": "sites/default"})[0], 200)

    def test_protobuf_in_and_out(self):
        protos = gate.python_protos()
        request = protos.moderation.CheckCommentRequest()
        request.comment.name, request.comment.body = "sites/default", "By bytes, then."
        status, headers, body = self.server.request("POST", CHECK, request.SerializeToString(),
                                                    {"Content-Type": "application/proto"})
        self.assertEqual((status, headers["content-type"]), (200, "application/proto"))
        answer = protos.moderation.CheckCommentResponse.FromString(body)
        self.assertEqual(answer.decision.verdict, protos.decision.VERDICT_ACCEPT)

    def test_an_error_has_its_code_its_status_and_its_details(self):
        status, headers, error = self.check(" ")
        self.assertEqual((status, headers["content-type"]), (400, "application/json"))
        self.assertEqual(error["code"], "invalid_argument")
        detail = error["details"][0]
        self.assertEqual(detail["type"], "google.rpc.BadRequest")
        self.assertEqual(detail["debug"]["fieldViolations"][0]["field"], "comment.body")
        protos = gate.python_protos()
        value = base64.b64decode(detail["value"] + "=" * (-len(detail["value"]) % 4))
        bad = protos.error_details.BadRequest.FromString(value)
        self.assertEqual(bad.field_violations[0].field, "comment.body")

    def test_codes_have_their_status(self):
        name = "sites/default/comments/none"
        self.assertEqual(self.call("/sluice.v1.ReviewService/GetEntry", {"name": name})[0], 404)
        self.assertEqual(self.call("/sluice.v1.ModerationService/NoSuchMethod", {})[0], 404)
        self.assertEqual(self.call("/sluice.v1.ModerationService/WatchVerdicts", {})[0], 501)
        self.assertEqual(self.server.request("GET", CHECK)[0], 405)
        self.assertEqual(self.server.request("POST", CHECK, b"{}", {"Content-Type": "text/plain"})[0], 415)
        self.assertEqual(self.check("x", {"Connect-Protocol-Version": "2"})[2]["code"], "invalid_argument")
        self.assertEqual(self.check("x", {"Connect-Protocol-Version": "1"})[0], 200)

    def test_a_deadline_that_is_over_is_told(self):
        status, _, error = self.check("in no time", {"Connect-Timeout-Ms": "0"})
        self.assertEqual((status, error["code"]), (504, "deadline_exceeded"))
        for bad in ("x", "-1", "12345678901"):
            self.assertEqual(self.check("x", {"Connect-Timeout-Ms": bad})[2]["code"], "invalid_argument", bad)

    def test_what_is_not_the_message_is_refused(self):
        for body in (b"", b"[]", b"{", b'{"comment": 1}', b'{"coment": {}}', b'{"comment":' * 200, b"\xff"):
            status, _, data = self.server.request("POST", CHECK, body, JSON)
            self.assertEqual((status, json.loads(data)["code"]), (400, "invalid_argument"), body[:20])

    def test_packed_bodies_in_and_out_and_no_bombs(self):
        message = json.dumps({"comment": {"name": "sites/default", "body": "packed " * 300}}).encode()
        status, headers, body = self.server.request(
            "POST", CHECK, gzip.compress(message), {**JSON, "Content-Encoding": "gzip", "Accept-Encoding": "br, gzip"})
        self.assertEqual((status, headers["content-encoding"]), (200, "gzip"))
        self.assertIn("packed", json.loads(gzip.decompress(body))["html"])
        bomb = gzip.compress(b" " * 50_000_000)
        status, _, body = self.server.request("POST", CHECK, bomb, {**JSON, "Content-Encoding": "gzip"})
        self.assertEqual((status, json.loads(body)["code"]), (429, "resource_exhausted"))
        for packed in (b"no gzip", gzip.compress(message)[:-4], gzip.compress(message) + b"x"):
            status, _, body = self.server.request("POST", CHECK, packed, {**JSON, "Content-Encoding": "gzip"})
            self.assertEqual((status, json.loads(body)["code"]), (400, "invalid_argument"))
        status, _, body = self.server.request("POST", CHECK, message, {**JSON, "Content-Encoding": "br"})
        self.assertEqual(json.loads(body)["code"], "unimplemented")

    def test_pages_of_named_origins_may_call(self):
        status, headers, _ = self.server.request("OPTIONS", CHECK, headers={
            "Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"})
        self.assertEqual((status, headers["access-control-allow-origin"]), (204, ORIGIN))
        self.assertIn("Connect-Protocol-Version", headers["access-control-allow-headers"])
        status, headers, _ = self.check("From a page.", {"Origin": ORIGIN})
        self.assertEqual((status, headers["access-control-allow-origin"], headers["vary"]), (200, ORIGIN, "Origin"))
        self.assertEqual(self.server.request("POST", CHECK, b"{}", {**JSON, "Origin": "https://evil.example"})[0], 403)

    def test_headers_that_grpc_does_not_take_break_nothing(self):
        for name, value in (("X-Odd", "caf\xe9"), ("x-bin", "!!"), ("X-A-bin", "aGVsbG8"), ("Grpc-Timeout", "1n"),
                            ("Te", "trailers"), ("Authorization", "Basic YTpi")):
            self.assertIn(self.check("Odd headers", {name: value})[0], (200, 401), name)


class Official(unittest.TestCase):
    def test_the_official_client_for_node(self):
        with doors.Doors() as server, tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for file in ("check.mjs", "package.json"):
                shutil.copy(gate.ROOT / "client/examples/connect" / file, folder)
            subprocess.run(["protoc", "-I", str(gate.ROOT / "proto"), "-I", gate.GOOGLEAPIS, "--include_imports", "-o",
                            str(folder / "sluice.desc"), "sluice/v1/moderation_service.proto",
                            "google/rpc/error_details.proto"], check=True)
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], cwd=folder,
                           check=True, capture_output=True, timeout=300)
            for form in ("json", "proto"):
                for text, verdict in ((f"A *fine* point in {form}", "VERDICT_ACCEPT"), ("sluice-test-hold", "VERDICT_HOLD")):
                    done = self.node(folder, server, text, form)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(json.loads(done.stdout)["decision"]["verdict"], verdict)
                done = self.node(folder, server, " ", form)
                self.assertEqual((done.returncode, done.stderr.strip()),
                                 (1, "InvalidArgument: comment.body: is empty"))

    @staticmethod
    def node(folder, server, text, form):
        return subprocess.run(["node", "check.mjs", f"http://{server.http}", "sluice.desc", text, form], cwd=folder,
                              capture_output=True, text=True, timeout=60, check=False)


if __name__ == "__main__":
    unittest.main()
