"""EraseAuthor over the API: what it says, and that nothing of it is left in the server's files."""

import unittest

import grpc

import gate
import watch_test

EMAIL = "ann.miller@mail.example"
NAME = "Ann Millerova"
WORDS = "marmalade on the windowsill"


class Erase(unittest.TestCase):
    call = watch_test.Watch.call

    def setUp(self):
        self.protos = gate.python_protos()

    def check(self, server, comment, email=EMAIL, name=NAME, body=WORDS):
        request = self.protos.moderation.CheckCommentRequest()
        request.comment.name = f"sites/default/comments/{comment}"
        request.comment.body = f"{body}, {comment}."
        request.comment.author.name = name
        request.comment.author.email = email
        request.comment.client.ip = "203.0.113.77"
        self.call(server, "ModerationService", "CheckComment", request, self.protos.moderation.CheckCommentResponse)

    def erase(self, server, **whom):
        request = self.protos.review.EraseAuthorRequest(parent="sites/default", moderator="mod", **whom)
        return self.call(server, "ReviewService", "EraseAuthor", request, self.protos.review.EraseAuthorResponse)

    def entry(self, server, comment):
        request = self.protos.review.GetEntryRequest(name=f"sites/default/comments/{comment}")
        return self.call(server, "ReviewService", "GetEntry", request, self.protos.review.GetEntryResponse).entry

    def test_an_erased_author_is_in_no_file_and_in_no_answer(self):
        with gate.Server(config=watch_test.STORE) as server:
            for comment in ("a", "b"):
                self.check(server, comment)
            self.check(server, "c", email="bob@mail.example", name="Bob", body="Other words")
            dry = self.erase(server, email=EMAIL, dry_run=True)
            self.assertEqual((dry.comments, dry.events, list(dry.names)),
                             (2, 2, ["sites/default/comments/a", "sites/default/comments/b"]))
            self.assertIn(WORDS, self.entry(server, "a").checked.comment.body)
            self.assertEqual(self.erase(server, email=EMAIL.upper()), dry)
            entry = self.entry(server, "a")
            self.assertEqual(entry.purged.what, "content")
            self.assertEqual(entry.checked.comment.body, "")
            self.assertEqual(self.erase(server, email=EMAIL).comments, 0)
            for stopped in (False, True):
                if stopped:
                    self.assertEqual(server.stop(), 0)
                for path in server.folder.iterdir():
                    content = path.read_bytes()
                    for secret in (EMAIL, NAME, WORDS):
                        self.assertNotIn(secret.encode(), content, path.name)
            server.start()
            self.assertIn("Other words", self.entry(server, "c").checked.comment.body)

    def test_wrong_requests_are_refused(self):
        with gate.Server(config=watch_test.STORE) as server:
            for whom in ({}, {"email": ""}, {"comment": "sites/other/comments/a"}):
                with self.assertRaises(grpc.RpcError) as caught:
                    self.erase(server, **whom)
                self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT, whom)
            with self.assertRaises(grpc.RpcError) as caught:
                self.erase(server, comment="sites/default/comments/none")
            self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)


if __name__ == "__main__":
    unittest.main()
