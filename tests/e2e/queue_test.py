"""The queue over RPC: filters, pages, campaigns, claims, bulk decisions, undo, history, days and imports."""

import datetime
import unittest

import grpc

import gate

SITE = "sites/default"
RULES = """rules:
  - id: kumquats
    why: The fruit dealers are back
    words: [kumquat, kumquats]
    verdict: hold
    examples:
      hit: ["fresh kumquats"]
      miss: ["fresh words"]
"""


class Queue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.protos = gate.python_protos()
        cls.review = cls.protos.review
        cls.server = gate.Server(config="store:\n  sqlite: s.db\n")
        cls.server.rules = cls.server.folder / "rules"
        cls.server.rules.mkdir()
        (cls.server.rules / "a.yaml").write_text(RULES, encoding="utf-8")
        cls.server.start()
        cls.channel = grpc.insecure_channel(cls.server.address)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        cls.server.__exit__()

    def call(self, method, service="ReviewService", answer=None, **fields):
        protos = self.review if service == "ReviewService" else self.protos.moderation
        request = getattr(protos, method + "Request")(**fields)
        return self.channel.unary_unary(
            f"/sluice.v1.{service}/{method}", request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=getattr(protos, answer or method + "Response").FromString)(request, timeout=30)

    def error(self, code, method, **fields):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call(method, **fields)
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception.details()

    def hold(self, name, body, email=""):
        request = self.protos.moderation.CheckCommentRequest()
        request.comment.name = f"{SITE}/comments/{name}"
        request.comment.body = body
        request.comment.author.email = email
        answer = self.call("CheckComment", "ModerationService", comment=request.comment)
        self.assertEqual(answer.decision.verdict, 2, answer)
        return request.comment.name

    def names(self, **fields):
        names, token = [], ""
        while True:
            page = self.call("ListEntries", parent=SITE, page_token=token, page_size=2, **fields)
            names += [entry.name.rsplit("/", 1)[1] for entry in page.entries]
            token = page.next_page_token
            if not token:
                return names

    def state(self, name):
        return self.call("GetEntry", name=name).entry.state

    def test_a_campaign_is_found_decided_and_undone(self):
        text = "Fresh kumquats from the garden of my uncle, picked by hand this very morning and sent to you by mail"
        held = [self.hold(f"k{i}", f"{text}, {'ab cd'[:i + 1]}") for i in range(4)]
        self.hold("other", "One kumquat stands alone among words that nobody else has ever put in this order")
        page = self.call("ListEntries", parent=SITE, order_by="campaign_size desc", page_size=1)
        campaign = self.call("GetEntry", name=held[3]).entry.checked.signals.repetition.campaign
        self.assertNotEqual(campaign, "")
        # The first of a campaign was alone when it was checked, and stands with the others all the same.
        self.assertEqual(page.entries[0].name, held[0])
        matching = dict(parent=SITE, filter=f"campaign = {campaign}", verdict=3, moderator="ann", reason_code="spam")
        tried = self.call("DecideMatching", dry_run=True, **matching)
        self.assertEqual((tried.count, len(tried.sample), tried.batch), (4, 4, ""))
        self.assertIn("4 entries match now, not 3",
                      self.error(grpc.StatusCode.ABORTED, "DecideMatching", expected_count=3, **matching))
        self.assertEqual(self.state(held[0]), 2)
        done = self.call("DecideMatching", expected_count=4, **matching)
        self.assertEqual(done.count, 4)
        self.assertEqual([self.state(name) for name in held], [3] * 4)
        self.assertEqual(self.names(filter=f"batch = {done.batch} state:*"), ["k0", "k1", "k2", "k3"])

        self.call("UndoDecision", parent=SITE, name=held[0], moderator="bob")
        self.assertEqual(self.state(held[0]), 2)
        undone = self.call("UndoDecision", parent=SITE, batch=done.batch, moderator="ann")
        self.assertEqual(undone.count, 3)
        self.assertEqual([self.state(name) for name in held], [2] * 4)
        self.error(grpc.StatusCode.NOT_FOUND, "UndoDecision", parent=SITE, batch=done.batch, moderator="ann")
        similar = self.call("ListSimilar", name=held[3], page_size=3).entries
        self.assertEqual({entry.name for entry in similar}, set(held[:3]))
        events = self.call("GetEntry", name=held[0]).events
        self.assertEqual([event.WhichOneof("kind") for event in events], ["checked", "reviewed", "undone"])

    def test_mistakes_are_said_where_they_are(self):
        invalid = grpc.StatusCode.INVALID_ARGUMENT
        self.assertIn("did you mean `author.email`?",
                      self.error(invalid, "ListEntries", parent=SITE, filter="autor.email = x"))
        self.assertIn("campaign_size desc", self.error(invalid, "ListEntries", parent=SITE, order_by="size"))
        decide = dict(parent=SITE, filter="a", verdict=3, moderator="ann")
        self.assertIn("spam, abuse, off_topic, duplicate, personal_data, ok",
                      self.error(invalid, "DecideMatching", **{**decide, "reason_code": "bad"}))
        self.assertIn("state = HELD", self.error(invalid, "DecideMatching", **{**decide, "filter": " "}))
        self.error(invalid, "UndoDecision", parent=SITE, moderator="ann")
        self.error(invalid, "ClaimEntries", parent=SITE, moderator="ann")
        self.error(invalid, "CountEntries", parent=SITE, days=367)
        self.error(invalid, "ListAuthorHistory", parent=SITE)

    def test_claims_history_and_days(self):
        first = self.hold("h1", "A kumquat for the first", "Dora@example.org")
        second = self.hold("h2", "Another kumquat, quite another thing", "dora@example.org")
        mine = self.call("ClaimEntries", parent=SITE, names=[first, second], moderator="ann").entries
        self.assertEqual([entry.claim.moderator for entry in mine], ["ann", "ann"])
        self.assertEqual(len(self.call("ClaimEntries", parent=SITE, names=[first], moderator="bob").entries), 0)
        self.assertEqual(self.names(filter="claimed_by = ann"), ["h1", "h2"])
        self.call("ClaimEntries", parent=SITE, names=[first], moderator="ann", release=True)
        self.assertEqual(self.names(filter="claimed_by = ann"), ["h2"])
        for whose in (dict(email="DORA@example.org"), dict(comment=first)):
            history = self.call("ListAuthorHistory", parent=SITE, **whose).entries
            self.assertEqual([entry.name for entry in history], [second, first])
        days = self.call("CountEntries", parent=SITE, days=3).days
        self.assertEqual(len(days), 3)
        self.assertGreaterEqual(days[2].held, 2)

    def test_the_past_is_taken_in(self):
        def past(name, body, verdict, day):
            request = self.review.ImportEntriesRequest(verdict=verdict)
            request.comment.name = f"{SITE}/comments/{name}"
            request.comment.body = body
            request.comment.author.email = "old@example.org"
            request.comment.create_time.FromDatetime(datetime.datetime(2020, 5, day, 12))
            return request

        stream = [past(f"old{i}", f"Words of the past, number {i}", 1 + 2 * (i % 2), 1 + i % 28) for i in range(200)]
        stream.append(past("old200", "Nobody knows", 0, 3))
        stream.append(past("bad", "", 1, 1))
        stream.append(past("old7", "Words of the past, number 7", 3, 8))
        stream.append(past("old7", "Other words", 3, 8))
        importing = self.channel.stream_unary("/sluice.v1.ReviewService/ImportEntries",
                                              request_serializer=lambda m: m.SerializeToString(),
                                              response_deserializer=self.review.ImportEntriesResponse.FromString)
        answer = importing(iter(stream), timeout=60)
        self.assertEqual((answer.imported, answer.repeated_checks, answer.refused), (201, 1, 2), answer)
        self.assertEqual(len(answer.errors), 2)
        self.assertIn("comments/bad", answer.errors[0].message)
        entry = self.call("GetEntry", name=f"{SITE}/comments/old7").entry
        self.assertEqual(entry.state, 3)
        self.assertEqual(entry.review.moderator, "import")
        self.assertEqual(entry.create_time.ToDatetime(), datetime.datetime(2020, 5, 8, 12))
        self.assertEqual(entry.review_time, entry.create_time)
        self.assertEqual(len(self.names(filter="moderator = import state:* create_time < 2021-01-01")), 200)
        again = importing(iter(stream[:10]), timeout=60)
        self.assertEqual((again.imported, again.repeated_checks), (0, 10))


if __name__ == "__main__":
    unittest.main()
