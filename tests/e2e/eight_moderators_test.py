"""Eight clients decide, undo, claim and decide in bulk at random; then what is there is held against what they were told.

Ten seconds; SLUICE_CONCURRENCY_SECONDS=60 for the long form, SLUICE_CONCURRENCY_SEED for another course.
"""

import collections
import os
import random
import threading
import time
import unittest

import grpc

import gate

SECONDS = float(os.environ.get("SLUICE_CONCURRENCY_SECONDS", "10"))
SEED = int(os.environ.get("SLUICE_CONCURRENCY_SEED", "1"))
CLIENTS = 8
COMMENTS = 60
PARENT = "sites/default"
NAMES = [f"{PARENT}/comments/c{number}" for number in range(COMMENTS)]
ACCEPT, REJECT = 1, 3  # Verdict and State have the same numbers
HELD = 2


class Calls:
    """One client's stubs."""

    def __init__(self, address):
        self.api = gate.python_protos()
        self.channel = grpc.insecure_channel(address)

    def __call__(self, method, request, service="ReviewService"):
        module = self.api.review if service == "ReviewService" else self.api.moderation
        call = self.channel.unary_unary(
            f"/sluice.v1.{service}/{method}", request_serializer=type(request).SerializeToString,
            response_deserializer=getattr(module, method + "Response").FromString)
        return call(request, timeout=30)


class Client(threading.Thread):
    """Does what comes to its mind and keeps what it was told."""

    def __init__(self, address, number, end):
        super().__init__()
        self.calls = Calls(address)
        self.api = self.calls.api.review
        self.me = f"m{number}"
        self.random = random.Random(SEED * 1000 + number)
        self.end = end
        self.decided = []  # (name, verdict, batch, place in the chain if an etag was shown)
        self.bulk = {}  # batch -> count
        self.undone = 0
        self.refused = collections.Counter()
        self.batches = []
        self.wrong = []

    def run(self):
        actions = [self.decide, self.decide, self.decide_many, self.undo, self.undo, self.undo_batch, self.claim,
                   self.in_bulk]
        try:
            while time.monotonic() < self.end:
                self.random.choice(actions)()
        except Exception as error:  # a thread's own failure would go unseen
            self.wrong.append(repr(error))

    def etag(self, name):
        """Sometimes what is there now, sometimes nothing."""
        if self.random.random() < 0.5:
            return ""
        return self.calls("GetEntry", self.api.GetEntryRequest(name=name)).entry.etag

    def decision(self, name):
        return self.api.EntryDecision(name=name, verdict=self.random.choice((ACCEPT, REJECT)), etag=self.etag(name))

    def send(self, decisions):
        request = self.api.DecideEntriesRequest(parent=PARENT, decisions=decisions, moderator=self.me)
        response = self.calls("DecideEntries", request)
        if response.batch:  # none if nothing was decided
            self.batches.append(response.batch)
        for decision, result in zip(decisions, response.results):
            if result.HasField("error"):
                self.refused[result.error.code] += 1
                if result.error.code != grpc.StatusCode.ABORTED.value[0] or not decision.etag:
                    self.wrong.append(str(result.error))
                continue
            place = int(decision.etag.split("-")[1]) if decision.etag else None
            self.decided.append((decision.name, decision.verdict, response.batch, place))
            if not place and result.entry.state not in (ACCEPT, REJECT, HELD):
                self.wrong.append(f"a state that is none: {result.entry.state}")

    def decide(self):
        self.send([self.decision(self.random.choice(NAMES))])

    def decide_many(self):
        self.send([self.decision(name) for name in self.random.sample(NAMES, 5)])

    def undo_request(self, **target):
        request = self.api.UndoDecisionRequest(parent=PARENT, moderator=self.me, **target)
        try:
            self.undone += self.calls("UndoDecision", request).count
        except grpc.RpcError as error:
            self.refused[error.code()] += 1
            if error.code() not in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ABORTED):
                self.wrong.append(str(error))

    def undo(self):
        name = self.random.choice(NAMES)
        self.undo_request(name=name, etag=self.etag(name))

    def undo_batch(self):
        if self.batches:
            self.undo_request(batch=self.random.choice(self.batches))

    def claim(self):
        self.calls("ClaimEntries", self.api.ClaimEntriesRequest(
            parent=PARENT, names=self.random.sample(NAMES, 3), moderator=self.me, seconds=60,
            release=self.random.random() < 0.3))

    def in_bulk(self):
        author = self.random.randrange(6)
        request = self.api.DecideMatchingRequest(
            parent=PARENT, filter=f'author.name = "Author {author}"', verdict=self.random.choice((ACCEPT, REJECT)),
            moderator=self.me)
        try:
            response = self.calls("DecideMatching", request)
        except grpc.RpcError as error:
            self.refused[error.code()] += 1
            if error.code() != grpc.StatusCode.RESOURCE_EXHAUSTED:
                self.wrong.append(str(error))
            return
        if response.batch:
            self.batches.append(response.batch)
            self.bulk[response.batch] = response.count


class EightModerators(unittest.TestCase):
    def replay(self, entry, events):
        """The state that the chain leads to; every event in it is one that somebody was told of."""
        self.assertTrue(events[0].HasField("checked"), entry.name)
        stack = []
        for place, event in enumerate(events):
            if event.HasField("reviewed"):
                stack.append(event)
                key = (entry.name, event.reviewed.verdict, event.reviewed.batch)
                self.reviews[key] += 1
                self.places[key].append(place)
            elif event.HasField("undone"):
                self.assertTrue(stack, f"{entry.name}: an undo of nothing")
                self.assertEqual(stack.pop().sequence, event.undone.sequence, entry.name)
                self.undos[event.undone.moderator] += 1
        self.assertEqual([event.sequence for event in events], sorted(event.sequence for event in events))
        self.assertEqual(int(entry.etag.split("-")[1]), len(events), entry.name)
        self.assertEqual(entry.state, stack[-1].reviewed.verdict if stack else HELD, entry.name)
        self.assertEqual(entry.review.batch, stack[-1].reviewed.batch if stack else "", entry.name)
        return entry.state

    def listed(self, calls, state, order):
        names, token = [], ""
        while True:
            page = calls("ListEntries", calls.api.review.ListEntriesRequest(
                parent=PARENT, state=state, order_by=order, page_size=7, page_token=token))
            names += [entry.name for entry in page.entries]
            token = page.next_page_token
            if not token:
                return names

    def test_what_is_there_is_what_they_were_told(self):
        with gate.Server(config="store:\n  sqlite: s.db\n") as server:
            calls = Calls(server.address)
            api = calls.api
            for number, name in enumerate(NAMES):
                request = api.moderation.CheckCommentRequest()
                request.comment.name = name
                request.comment.body = f"sluice-test-hold number {number}"
                request.comment.author.name = f"Author {number % 6}"
                calls("CheckComment", request, "ModerationService")
            clients = [Client(server.address, number, time.monotonic() + SECONDS) for number in range(CLIENTS)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            self.assertEqual([wrong[:300] for client in clients for wrong in client.wrong], [])
            self.reviews = collections.Counter()
            self.places = collections.defaultdict(list)
            self.undos = collections.Counter()
            states = {}
            for name in NAMES:
                got = calls("GetEntry", api.review.GetEntryRequest(name=name))
                states[name] = self.replay(got.entry, list(got.events))

            told = collections.Counter()
            bulk = {}
            for client in clients:
                bulk.update(client.bulk)
                self.assertEqual(self.undos[client.me], client.undone, client.me)
                for name, verdict, batch, place in client.decided:
                    told[name, verdict, batch] += 1
                    if place is not None:  # decided upon exactly what its etag showed
                        self.assertIn(place, self.places[name, verdict, batch])
            in_bulk = collections.Counter()
            for (name, verdict, batch), count in self.reviews.items():
                if batch in bulk:
                    in_bulk[batch] += count
                else:
                    self.assertEqual(told.pop((name, verdict, batch), 0), count, "once, and told")
            self.assertEqual(told, {}, "what was told is there")
            self.assertEqual({batch: count for batch, count in bulk.items() if count}, dict(in_bulk))

            counts = calls("CountEntries", api.review.CountEntriesRequest(parent=PARENT))
            by_state = collections.Counter(states.values())
            self.assertEqual((counts.held, counts.accepted, counts.rejected),
                             (by_state[HELD], by_state[ACCEPT], by_state[REJECT]))
            for state in (HELD, ACCEPT, REJECT):
                expected = sorted(name for name in NAMES if states[name] == state)
                for order in ("create_time", "create_time desc", "score desc", "campaign_size desc"):
                    self.assertEqual(sorted(self.listed(calls, state, order)), expected, order)
            done = sum(len(client.decided) + client.undone for client in clients) + sum(bulk.values())
            print(f"{done} decisions and undos, {sum(sum(c.refused.values()) for c in clients)} refused")
            self.assertGreater(done, 50)


if __name__ == "__main__":
    unittest.main()
