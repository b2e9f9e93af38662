"""Input that is wrong or hostile, over the wire: the field is named, and the server lives on."""

import resource
import unittest

import grpc

import gate

API = gate.python_protos()
ACCEPT, REJECT = API.decision.VERDICT_ACCEPT, API.decision.VERDICT_REJECT


def call(channel, service, method, request, response):
    return channel.unary_unary(f"/sluice.v1.{service}/{method}", request_serializer=type(request).SerializeToString,
                               response_deserializer=response.FromString)(request, timeout=30)


def check(channel, body="text", comment_id="", **fields):
    """Checks a comment; author={...} and the like set parts of it."""
    request = API.moderation.CheckCommentRequest()
    request.comment.name = "sites/default" + (f"/comments/{comment_id}" if comment_id else "")
    request.comment.body = body
    for name, value in fields.items():
        if isinstance(value, dict):
            for key, part in value.items():
                setattr(getattr(request.comment, name), key, part)
        else:
            setattr(request.comment, name, value)
    return call(channel, "ModerationService", "CheckComment", request, API.moderation.CheckCommentResponse)


def decide(channel, comment_id, verdict, moderator="ann", etag=""):
    request = API.review.DecideEntriesRequest(parent="sites/default", moderator=moderator)
    request.decisions.add(name=f"sites/default/comments/{comment_id}", verdict=verdict, etag=etag)
    return call(channel, "ReviewService", "DecideEntries", request, API.review.DecideEntriesResponse).results[0]


def get(channel, comment_id):
    request = API.review.GetEntryRequest(name=f"sites/default/comments/{comment_id}")
    return call(channel, "ReviewService", "GetEntry", request, API.review.GetEntryResponse)


class WrongFields(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = gate.Server()
        cls.server.start()
        cls.channel = grpc.insecure_channel(cls.server.address)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        cls.server.__exit__()

    def refused(self, run, field):
        with self.assertRaises(grpc.RpcError) as caught:
            run()
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT, caught.exception.details())
        self.assertIn(field, self.fields_of(caught.exception))

    def fields_of(self, error):
        status = API.status.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        fields = []
        for detail in status.details:
            bad = API.error_details.BadRequest()
            if detail.Unpack(bad):
                fields += [violation.field for violation in bad.field_violations]
        return fields

    def test_each_is_named(self):
        long_url = "https://x.example/" + "a" * 2048
        for field, change in (
                ("comment.body", {"body": ""}), ("comment.body", {"body": " \n\t"}), ("comment.body", {"body": "x" * 65537}),
                ("comment.author.email", {"author": {"email": "no address"}}),
                ("comment.author.email", {"author": {"email": "a@" + "b" * 260}}),
                ("comment.author.url", {"author": {"url": "javascript:alert(1)"}}),
                ("comment.author.url", {"author": {"url": long_url}}),
                ("comment.author.name", {"author": {"name": "two\nlines"}}),
                ("comment.author.name", {"author": {"name": "n" * 257}}),
                ("comment.page.url", {"page": {"url": "nowhere"}}), ("comment.page.language", {"page": {"language": "e n"}}),
                ("comment.client.ip", {"client": {"ip": "1.2.3"}}), ("comment.format", {"format": 99}),
                ("comment.parent", {"parent": "somewhere"}), ("comment.name", {"name": "sites/UPPER CASE"})):
            with self.subTest(f"{field} {str(change)[:60]}"):
                self.refused(lambda change=change: check(self.channel, **change), field)

    def test_all_are_named_at_once(self):
        with self.assertRaises(grpc.RpcError) as caught:
            check(self.channel, "", author={"email": "x", "url": "y"})
        self.assertEqual(sorted(self.fields_of(caught.exception)),
                         ["comment.author.email", "comment.author.url", "comment.body"])

    def test_a_decision_without_a_moderator(self):
        self.refused(lambda: decide(self.channel, "any", ACCEPT, moderator=""), "moderator")

    def test_a_message_over_the_transport_limit(self):
        with self.assertRaises(grpc.RpcError) as caught:
            check(self.channel, "x" * (2 << 20))
        self.assertEqual(caught.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

    def test_hostile_bodies_are_answered(self):
        for body in ("[" * 60000, ">" * 60000, "<b>" * 20000, "*a" * 30000, "&" * 60000, "a\u0301" * 20000, "\0a", "`" * 65536,
                     "<!--" * 15000, "|-" * 30000, "- " * 30000, "![](" * 15000, "<a href=\"" * 7000, "v.i." * 16000):
            with self.subTest(body[:9]):
                self.assertNotEqual(check(self.channel, body).decision.verdict, API.decision.VERDICT_UNSPECIFIED)

    def test_a_decision_on_what_has_changed_since_is_aborted(self):
        check(self.channel, "sluice-test-hold", "raced")
        etag = get(self.channel, "raced").entry.etag
        self.assertFalse(decide(self.channel, "raced", ACCEPT, etag=etag).HasField("error"))
        self.assertEqual(decide(self.channel, "raced", REJECT, etag=etag).error.code, grpc.StatusCode.ABORTED.value[0])

    def test_a_rejected_comment_can_be_rescued(self):
        check(self.channel, "sluice-test-reject", "rescued")
        self.assertEqual(decide(self.channel, "rescued", ACCEPT).entry.state, API.event.STATE_ACCEPTED)
        self.assertEqual([event.WhichOneof("kind") for event in get(self.channel, "rescued").events],
                         ["checked", "reviewed"])

    def test_a_match_is_bytes_of_the_original(self):
        body = "Grüße, try sluice-test-hold"
        match = check(self.channel, body).decision.reasons[0].matches[0]
        self.assertEqual(body.encode()[match.begin:match.end], b"sluice-test-hold")


class FullDisk(unittest.TestCase):
    """A file that may not grow is a disk that is full."""

    def test_a_hold_that_cannot_be_stored_is_unavailable_and_the_server_lives(self):
        with gate.Server(config="store:\n  sqlite: s.db\n") as server:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
            answered, failed = [], None
            with grpc.insecure_channel(server.address) as channel:
                for number in range(2000):
                    try:
                        check(channel, "sluice-test-hold " + "x" * 20000, f"h{number}")
                    except grpc.RpcError as error:
                        failed = error
                        break
                    answered.append(f"h{number}")
                self.assertIsNotNone(failed, "the limit was never met")
                self.assertEqual(failed.code(), grpc.StatusCode.UNAVAILABLE, failed.details())
                preview = API.moderation.PreviewCommentRequest(parent="sites/default", body="*alive*")
                html = call(channel, "ModerationService", "PreviewComment", preview,
                            API.moderation.PreviewCommentResponse).html
                self.assertIn("<em>alive</em>", html)
            server.kill()
            server.start()
            with grpc.insecure_channel(server.address) as channel:
                for comment_id in answered:
                    self.assertEqual(get(channel, comment_id).entry.state, API.event.STATE_HELD)


if __name__ == "__main__":
    unittest.main()
