"""What the server remembers of earlier comments, and what a comment form brings back; also after a restart."""

import pathlib
import shutil
import tempfile
import unittest

import grpc

import gate

QUIZ = """
form:
  quizzes:
    - id: name
      question: The name of this blog is ___
      answers: [kumquat weekly]
"""


def rules_with_quiz():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-rules-"))
    shutil.copytree(gate.ROOT / "rules", folder / "rules")
    with open(folder / "rules/policy.yaml", "a", encoding="utf-8") as policy:
        policy.write(QUIZ)
    return folder / "rules"


class History(unittest.TestCase):
    def setUp(self):
        self.protos = gate.python_protos()
        self.signals = self.protos.moderation.CheckCommentResponse.DESCRIPTOR.file.pool.FindMessageTypeByName(
            "sluice.v1.FormSignals").enum_types_by_name["Token"].values_by_name

    def call(self, server, method, request, response):
        with grpc.insecure_channel(server.address) as channel:
            return channel.unary_unary(f"/sluice.v1.ModerationService/{method}",
                                       request_serializer=lambda m: m.SerializeToString(),
                                       response_deserializer=response.FromString)(request, timeout=30)

    def issue(self, server, page=""):
        request = self.protos.moderation.IssueFormTokenRequest(parent="sites/default", page_url=page)
        return self.call(server, "IssueFormToken", request, self.protos.moderation.IssueFormTokenResponse)

    def check(self, server, body, ip="", token="", answer="", name="sites/default"):
        request = self.protos.moderation.CheckCommentRequest(want_signals=True)
        request.comment.name = name
        request.comment.body = body
        request.comment.client.ip = ip
        if token or answer:
            request.comment.form.token = token
            request.comment.form.quiz_answer = answer
        return self.call(server, "CheckComment", request, self.protos.moderation.CheckCommentResponse).signals

    def token(self, name):
        return self.signals[name].number

    def test_a_flood_is_counted_across_a_restart(self):
        with gate.Server(config="store:\n  sqlite: s.db\n") as server:
            text = "A few words on the second chapter, and on what follows from it."
            for number in range(3):
                self.check(server, f"{text} {number}", ip="192.0.2.7")
            before = self.check(server, text, ip="192.0.2.7")
            self.assertEqual(before.velocity.ip.hour, 3)
            self.assertEqual(before.repetition.near, 3)
            self.assertEqual(server.stop(), 0)
            secret = server.folder / "s.db.secret"
            self.assertEqual(secret.stat().st_mode & 0o777, 0o600)
            server.start()
            after = self.check(server, text, ip="192.0.2.8")
            self.assertEqual(after.velocity.ip_prefix.hour, 4)
            self.assertEqual(after.repetition.exact, 1)
            self.assertEqual(after.repetition.campaign, before.repetition.campaign)

    def test_a_form_token_comes_back(self):
        rules = rules_with_quiz()
        with gate.Server(rules=rules, config="store:\n  sqlite: s.db\n") as server:
            form = self.check(server, "No form was ever asked for.").form
            self.assertEqual(form.token, self.token("TOKEN_UNSPECIFIED"))
            issued = self.issue(server, "https://blog.example/post")
            self.assertEqual(issued.quiz_question, "The name of this blog is ___")
            self.assertTrue(issued.honeypot_field)
            self.assertEqual(self.issue(server).honeypot_field, issued.honeypot_field)
            form = self.check(server, "Through the form.", token=issued.token, answer="Kumquat Weekly!").form
            self.assertEqual(form.token, self.token("TOKEN_VALID"))
            self.assertEqual(form.quiz, 1)
            form = self.check(server, "Past the form.").form
            self.assertEqual(form.token, self.token("TOKEN_MISSING"))
            self.assertEqual(server.stop(), 0)
            server.start()
            form = self.check(server, "The same token again.", token=issued.token, answer="quince").form
            self.assertEqual(form.token, self.token("TOKEN_REPLAYED"))
            self.assertEqual(form.quiz, 2)
            form = self.check(server, "A made up token.", token=issued.token[:-2] + "AA").form
            self.assertEqual(form.token, self.token("TOKEN_FORGED"))
        shutil.rmtree(rules.parent)

    def test_a_wrong_form_request_names_the_field(self):
        with gate.Server() as server:
            for request, field in ((self.protos.moderation.IssueFormTokenRequest(parent="sites/none"), "parent"),
                                   (self.protos.moderation.IssueFormTokenRequest(parent="sites/default",
                                                                                 page_url="ftp://x/"), "page_url")):
                with self.assertRaises(grpc.RpcError) as error:
                    self.call(server, "IssueFormToken", request, self.protos.moderation.IssueFormTokenResponse)
                self.assertEqual(error.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
                self.assertIn(field, error.exception.details())


if __name__ == "__main__":
    unittest.main()
