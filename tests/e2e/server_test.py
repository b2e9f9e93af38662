"""The server's own behaviour: starting, stopping, refusing, logging."""

import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import threading
import unittest

import grpc

import gate


def run_sluiced(*flags, limit=None):
    """Runs sluiced that must not start; returns (exit code, errors)."""
    before = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
    done = subprocess.run([gate.SLUICED, *flags], capture_output=True, text=True, timeout=60, check=False,
                          preexec_fn=before)
    return done.returncode, done.stderr


class Starting(unittest.TestCase):
    RULES = ("--rules", str(gate.ROOT / "rules"), "--sqlite", ":memory:")

    def test_a_wrong_configuration_stops_it_with_the_place(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "sluice.yaml"
            config.write_text("listen: 127.0.0.1:0\nstore:\n  sqlit: x.db\n", encoding="utf-8")
            code, err = run_sluiced("--config", str(config), "--rules", str(gate.ROOT / "rules"))
            self.assertNotEqual(code, 0)
            self.assertIn("sluice.yaml:3:3: unknown key 'sqlit'; did you mean 'sqlite'?", err)

    def test_a_wrong_rule_stops_it_with_the_place(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "a.yaml").write_text("rules:\n  - id: A\n    why: y\n    words: [z]\n    score: 1\n",
                                                         encoding="utf-8")
            code, err = run_sluiced("--rules", folder, "--sqlite", ":memory:", "--listen", "127.0.0.1:0")
            self.assertNotEqual(code, 0)
            self.assertIn("a.yaml:2:9: ", err)

    def test_a_port_in_use_is_one_clear_line(self):
        with gate.Server() as server:
            code, err = run_sluiced(*self.RULES, "--listen", server.address)
            self.assertNotEqual(code, 0)
            self.assertIn(f"cannot listen on {server.address}", err)
            self.assertEqual(len(err.strip().splitlines()), 1, err)

    def test_a_store_that_cannot_be_opened(self):
        code, err = run_sluiced("--rules", str(gate.ROOT / "rules"), "--sqlite", "/no/such/folder/s.db",
                                "--listen", "127.0.0.1:0")
        self.assertNotEqual(code, 0)
        self.assertIn("/no/such/folder/s.db", err)
        self.assertEqual(len(err.strip().splitlines()), 1, err)

    def test_a_store_in_use_by_another_server(self):
        with gate.Server(config="store:\n  sqlite: s.db\n") as server:
            code, err = run_sluiced("--rules", str(gate.ROOT / "rules"), "--sqlite", str(server.folder / "s.db"),
                                    "--listen", "127.0.0.1:0")
            self.assertNotEqual(code, 0)
            self.assertIn("s.db", err)

    def test_a_full_disk_at_the_start(self):
        with tempfile.TemporaryDirectory() as folder:
            code, err = run_sluiced("--rules", str(gate.ROOT / "rules"), "--sqlite", f"{folder}/s.db", "--listen",
                                    "127.0.0.1:0", limit=1024)
            self.assertNotEqual(code, 0)
            self.assertIn("s.db", err)

    def test_it_refuses_to_listen_beyond_loopback(self):
        code, err = run_sluiced(*self.RULES, "--listen", "0.0.0.0:0")
        self.assertNotEqual(code, 0)
        self.assertIn("--insecure", err)


class Running(unittest.TestCase):
    def unary(self, server, method, request, response):
        with grpc.insecure_channel(server.address) as channel:
            call = channel.unary_unary(method, request_serializer=lambda r: r if isinstance(r, bytes) else r.SerializeToString(),
                                       response_deserializer=response.FromString)
            return call(request, timeout=20)

    def test_text_that_is_not_utf8_is_named(self):
        api = gate.python_protos()
        request = api.moderation.CheckCommentRequest()
        request.comment.name = "sites/default"
        request.comment.body = "BODY"
        wire = request.SerializeToString().replace(b"BODY", b"caf\xe9")
        with gate.Server() as server, self.assertRaises(grpc.RpcError) as caught:
            self.unary(server, "/sluice.v1.ModerationService/CheckComment", wire, api.moderation.CheckCommentResponse)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(self.violations(caught.exception), ["comment.body"])

    def violations(self, error):
        api = gate.python_protos()
        status = api.status.Status()
        status.ParseFromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        bad = api.error_details.BadRequest()
        self.assertTrue(status.details[0].Unpack(bad))
        return [violation.field for violation in bad.field_violations]

    def test_a_message_past_the_limit(self):
        api = gate.python_protos()
        request = api.moderation.CheckCommentRequest()
        request.comment.name = "sites/default"
        request.comment.body = "x" * 70_000
        with gate.Server() as server, self.assertRaises(grpc.RpcError) as caught:
            self.unary(server, "/sluice.v1.ModerationService/CheckComment", request, api.moderation.CheckCommentResponse)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(self.violations(caught.exception), ["comment.body"])

    def test_a_batch_answers_each_on_its_own(self):
        api = gate.python_protos()
        batch = api.moderation.BatchCheckCommentsRequest()
        for body in ("good one", "sluice-test-hold", "", "sluice-test-reject"):
            check = batch.requests.add()
            check.comment.name = "sites/default"
            check.comment.body = body
        with gate.Server() as server:
            answer = self.unary(server, "/sluice.v1.ModerationService/BatchCheckComments", batch,
                                api.moderation.BatchCheckCommentsResponse)
        verdicts = [result.response.decision.verdict for result in answer.results]
        v = api.decision
        self.assertEqual(verdicts, [v.VERDICT_ACCEPT, v.VERDICT_HOLD, v.VERDICT_UNSPECIFIED, v.VERDICT_REJECT])
        self.assertEqual(answer.results[2].error.code, grpc.StatusCode.INVALID_ARGUMENT.value[0])

    def test_a_stream_answers_in_order(self):
        api = gate.python_protos()

        def requests():
            for i in range(40):
                request = api.moderation.StreamChecksRequest()
                request.request.comment.name = f"sites/default/comments/s{i}"
                request.request.comment.body = "sluice-test-hold" if i % 3 == 0 else "fine"
                yield request

        with gate.Server() as server, grpc.insecure_channel(server.address) as channel:
            call = channel.stream_stream("/sluice.v1.ModerationService/StreamChecks",
                                         request_serializer=api.moderation.StreamChecksRequest.SerializeToString,
                                         response_deserializer=api.moderation.StreamChecksResponse.FromString)
            names = [answer.result.response.name for answer in call(requests(), timeout=30)]
        self.assertEqual(names, [f"sites/default/comments/s{i}" for i in range(40)])

    def test_health_and_reflection_answer(self):
        with gate.Server() as server, grpc.insecure_channel(server.address) as channel:
            raw = lambda message: message  # noqa: E731
            health = channel.unary_unary("/grpc.health.v1.Health/Check", request_serializer=raw, response_deserializer=raw)
            for service in (b"", b"sluice.v1.ModerationService", b"sluice.v1.ReviewService", b"sluice.v1.RulesetService"):
                request = b"\x0a" + bytes([len(service)]) + service if service else b""
                self.assertEqual(health(request, timeout=5), b"\x08\x01", service)
            reflection = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                               request_serializer=raw, response_deserializer=raw)
            answer = next(reflection(iter([b"\x3a\x01*"]), timeout=5))
            self.assertIn(b"sluice.v1.ReviewService", answer)

    def test_the_log_has_no_text_of_a_commenter(self):
        with gate.Server(config="log:\n  form: json\n") as server:
            server.check("a secretword sluice-test-hold", "--author", "Privatename", "--email", "private@mail.example",
                         "--ip", "192.0.2.77")
            server.sluice("check", "-", "--email", "broken-private", text="anothersecret")
            self.assertEqual(server.stop(), 0)
            log = server.log_text()
        self.assertIn('"verdict":"hold"', log)
        for private in ("secretword", "Privatename", "private@mail", "192.0.2.77", "broken-private", "anothersecret"):
            self.assertNotIn(private, log)

    def test_sigterm_finishes_what_is_at_work_and_flushes(self):
        with gate.Server(config="store:\n  sqlite: s.db\n") as server:
            answered = []

            def client(number):
                for i in range(200):
                    try:
                        name = f"t{number}-{i}"
                        code, _, _ = server.sluice("check", "-", "--id", name, text="a plain comment")
                    except subprocess.TimeoutExpired:
                        return
                    if code != 0:
                        return
                    answered.append(name)

            threads = [threading.Thread(target=client, args=(n,)) for n in range(3)]
            for thread in threads:
                thread.start()
            gate.wait_until(lambda: len(answered) > 20)
            self.assertEqual(server.stop(), 0)
            for thread in threads:
                thread.join()
            server.start()
            kept = server.sluice("queue", "--state", "accepted", "--all")[1]
            for name in answered:
                self.assertIn(name + " ", kept)

    def test_sighup_reads_the_rules_again(self):
        with gate.Server() as server:
            os.kill(server.process.pid, signal.SIGHUP)
            gate.wait_until(lambda: "reload rules=unchanged" in server.log_text())
            self.assertEqual(server.check("fine")[0], 0)


class Durability(unittest.TestCase):
    KILLS = int(os.environ.get("SLUICE_KILLS", "20"))

    def test_kill_9_loses_no_answered_hold(self):
        api = gate.python_protos()
        with gate.Server(config="store:\n  sqlite: s.db\n") as server:
            answered = []
            for round_number in range(self.KILLS):
                stop = threading.Event()

                def client(number, address=server.address, round_number=round_number, stop=stop):
                    with grpc.insecure_channel(address) as channel:
                        check = channel.unary_unary(
                            "/sluice.v1.ModerationService/CheckComment",
                            request_serializer=api.moderation.CheckCommentRequest.SerializeToString,
                            response_deserializer=api.moderation.CheckCommentResponse.FromString)
                        i = 0
                        while not stop.is_set():
                            request = api.moderation.CheckCommentRequest()
                            request.comment.name = f"sites/default/comments/k{round_number}-{number}-{i}"
                            request.comment.body = "sluice-test-hold"
                            try:
                                check(request, timeout=10)
                            except grpc.RpcError:
                                return
                            answered.append(request.comment.name)
                            i += 1

                before = len(answered)
                threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
                for thread in threads:
                    thread.start()
                gate.wait_until(lambda before=before: len(answered) > before + 40 + 13 * round_number)
                server.kill()
                stop.set()
                for thread in threads:
                    thread.join()
                server.start()
            code, out, err = server.sluice("queue", "--all", "--json")
            self.assertEqual(code, 0, err)
            kept = [line.split('"name":"')[1].split('"')[0] for line in out.splitlines()]
            self.assertEqual(len(kept), len(set(kept)), "no entry twice")
            self.assertEqual(set(answered) - set(kept), set(), "every answered hold is there")


if __name__ == "__main__":
    unittest.main()
