"""Several sluiced on one PostgreSQL: one service while all is well, and nothing lost or doubled when it is not.

Short by itself. SLUICE_LONG=1 repeats every fault for SLUICE_SECONDS (an hour unless it says otherwise).
"""

import collections
import os
import random
import signal
import sys
import threading
import time
import unittest

import grpc

import gate
import postgres

LONG = os.environ.get("SLUICE_LONG") == "1"
LONG_SECONDS = int(os.environ.get("SLUICE_SECONDS", "3600"))
CALLERS = 6
RECOVERY_SECONDS = 15  # generous on a busy machine; what was measured is printed
RETRIED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED}
SECRET = "a secret of sixty-four characters that every replica here has...\n"


class Replica(gate.Server):
    def __init__(self, database):
        super().__init__(config="secret_file: secret\nstore:\n  postgres:\n    connection_file: db\n    timeout_ms: 2000\n")
        (self.folder / "secret").write_text(SECRET, encoding="utf-8")
        (self.folder / "secret").chmod(0o600)
        (self.folder / "db").write_text(database.connection + "\n", encoding="utf-8")


class Calls:
    def __init__(self):
        self.protos = gate.python_protos()

    def call(self, address, service, method, request, response, timeout=20):
        with grpc.insecure_channel(address) as channel:
            return channel.unary_unary(f"/sluice.v1.{service}/{method}",
                                       request_serializer=lambda m: m.SerializeToString(),
                                       response_deserializer=response.FromString)(request, timeout=timeout)

    def check(self, server, comment, body="buy viagra and cialis at http://pills.example/ now", dry_run=False, timeout=20,
              **author):
        request = self.protos.moderation.CheckCommentRequest(dry_run=dry_run, want_signals=True)
        request.comment.name = f"sites/default/comments/{comment}"
        request.comment.body = body
        for key, value in author.items():
            setattr(request.comment.author, key, value)
        return self.call(server.address, "ModerationService", "CheckComment", request,
                         self.protos.moderation.CheckCommentResponse, timeout)

    def decide(self, server, comments, accept):
        request = self.protos.review.DecideEntriesRequest(parent="sites/default", moderator="ann")
        for comment in comments:
            verdict = self.protos.decision.VERDICT_ACCEPT if accept else self.protos.decision.VERDICT_REJECT
            request.decisions.add(name=f"sites/default/comments/{comment}", verdict=verdict)
        return self.call(server.address, "ReviewService", "DecideEntries", request,
                         self.protos.review.DecideEntriesResponse)


class Fleet(unittest.TestCase):
    """What one replica stored the other knows."""

    @classmethod
    def setUpClass(cls):
        cls.calls = Calls()
        cls.database = postgres.Postgres(fsync=False).start()
        cls.one = Replica(cls.database).start()
        cls.two = Replica(cls.database).start()

    @classmethod
    def tearDownClass(cls):
        for server in (cls.one, cls.two, cls.database):
            server.__exit__()

    def seen(self, comment, body, **author):
        return self.calls.check(self.two, comment, body, dry_run=True, **author).signals

    def test_repetition_counts_what_another_replica_checked(self):
        body = "The same long sentence about gardens, which somebody sends again and again to everyone."
        for i in range(3):
            self.calls.check(self.one, f"again-{i}", body)
        gate.wait_until(lambda: self.seen("again-9", body).repetition.exact == 3)

    def test_velocity_counts_what_another_replica_checked(self):
        for i in range(4):
            self.calls.check(self.one, f"fast-{i}", f"A thought, number {i}, about birds.", email="fast@example.org")
        gate.wait_until(lambda: self.seen("fast-9", "And one more.", email="fast@example.org").velocity.email.hour == 4)

    def test_an_authors_record_is_one(self):
        self.calls.check(self.one, "record-1", "A kind word about the moon.", email="known@example.org")
        self.calls.decide(self.one, ["record-1"], accept=True)
        signals = self.seen("record-2", "Another kind word.", email="known@example.org")
        self.assertEqual(signals.author.accepted, 1)

    def test_the_same_comment_at_both_is_one_entry(self):
        self.assertFalse(self.calls.check(self.one, "twice").repeated_check)
        # An accept is written behind: until then the other judges it too, and the first to be written is the entry.
        gate.wait_until(lambda: self.calls.check(self.two, "twice").repeated_check)
        gate.wait_until(lambda: self.database.sql("SELECT comment, events FROM entries WHERE comment = 'twice'") == ["twice|1"])

    def test_a_watcher_at_one_is_told_what_is_decided_at_the_other(self):
        channel = grpc.insecure_channel(self.two.address)
        watch = channel.unary_stream("/sluice.v1.ModerationService/WatchVerdicts",
                                     request_serializer=lambda m: m.SerializeToString(),
                                     response_deserializer=self.calls.protos.moderation.WatchVerdictsResponse.FromString)
        stream = watch(self.calls.protos.moderation.WatchVerdictsRequest(parent="sites/default"), timeout=60)
        next(stream)  # where it begins
        self.calls.check(self.one, "watched")
        self.calls.decide(self.one, ["watched"], accept=True)
        told = next(message for message in stream if message.name.endswith("/watched"))
        self.assertEqual(told.state, self.calls.protos.event.STATE_ACCEPTED)
        channel.close()

    def test_a_model_learns_what_was_decided_elsewhere(self):
        for i in range(30):
            self.calls.check(self.one, f"spam-{i}", f"cheap zorbulon tablets {i} for your quixotic needs", email=f"s{i}@x.example")
            self.calls.check(self.one, f"ham-{i}", f"a calm remark {i} on the history of lighthouses", email=f"h{i}@x.example")
        self.calls.decide(self.one, [f"spam-{i}" for i in range(30)], accept=False)
        self.calls.decide(self.one, [f"ham-{i}" for i in range(30)], accept=True)

        def spam(server, text):
            signals = self.calls.check(server, "probe", text, dry_run=True).signals.classifier
            return signals.spam if signals.ready else None

        def alike():
            for text in ("cheap zorbulon tablets", "a remark on lighthouses"):
                one, two = spam(self.one, text), spam(self.two, text)
                if one is None or two is None or abs(one - two) > 0.01:
                    return False
            return True

        gate.wait_until(alike)
        self.assertGreater(spam(self.two, "cheap zorbulon tablets"), spam(self.two, "a remark on lighthouses"))


class Load:
    """Callers that check comments, each at a replica of its choice and at another after an error, until stopped. Keeps
    which answers came: those are promises."""

    def __init__(self, calls, replicas, prefix):
        self.calls = calls
        self.replicas = replicas
        self.prefix = prefix
        self.answered = {}  # comment -> verdict
        self.last_answer = time.monotonic()
        self.answer_times = []
        self.errors = collections.Counter()
        self.unexpected = []
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        choice = random.Random(number)
        count = 0
        while not self.stopped.is_set():
            comment = f"{self.prefix}-{number}-{count}"
            count += 1
            while not self.stopped.is_set():
                replica = choice.choice(self.replicas)
                try:
                    answer = self.calls.check(replica, comment, timeout=10)
                except grpc.RpcError as error:
                    with self.lock:
                        self.errors[error.code().name] += 1
                    if error.code() not in RETRIED:
                        self.unexpected.append(f"{comment}: {error.code()} {error.details()}")
                        return
                    time.sleep(0.02)
                    continue
                with self.lock:
                    self.answered[comment] = answer.decision.verdict
                    self.answer_times.append(time.monotonic())
                break

    def wait_for_answers(self, count, seconds=60):
        have = len(self.answered)
        gate.wait_until(lambda: len(self.answered) >= have + count or self.unexpected, seconds)

    def recovery(self, since):
        """Seconds until answers came again."""
        gate.wait_until(lambda: any(at > since for at in self.answer_times[-50:]), 60)
        return next(at for at in list(self.answer_times) if at > since) - since

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


class Faults(unittest.TestCase):
    """Every HOLD and REJECT that was answered is there, once, whatever happened."""

    def setUp(self):
        self.calls = Calls()
        self.database = postgres.Postgres(fsync=True).start()
        self.addCleanup(self.database.__exit__)
        self.replicas = [Replica(self.database).start(), Replica(self.database).start()]
        for replica in self.replicas:
            self.addCleanup(replica.__exit__)
        self.load = Load(self.calls, self.replicas, "c")
        self.addCleanup(self.load.stop)

    def rounds(self):
        end = time.monotonic() + (LONG_SECONDS if LONG else 0)
        yield
        yield
        while time.monotonic() < end:
            yield

    def finish(self, what, recoveries):
        self.load.wait_for_answers(20)
        self.load.stop()
        self.assertEqual(self.load.unexpected, [])
        rows = dict(row.rsplit("|", 1) for row in self.database.sql("SELECT comment, verdict FROM entries"))
        self.assertEqual(len(rows), int(self.database.sql("SELECT count(*) FROM entries")[0]))
        held = {comment: verdict for comment, verdict in self.load.answered.items()
                if verdict != self.calls.protos.decision.VERDICT_ACCEPT}
        self.assertGreater(len(held), 0)
        for comment, verdict in held.items():
            self.assertEqual(rows.get(comment), str(verdict), comment)
        self.check_chains()
        worst = max(recoveries)
        print(f"{what}: {len(held)} promises kept, {dict(self.load.errors)}, answers again after "
              f"{', '.join(f'{seconds:.1f}' for seconds in recoveries[:8])} s", file=sys.stderr)
        self.assertLess(worst, RECOVERY_SECONDS)

    def check_chains(self):
        """The log has no gap in what it says of an entry, and its sums are those of its entries."""
        self.assertEqual(self.database.sql(
            "SELECT e.comment FROM entries e LEFT JOIN events v ON v.entry = e.id GROUP BY e.id, e.comment, e.events,"
            " e.check_event HAVING count(v.sequence) != e.events OR min(v.sequence) != e.check_event"), [])
        self.assertEqual(self.database.sql("SELECT sequence FROM events v WHERE NOT EXISTS"
                                           " (SELECT 1 FROM entries e WHERE e.id = v.entry)"), [])
        self.assertEqual(self.database.sql(
            "SELECT t.state FROM totals t WHERE entries !="
            " (SELECT count(*) FROM entries e WHERE e.site = t.site AND e.state = t.state)"), [])
        self.assertEqual(self.database.sql("SELECT 1 FROM log_end WHERE sequence <"
                                           " (SELECT coalesce(max(sequence), 0) FROM events)"), [])

    def test_the_database_is_crashed_and_started_again(self):
        recoveries = []
        for _ in self.rounds():
            self.load.wait_for_answers(30)
            self.database.crash()
            self.database.start()
            recoveries.append(self.load.recovery(time.monotonic()))
        self.finish("database crashed", recoveries)

    def test_the_database_is_frozen(self):
        recoveries = []
        for _ in self.rounds():
            self.load.wait_for_answers(30)
            self.database.freeze()
            time.sleep(4)  # longer than a replica waits for an answer
            self.database.thaw()
            recoveries.append(self.load.recovery(time.monotonic()))
        self.finish("database frozen for 4 s", recoveries)

    def test_all_connections_are_cut_under_load(self):
        recoveries = []
        for _ in self.rounds():
            for _ in range(5):
                self.load.wait_for_answers(10)
                self.database.cut()
                recoveries.append(self.load.recovery(time.monotonic()))
        self.finish("connections cut", recoveries)

    def test_replicas_are_killed_in_turn(self):
        recoveries = []
        for _ in self.rounds():
            for replica in self.replicas:
                self.load.wait_for_answers(30)
                replica.kill()
                recoveries.append(self.load.recovery(time.monotonic()))
                replica.start(listen=replica.address)
        self.finish("replicas killed in turn", recoveries)

    def test_a_frozen_replica_does_not_stop_the_other(self):
        recoveries = []
        for _ in self.rounds():
            self.load.wait_for_answers(30)
            self.replicas[0].process.send_signal(signal.SIGSTOP)
            since = time.monotonic()
            try:
                recoveries.append(self.load.recovery(since + 1))  # what was under way does not count
            finally:
                self.replicas[0].process.send_signal(signal.SIGCONT)
        self.finish("a replica frozen", recoveries)


if __name__ == "__main__":
    if postgres.programs() is None:
        print("SKIPPED: PostgreSQL is not installed; deploy/install-packages --test installs it", file=sys.stderr)
        sys.exit(postgres.SKIPPED)
    unittest.main(verbosity=2)
