"""WatchVerdicts as a blog's backend uses it: live, after it was away, after the server was killed, and at its end."""

import threading
import time
import unittest

import grpc

import gate

STORE = "store:\n  sqlite: s.db\nsites:\n  - id: default\n  - id: other\n"
WATCHERS = 100


class Watcher:
    """One stream in a thread of its own; keeps what it was told."""

    def __init__(self, protos, server, token="", site="default"):
        self.told = []
        self.token = None
        self.code = None
        self.details = ""
        self.channel = grpc.insecure_channel(server.address)
        watch = self.channel.unary_stream("/sluice.v1.ModerationService/WatchVerdicts",
                                          request_serializer=lambda m: m.SerializeToString(),
                                          response_deserializer=protos.moderation.WatchVerdictsResponse.FromString)
        self.call = watch(protos.moderation.WatchVerdictsRequest(parent=f"sites/{site}", resume_token=token))
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            for message in self.call:
                if message.name:
                    self.told.append(message)
                self.token = message.resume_token
        except grpc.RpcError as error:
            self.details = error.details()
            self.code = error.code()

    def begun(self):
        gate.wait_until(lambda: self.token is not None or self.code is not None)
        return self

    def wait_for(self, count):
        gate.wait_until(lambda: len(self.told) >= count or self.code is not None)
        return self.words()

    def words(self):
        return [(message.name.rsplit("/", 1)[1], message.state) for message in self.told]

    def close(self):
        self.call.cancel()
        self.thread.join()
        self.channel.close()


class Watch(unittest.TestCase):
    def setUp(self):
        self.protos = gate.python_protos()
        self.accepted = self.protos.event.STATE_ACCEPTED
        self.rejected = self.protos.event.STATE_REJECTED

    def call(self, server, service, method, request, response):
        with grpc.insecure_channel(server.address) as channel:
            return channel.unary_unary(f"/sluice.v1.{service}/{method}",
                                       request_serializer=lambda m: m.SerializeToString(),
                                       response_deserializer=response.FromString)(request, timeout=60)

    def check(self, server, comment, site="default"):
        request = self.protos.moderation.CheckCommentRequest()
        request.comment.name = f"sites/{site}/comments/{comment}"
        request.comment.body = f"Words of *{comment}*, which somebody will read."
        self.call(server, "ModerationService", "CheckComment", request, self.protos.moderation.CheckCommentResponse)

    def decide(self, server, comments, accept=True, site="default", reason=""):
        request = self.protos.review.DecideEntriesRequest(parent=f"sites/{site}", moderator="ann")
        for comment in comments:
            request.decisions.add(name=f"sites/{site}/comments/{comment}", reason_code=reason,
                                  verdict=self.protos.decision.VERDICT_ACCEPT if accept
                                  else self.protos.decision.VERDICT_REJECT)
        return self.call(server, "ReviewService", "DecideEntries", request, self.protos.review.DecideEntriesResponse)

    def test_a_decision_is_told_at_once_with_what_to_publish(self):
        with gate.Server(config=STORE) as server:
            for name in ("a", "b"):
                self.check(server, name)
            self.check(server, "c", site="other")
            watcher = Watcher(self.protos, server).begun()
            self.decide(server, ["c"], site="other")
            self.decide(server, ["a"])
            self.decide(server, ["b"], accept=False, reason="spam")
            self.assertEqual(watcher.wait_for(2), [("a", self.accepted), ("b", self.rejected)])
            self.assertIn("<em>a</em>", watcher.told[0].html)
            self.assertEqual(watcher.told[1].html, "")
            self.assertEqual(watcher.told[1].reason_code, "spam")
            self.assertAlmostEqual(watcher.told[0].time.seconds, time.time(), delta=600)
            watcher.close()

    def test_who_was_away_misses_nothing_though_the_server_was_killed(self):
        with gate.Server(config=STORE) as server:
            for number in range(20):
                self.check(server, str(number))
            watcher = Watcher(self.protos, server).begun()
            self.decide(server, ["0", "1"])
            watcher.wait_for(2)
            token = watcher.token
            watcher.close()
            self.decide(server, [str(number) for number in range(2, 10)])
            server.kill()
            server.start()
            self.decide(server, [str(number) for number in range(10, 20)], accept=False)
            watcher = Watcher(self.protos, server, token)
            expected = [(str(number), self.accepted if number < 10 else self.rejected) for number in range(2, 20)]
            self.assertEqual(watcher.wait_for(18), expected)
            watcher.close()
            whole = Watcher(self.protos, server, "0")
            self.assertEqual(whole.wait_for(20)[2:], expected)
            whole.close()

    def test_a_connected_watcher_survives_a_kill_by_its_token(self):
        with gate.Server(config=STORE) as server:
            self.check(server, "a")
            self.check(server, "b")
            watcher = Watcher(self.protos, server).begun()
            self.decide(server, ["a"])
            watcher.wait_for(1)
            server.kill()
            gate.wait_until(lambda: watcher.code is not None)
            self.assertEqual(watcher.code, grpc.StatusCode.UNAVAILABLE)
            server.start()
            self.decide(server, ["b"])
            again = Watcher(self.protos, server, watcher.token)
            self.assertEqual(again.wait_for(1), [("b", self.accepted)])
            again.close()

    def test_wrong_requests_are_refused(self):
        with gate.Server(config=STORE) as server, gate.Server(config=STORE) as another:
            stranger = Watcher(self.protos, another).begun()
            for site, token in (("default", "nonsense"), ("default", stranger.token), ("unknown", "0")):
                watcher = Watcher(self.protos, server, token, site).begun()
                self.assertEqual(watcher.code, grpc.StatusCode.INVALID_ARGUMENT, (site, token))
                watcher.close()
            stranger.close()

    def test_many_watchers_are_told_the_same_and_a_decision_waits_for_none(self):
        with gate.Server(config=STORE) as server:
            names = [str(number) for number in range(50)]
            for name in names:
                self.check(server, name)
            watchers = [Watcher(self.protos, server).begun() for _ in range(WATCHERS)]
            for name in names:
                self.decide(server, [name])
            for watcher in watchers:
                self.assertEqual(watcher.wait_for(50), [(name, self.accepted) for name in names])
            for watcher in watchers[::2]:
                watcher.close()
            self.decide(server, ["0"], accept=False)
            for watcher in watchers[1::2]:
                self.assertEqual(watcher.wait_for(51)[-1], ("0", self.rejected))
                watcher.close()

    def test_the_server_ends_its_streams_and_stops(self):
        with gate.Server(config=STORE + "shutdown_seconds: 50\n") as server:
            watchers = [Watcher(self.protos, server).begun() for _ in range(5)]
            begin = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - begin, 40)  # not by the deadline of calls in flight
            for watcher in watchers:
                gate.wait_until(lambda watcher=watcher: watcher.code is not None)
                self.assertEqual(watcher.code, grpc.StatusCode.UNAVAILABLE)
                self.assertIn("token", watcher.details)


if __name__ == "__main__":
    unittest.main()
