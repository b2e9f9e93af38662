"""The breaker: an edit that makes a rule hit everything ends in holds, is told, and can be confirmed."""

import unittest

import gate
import grpc

RULE = """rules:
  - id: the-rule
    why: The one rule of this test
    words: [{words}]
    verdict: reject
"""


class Breaker(unittest.TestCase):
    def check(self, count, body):
        """Checks comments in one call; returns how many were accepted, held and rejected."""
        api = gate.python_protos()
        batch = api.moderation.BatchCheckCommentsRequest()
        for _ in range(count):
            comment = batch.requests.add().comment
            comment.name = "sites/default"
            comment.body = body
        with grpc.insecure_channel(self.server.address) as channel:
            call = channel.unary_unary("/sluice.v1.ModerationService/BatchCheckComments",
                                       request_serializer=api.moderation.BatchCheckCommentsRequest.SerializeToString,
                                       response_deserializer=api.moderation.BatchCheckCommentsResponse.FromString)
            verdicts = [result.response.decision.verdict for result in call(batch, timeout=60).results]
        v = api.decision
        return tuple(verdicts.count(verdict) for verdict in (v.VERDICT_ACCEPT, v.VERDICT_HOLD, v.VERDICT_REJECT))

    def test_a_rule_that_hits_everything_is_demoted_until_it_is_confirmed(self):
        self.server = gate.Server()
        self.server.rules = rules = self.server.folder / "rules"
        rules.mkdir()
        (rules / "a.yaml").write_text(RULE.format(words="kumquat"), encoding="utf-8")
        with self.server:
            self.assertEqual(self.check(200, "the plain words"), (200, 0, 0))
            (rules / "a.yaml").write_text(RULE.format(words="kumquat, the"), encoding="utf-8")
            gate.wait_until(lambda: "reload rules=taken" in self.server.log_text())
            self.assertEqual(self.check(50, "the plain words"), (0, 0, 50))
            self.check(20, "the plain words")
            self.assertEqual(self.check(10, "the plain words"), (0, 10, 0))
            self.assertEqual(self.check(10, "a plain word"), (10, 0, 0))

            self.assertEqual(self.server.log_text().count("rule demoted to hold"), 1)
            out = self.server.sluice("rules", "status")[1]
            self.assertRegex(out, r"(?m)^demoted  the-rule  hit (\d+) of \1 comments, 0 of 200 before it was edited;")
            self.assertIn("sluice rules confirm the-rule", out)
            code, out, _ = self.server.sluice("check", "-", text="the last words")
            self.assertEqual(code, 10)
            self.assertIn("the-rule (demoted)", out)
            self.assertIn("policy.breaker", out)

            self.assertEqual(self.server.sluice("rules", "confirm", "another")[0], 4)
            self.assertEqual(self.server.sluice("rules", "confirm", "the-rule"), (0, "the-rule  confirmed\n", ""))
            self.assertEqual(self.check(100, "the plain words"), (0, 0, 100))
            self.assertNotIn("demoted", self.server.sluice("rules", "status")[1])


if __name__ == "__main__":
    unittest.main()
