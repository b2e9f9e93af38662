"""Who may do what: keys, scopes, sites, limits. Every method is tried across two sites."""

import json
import subprocess
import unittest

import grpc

import gate

protos = gate.python_protos()
SERVICES = [protos.moderation, protos.review, protos.ruleset, protos.keys, protos.admin, protos.learning]
TWO_SITES = "sites:\n  - id: aaa\n  - id: bbb\n    rules: b-rules\n"
DENIED, UNKNOWN = grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED
NAMES = {"parent", "name", "names", "comment", "site", "sites"}


def methods():
    """(path, method descriptor) of every method."""
    for module in SERVICES:
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                yield f"/{service.full_name}/{method.name}", method


def message(descriptor):
    from google.protobuf import symbol_database
    return symbol_database.Default().GetSymbol(descriptor.full_name)()


class Client:
    """Calls with one key; `streams` are sent one message and read to their end."""

    def __init__(self, address, key=None, credentials=None):
        self.channel = grpc.secure_channel(address, credentials) if credentials else grpc.insecure_channel(address)
        self.metadata = [("authorization", f"Bearer {key}")] if key else []

    def call(self, path, request, response=None, timeout=30, metadata=None):
        method = dict(methods())[path]
        kind = ("stream" if METHOD_PROTOS[path].client_streaming else "unary") + "_" + \
               ("stream" if METHOD_PROTOS[path].server_streaming else "unary")
        out = type(message(method.output_type))
        stub = getattr(self.channel, kind)(path, request_serializer=lambda m: m.SerializeToString(),
                                           response_deserializer=out.FromString)
        sent = iter([request]) if kind.startswith("stream") else request
        answer = stub(sent, timeout=timeout, metadata=self.metadata + (metadata or []))
        return list(answer) if kind.endswith("stream") else answer

    def code(self, path, request, **more):
        """(status, message) of a call; (None, answer) if it went well."""
        try:
            return None, self.call(path, request, **more)
        except grpc.RpcError as error:
            return error.code(), error.details()


def method_protos():
    from google.protobuf import descriptor_pb2
    out = {}
    for module in SERVICES:
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        for service in file.service:
            for method in service.method:
                out[f"/{file.package}.{service.name}/{method.name}"] = method
    return out


METHOD_PROTOS = method_protos()
MODERATION, REVIEW, RULESET = "/sluice.v1.ModerationService/", "/sluice.v1.ReviewService/", "/sluice.v1.RulesetService/"
KEYS, ADMIN, LEARNING = "/sluice.v1.KeyService/", "/sluice.v1.AdminService/", "/sluice.v1.LearningService/"


def fill(request, site, comment):
    """Names the site in every field that can."""
    for field in request.DESCRIPTOR.fields:
        if field.message_type is not None and field.message_type.full_name.startswith("sluice.v1."):
            many = field.label == field.LABEL_REPEATED
            if field.containing_oneof is not None and request.WhichOneof(field.containing_oneof.name):
                continue
            inner = getattr(request, field.name).add() if many else getattr(request, field.name)
            if field.message_type.full_name == "sluice.v1.Comment":
                inner.name, inner.body = f"sites/{site}/comments/{comment}", "A text"
            elif field.message_type.full_name not in ("sluice.v1.RulesetFile",):
                fill(inner, site, comment)
        elif field.type == field.TYPE_STRING and field.name in NAMES:
            if field.containing_oneof is not None and request.WhichOneof(field.containing_oneof.name):
                continue
            value = f"sites/{site}" if field.name in ("parent", "site") else f"sites/{site}/comments/{comment}"
            if field.label == field.LABEL_REPEATED:
                getattr(request, field.name).append(value)
            else:
                setattr(request, field.name, value)
    return request


class Bootstrapped(unittest.TestCase):
    """A server of two sites, with a key of everything."""

    config = TWO_SITES

    def setUp(self):
        self.server = gate.Server(config=self.config)
        self.addCleanup(self.server.__exit__)
        (self.server.folder / "b-rules").mkdir()
        (self.server.folder / "b-rules" / "b.yaml").write_text(
            "rules:\n  - id: of-b\n    why: A rule of one site\n    words: [kumquat]\n    score: 1\n", encoding="utf-8")
        self.server.start()
        self.admin_key = self.make_key("--scope", "admin", "--all-sites")
        self.admin = Client(self.server.address, self.admin_key)

    def make_key(self, *flags):
        key = ["--key", self.admin_key] if hasattr(self, "admin_key") else []
        code, out, err = self.server.sluice("key", "create", *flags, *key)
        self.assertEqual(code, 0, err)
        return out.strip()

    def client(self, *flags):
        return Client(self.server.address, self.make_key(*flags))

    def check_comment(self, client, site, comment, body="A text", email="", **more):
        request = protos.moderation.CheckCommentRequest()
        request.comment.name = f"sites/{site}/comments/{comment}"
        request.comment.body = body
        request.comment.author.name = "Ann"
        request.comment.author.email = email
        return client.call(MODERATION + "CheckComment", request, **more)


class Keys(unittest.TestCase):
    def test_a_server_without_keys_serves_its_own_machine_until_there_is_an_admin(self):
        with gate.Server() as server:
            code, out, _ = server.sluice("key", "whoami")
            self.assertEqual((code, out), (0, "no key is asked for: check,review,rules,admin of all sites\n"))
            code, check, _ = server.sluice("key", "create", "--scope", "check")
            self.assertEqual(code, 0)
            self.assertEqual(server.sluice("queue")[0], 0)
            code, out, err = server.sluice("key", "create", "--scope", "admin", "--all-sites")
            self.assertEqual(code, 0, err)
            self.assertRegex(out, r"^slc_[a-z0-9]{8}_[A-Za-z0-9]{43}\n$")
            code, _, err = server.sluice("queue")
            self.assertEqual(code, 4)
            self.assertIn("a key is needed", err)
            code, _, err = server.sluice("queue", "--key", check.strip())
            self.assertEqual(code, 4)
            self.assertIn("REVIEW", err)
            key_file = server.folder / "key"
            key_file.write_text(out, encoding="utf-8")
            self.assertEqual(server.sluice("queue", "--key-file", str(key_file))[0], 0)
            # Keys and what they may do outlive a restart.
            server.stop()
            server.start()
            self.assertEqual(server.sluice("queue")[0], 4)
            self.assertEqual(server.sluice("queue", "--key-file", str(key_file))[0], 0)

    def test_a_key_is_made_offline_only(self):
        with gate.Server() as server:
            def offline(*flags):
                return subprocess.run([gate.SLUICED, "key", "create", "--config", str(server.folder / "sluice.yaml"),
                                       *flags], capture_output=True, text=True, timeout=60, check=False)
            self.assertNotEqual(offline("--scope", "admin").returncode, 0)  # the server has the store
            server.stop()
            made = offline("--scope", "admin", "--label", "after the fire")
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertNotEqual(offline("--scope", "check", "--for-site", "nosuch").returncode, 0)
            server.start()
            code, out, _ = server.sluice("key", "list", "--key", made.stdout.strip())
            self.assertEqual(code, 0)
            self.assertIn("after the fire", out)

    def test_beyond_loopback_tls_and_a_key_are_needed(self):
        with gate.Server() as server:
            server.stop()
            def start(*flags):
                done = subprocess.run([gate.SLUICED, "--config", str(server.folder / "sluice.yaml"), "--rules",
                                       str(gate.ROOT / "rules"), "--listen", "0.0.0.0:0", *flags],
                                      capture_output=True, text=True, timeout=60, check=False)
                return done.returncode, done.stderr
            code, err = start()
            self.assertNotEqual(code, 0)
            self.assertIn("not encrypted", err)

    def test_no_key_and_no_text_of_a_commenter_is_in_the_log(self):
        with gate.Server(config="log:\n  level: debug\n") as server:
            key = server.sluice("key", "create", "--scope", "admin", "--all-sites")[1].strip()
            akismet = server.sluice("key", "create", "--scope", "check", "--akismet", "--key", key)[1].strip()
            self.assertRegex(akismet, r"^[a-z0-9]{12}$")
            server.check("Sesquipedalian text", "--author", "Xanthippe", "--email", "xan@thippe.example", "--key", key)
            server.sluice("queue", "--key", key[:-1] + "!")
            server.sluice("queue", "--key", "slc_wrong")
            log = server.log_text()
            for secret in (key, key[13:], akismet, "Sesquipedalian", "Xanthippe", "thippe.example", "slc_wrong"):
                self.assertNotIn(secret, log)
            self.assertIn(f"key={key[4:12]}", log)


class AcrossSites(Bootstrapped):
    """A key of one site reaches nothing of another, and cannot tell it from one that is not there."""

    def setUp(self):
        super().setUp()
        self.a = self.client("--scope", "admin", "--for-site", "aaa")
        self.b = self.client("--scope", "admin", "--for-site", "bbb")
        for site, client in (("aaa", self.a), ("bbb", self.b)):
            for i in range(4):
                self.check_comment(client, site, f"c{i}", "See http://spam.example/ and http://x.example/ http://y.example/",
                                   email="same@author.example")

    def test_every_method_is_refused_alike(self):
        tried = 0
        for path, method in methods():
            tried += 1
            request = fill(message(method.input_type), "bbb", "c0")
            nowhere = fill(message(method.input_type), "nosuch", "c0")
            # Without a key nothing, with a wrong one nothing: all alike.
            for client in (Client(self.server.address), Client(self.server.address, "slc_" + "a" * 52)):
                code, _ = client.code(path, request)
                self.assertEqual(code, UNKNOWN, path)
            if path in (KEYS + "GetCaller", KEYS + "ListKeys", RULESET + "CheckRuleset"):
                continue  # about the caller's own; looked at below
            if path == KEYS + "CreateKey":
                for site in ("bbb", "nosuch"):
                    request = protos.keys.CreateKeyRequest(scopes=[1], sites=[site])
                    self.assertEqual(self.a.code(path, request), (DENIED, "the key is not for this"))
                continue
            if path == KEYS + "RevokeKey":
                theirs = self.b.call(KEYS + "GetCaller", protos.keys.GetCallerRequest()).id
                self.assertEqual(self.a.code(path, protos.keys.RevokeKeyRequest(id=theirs)),
                                 self.a.code(path, protos.keys.RevokeKeyRequest(id="nosuch00")))
                continue
            there, gone = self.a.code(path, request), self.a.code(path, nowhere)
            if path == MODERATION + "StreamChecks":
                self.assertEqual([r.result.error.code for r in there[1]], [DENIED.value[0]])
                self.assertEqual(there[1], gone[1])
            elif path == REVIEW + "ImportEntries":
                for answer in (there[1], gone[1]):
                    self.assertEqual((answer.imported, answer.refused, answer.errors[0].code), (0, 1, DENIED.value[0]))
            else:
                self.assertEqual(there[0], DENIED, (path, there))
                self.assertEqual(there, gone, path)
        self.assertEqual(tried, 37)

    def test_a_scope_is_for_its_service(self):
        for scope, service in (("check", (MODERATION,)), ("review", (REVIEW,)), ("rules", (RULESET, LEARNING))):
            client = self.client("--scope", scope, "--all-sites")
            for path, method in methods():
                if path == KEYS + "GetCaller":
                    continue
                code, text = client.code(path, fill(message(method.input_type), "nosuch", "c0"))
                refused = code == DENIED and "scope" in text
                self.assertEqual(refused, not path.startswith(service), (scope, path, code))

    def test_what_is_listed_is_ones_own(self):
        entries = self.a.call(REVIEW + "ListEntries", protos.review.ListEntriesRequest(parent="sites/aaa", filter="state:*"))
        self.assertEqual({e.checked.comment.name.split("/")[1] for e in entries.entries}, {"aaa"})
        self.assertEqual(len(entries.entries), 4)
        history = self.a.call(REVIEW + "ListAuthorHistory", protos.review.ListAuthorHistoryRequest(
            parent="sites/aaa", email="same@author.example"))
        self.assertEqual({e.checked.comment.name.split("/")[1] for e in history.entries}, {"aaa"})
        similar = self.a.call(REVIEW + "ListSimilar", protos.review.ListSimilarRequest(name="sites/aaa/comments/c0"))
        self.assertEqual({e.checked.comment.name.split("/")[1] for e in similar.entries} - {"aaa"}, set())
        counts = self.a.call(REVIEW + "CountEntries", protos.review.CountEntriesRequest(parent="sites/aaa"))
        self.assertEqual(counts.held + counts.accepted + counts.rejected, 4)
        keys = self.a.call(KEYS + "ListKeys", protos.keys.ListKeysRequest()).keys
        self.assertEqual([list(k.sites) for k in keys], [["aaa"]])
        caller = self.a.call(KEYS + "GetCaller", protos.keys.GetCallerRequest())
        self.assertEqual((list(caller.scopes), list(caller.sites), caller.all_sites), ([1, 2, 3, 4], ["aaa"], False))

    def test_tokens_and_batches_of_another_site_lead_nowhere(self):
        listing = protos.review.ListEntriesRequest(parent="sites/bbb", filter="state:*", page_size=1)
        token = self.b.call(REVIEW + "ListEntries", listing).next_page_token
        self.assertTrue(token)
        listing.parent, listing.page_token = "sites/aaa", token
        self.assertEqual(self.a.code(REVIEW + "ListEntries", listing)[0], grpc.StatusCode.INVALID_ARGUMENT)
        decide = protos.review.DecideEntriesRequest(parent="sites/bbb", moderator="bob")
        decide.decisions.add(name="sites/bbb/comments/c0", verdict=1)
        batch = self.b.call(REVIEW + "DecideEntries", decide).batch
        undo = protos.review.UndoDecisionRequest(parent="sites/aaa", batch=batch, moderator="eve")
        self.assertEqual(self.a.code(REVIEW + "UndoDecision", undo)[0], grpc.StatusCode.NOT_FOUND)
        undo = protos.review.UndoDecisionRequest(parent="sites/aaa", name="sites/bbb/comments/c0", moderator="eve")
        self.assertEqual(self.a.code(REVIEW + "UndoDecision", undo)[0], DENIED)
        retry = protos.review.RetryDeadLettersRequest(parent="sites/aaa", ids=["1"])
        self.assertEqual(self.a.call(REVIEW + "RetryDeadLetters", retry).count, 0)

    def test_a_watcher_sees_its_own_site_and_nothing_once_its_key_is_revoked(self):
        path = MODERATION + "WatchVerdicts"
        stub = self.a.channel.unary_stream(path, request_serializer=lambda m: m.SerializeToString(),
                                           response_deserializer=protos.moderation.WatchVerdictsResponse.FromString)
        watch = stub(protos.moderation.WatchVerdictsRequest(parent="sites/aaa"), metadata=self.a.metadata)
        first = next(watch)
        self.assertEqual(first.name, "")
        # Where another's stream stands is not told, nor taken.
        theirs = self.b.channel.unary_stream(path, request_serializer=lambda m: m.SerializeToString(),
                                             response_deserializer=protos.moderation.WatchVerdictsResponse.FromString)
        token = next(theirs(protos.moderation.WatchVerdictsRequest(parent="sites/bbb"), metadata=self.b.metadata)).resume_token
        stolen = protos.moderation.WatchVerdictsRequest(parent="sites/aaa", resume_token=token)
        self.assertEqual(self.a.code(path, stolen)[0], grpc.StatusCode.INVALID_ARGUMENT)
        for client, site in ((self.b, "bbb"), (self.a, "aaa")):
            decide = protos.review.DecideEntriesRequest(parent=f"sites/{site}", moderator="m")
            decide.decisions.add(name=f"sites/{site}/comments/c1", verdict=1)
            client.call(REVIEW + "DecideEntries", decide)
        self.assertEqual(next(watch).name, "sites/aaa/comments/c1")
        mine = self.a.call(KEYS + "GetCaller", protos.keys.GetCallerRequest()).id
        self.admin.call(KEYS + "RevokeKey", protos.keys.RevokeKeyRequest(id=mine))
        decide = protos.review.DecideEntriesRequest(parent="sites/aaa", moderator="m")
        decide.decisions.add(name="sites/aaa/comments/c2", verdict=1)
        self.admin.call(REVIEW + "DecideEntries", decide)
        with self.assertRaises(grpc.RpcError):
            self.assertEqual(next(watch).name, "")
        self.assertEqual(self.a.code(KEYS + "GetCaller", protos.keys.GetCallerRequest())[0], UNKNOWN)

    def test_mistakes_in_anothers_rules_are_not_told(self):
        (self.server.folder / "b-rules" / "own.yaml").write_text("rules:\n  - id: secret-plan\n    nonsense: 1\n", encoding="utf-8")
        request = protos.ruleset.GetRulesetRequest(parent="sites/bbb")
        gate.wait_until(lambda: self.b.call(RULESET + "GetRuleset", request).problems)
        request.parent = "sites/aaa"
        self.assertFalse(self.a.call(RULESET + "GetRuleset", request).problems)
        self.assertEqual(self.a.code(RULESET + "ReloadRules", protos.ruleset.ReloadRulesRequest())[0], DENIED)


class Limits(Bootstrapped):
    def retry_seconds(self, error):
        details = dict(error.trailing_metadata())["grpc-status-details-bin"]
        status = protos.status.Status.FromString(details)
        for any_ in status.details:
            info = protos.error_details.RetryInfo()
            if any_.Unpack(info):
                return info.retry_delay.seconds + info.retry_delay.nanos * 1e-9
        return None

    def test_a_key_has_its_own_rate(self):
        slow = self.client("--scope", "check", "--for-site", "aaa", "--calls-per-second", "0.01", "--burst", "3")
        other = self.client("--scope", "check", "--for-site", "aaa")
        for i in range(3):
            self.check_comment(slow, "aaa", f"s{i}")
        with self.assertRaises(grpc.RpcError) as caught:
            self.check_comment(slow, "aaa", "s3")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertGreater(self.retry_seconds(caught.exception), 50)
        self.check_comment(other, "aaa", "s4")

    def test_a_key_has_its_own_number_of_open_streams(self):
        few = self.client("--scope", "check", "--for-site", "aaa", "--concurrent-calls", "2")
        stub = few.channel.unary_stream(MODERATION + "WatchVerdicts", request_serializer=lambda m: m.SerializeToString(),
                                        response_deserializer=protos.moderation.WatchVerdictsResponse.FromString)
        request = protos.moderation.WatchVerdictsRequest(parent="sites/aaa")
        open_ones = [stub(request, metadata=few.metadata) for _ in range(2)]
        for watch in open_ones:
            next(watch)
        with self.assertRaises(grpc.RpcError) as caught:
            self.check_comment(few, "aaa", "x")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertIsNotNone(self.retry_seconds(caught.exception))
        for watch in open_ones:
            watch.cancel()
        def works():
            try:
                self.check_comment(few, "aaa", "y")
                return True
            except grpc.RpcError:
                return False
        gate.wait_until(works)

    def test_a_deadline_that_has_passed_is_not_worked_for(self):
        request = protos.moderation.BatchCheckCommentsRequest()
        for i in range(200):
            entry = request.requests.add()
            entry.comment.name = f"sites/aaa/comments/d{i}"
            entry.comment.body = "[a](http://b.example/) " * 2000
        code, _ = self.admin.code(MODERATION + "BatchCheckComments", request, timeout=0.05)
        self.assertIn(code, (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED))


class Telling(Bootstrapped):
    def test_the_log_line_has_the_trace_and_the_key(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        self.check_comment(self.admin, "aaa", "t", metadata=[("traceparent", f"00-{trace}-00f067aa0ba902b7-01")])
        gate.wait_until(lambda: f"trace={trace}" in self.server.log_text())
        line = next(line for line in self.server.log_text().splitlines() if trace in line)
        self.assertIn("method=CheckComment code=OK", line)
        self.assertIn("key=" + self.admin_key[4:12], line)

    def test_reflection_answers_in_both_versions_without_a_key(self):
        for version in ("v1", "v1alpha"):
            stub = grpc.insecure_channel(self.server.address).stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
            names = {}
            # list_services; file_containing_symbol; an unknown symbol
            for asked in (b"\x3a\x01x", b"\x22\x14sluice.v1.KeyService", b"\x22\x06nosuch"):
                names[asked] = b"".join(stub(iter([asked]), timeout=30))
            listed, file, unknown = names.values()
            for service in (b"sluice.v1.ModerationService", b"sluice.v1.AdminService"):
                self.assertIn(service, listed)
            self.assertIn(b"sluice/v1/key_service.proto", file)
            self.assertNotIn(b"KeyService", unknown)

    def test_health_tells_ready_from_live_and_names_what_is_wrong(self):
        code, out, _ = self.server.sluice("health")
        self.assertEqual((code, out), (0, f"{self.server.address} is serving\n"))
        (self.server.folder / "b-rules" / "bad.yaml").write_text("rules: 7\n", encoding="utf-8")
        gate.wait_until(lambda: "problems: rules" in self.server.sluice("health")[1])
        code, out, err = self.server.sluice("admin", "status", "--key", self.admin_key)
        self.assertEqual(code, 0, err)
        self.assertIn("!  rules: the rule files on disk have", out)
        self.assertIn("ready", out)
        status = json.loads(self.server.sluice("admin", "status", "--json", "--key", self.admin_key)[1])
        self.assertEqual([s["site"] for s in status["sites"]], ["aaa", "bbb"])
        self.assertEqual(self.server.sluice("health")[0], 0)


if __name__ == "__main__":
    unittest.main()
