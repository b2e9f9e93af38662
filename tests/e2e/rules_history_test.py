"""Rules proved on history: diff, stats, tune and draft, through the real server over what people really decided."""

import json
import pathlib
import subprocess
import unittest

import gate
import grpc

RULES = """# The rules of this test.
rules:
  - id: pills
    why: Pills
    words: [viagra]
    score: 4     # held, a person looks
  - id: oaks
    why: Trees
    words: [oaks]
    score: 2
  - id: unheard
    why: Never said
    words: [xylophone]
    verdict: hold
"""
SPAM, GOOD, OTHERS = 30, 30, 20


class RulesHistory(unittest.TestCase):
    """One server with one history, asked by all."""

    @classmethod
    def setUpClass(cls):
        cls.server = gate.Server()
        cls.server.rules = cls.server.folder / "rules"
        cls.write(cls.server.rules, RULES)
        cls.server.start()
        cls.check([f"cheap viagra and replica watches, number {i}" for i in range(SPAM)], "s")
        cls.check([f"my oaks grow well, letter {i}" for i in range(GOOD)], "g")
        cls.check([f"a brick house, remark {i}" for i in range(OTHERS)], "o")
        for verb, letter, count in (("reject", "s", SPAM), ("accept", "g", GOOD)):
            ids = "\n".join(f"{letter}{i}" for i in range(count))
            code, _, err = cls.server.sluice(verb, "-", text=ids)
            assert code == 0, err

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    @staticmethod
    def write(folder, text, name="a.yaml"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    @classmethod
    def check(cls, bodies, letter):
        api = gate.python_protos()
        batch = api.moderation.BatchCheckCommentsRequest()
        for i, body in enumerate(bodies):
            comment = batch.requests.add().comment
            comment.name = f"sites/default/comments/{letter}{i}"
            comment.body = body
        with grpc.insecure_channel(cls.server.address) as channel:
            call = channel.unary_unary("/sluice.v1.ModerationService/BatchCheckComments",
                                       request_serializer=api.moderation.BatchCheckCommentsRequest.SerializeToString,
                                       response_deserializer=api.moderation.BatchCheckCommentsResponse.FromString)
            results = call(batch, timeout=60).results
        assert all(result.HasField("response") for result in results), results

    def new_rules(self, text, name):
        folder = self.server.folder / name
        self.write(folder, text)
        return str(folder)

    # diff

    def test_diff_with_itself_changes_nothing(self):
        code, out, err = self.server.sluice("rules", "diff", str(self.server.rules))
        self.assertEqual((code, out), (0, "0 of 80 change\n"), err)

    def test_diff_shows_changes_beside_what_people_decided(self):
        folder = self.new_rules(RULES.replace("score: 4 ", "score: 9 ") + "  - {id: bricks, why: w, words: [brick], score: 3}\n",
                                "stricter")
        code, out, err = self.server.sluice("rules", "diff", folder, "--limit", "3")
        self.assertEqual(code, 0, err)
        lines = out.splitlines()
        self.assertRegex(lines[0], r"^ +held -> reject +spam +4 -> 9 +s0")
        self.assertIn("cheap viagra and replica watches, number 0", lines[1])
        self.assertEqual(lines[-2], "... and 47 more; --limit 0 shows every one")
        self.assertEqual(lines[-1], "50 of 80 change: 20 accept -> held (nobody decided), 30 held -> reject (30 of 30 were spam)")
        self.assertEqual(err, "")  # no progress where nobody watches
        code, out, _ = self.server.sluice("rules", "diff", folder, "--json", "--limit", "0")
        messages = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(messages), 51)
        self.assertEqual(messages[0]["change"]["human"], "VERDICT_REJECT")
        self.assertEqual(len(messages[-1]["totals"]), 2)

    def test_diff_fails_if_it_rejects_what_a_person_accepted(self):
        folder = self.new_rules(RULES.replace("score: 2", "score: 9"), "harsh")
        code, out, err = self.server.sluice("rules", "diff", folder)
        self.assertEqual(code, 1, err)
        self.assertIn("30 of 80 change: 30 accept -> reject (all good)", out)

    def test_diff_since(self):
        folder = self.new_rules(RULES.replace("score: 2", "score: 9"), "later")
        code, out, _ = self.server.sluice("rules", "diff", folder, "--since", "2999-01-01")
        self.assertEqual((code, out), (0, "0 of 0 change\n"))
        code, out, _ = self.server.sluice("rules", "diff", folder, "--since", "1d")
        self.assertIn("30 of 80 change", out)
        code, _, err = self.server.sluice("rules", "diff", folder, "--since", "yesterday")
        self.assertEqual(code, 2)
        self.assertIn("write 90d, 12h, 30m, 4w or a date", err)

    def test_diff_of_bad_rules_says_what_is_wrong(self):
        folder = self.new_rules(RULES.replace("words: [oaks]", "wrods: [oaks]"), "bad")
        code, _, err = self.server.sluice("rules", "diff", folder)
        self.assertEqual(code, 4)
        self.assertIn("unknown key 'wrods'; did you mean 'words'?", err)
        self.assertEqual(self.server.sluice("rules", "diff", "/no/such/folder")[0], 2)

    # stats

    def test_stats(self):
        code, out, err = self.server.sluice("rules", "stats")
        self.assertEqual(code, 0, err)
        self.assertIn("80 comments, people rejected 30 and accepted 30\n", out)
        lines = {line.split()[0]: line for line in out.splitlines()[2:]}
        self.assertRegex(lines["pills"], r"pills +\+4 +30 +0 +30 +0 +89-100 % +0 %")
        self.assertIn("contradicted", lines["oaks"])
        self.assertIn("never hit", lines["unheard"])
        code, out, _ = self.server.sluice("rules", "stats", "--json", "--by-version")
        rules = {rule["id"]: rule for rule in json.loads(out)["rules"]}
        self.assertEqual(rules["pills"]["confirmed"], "30")
        self.assertRegex(rules["pills"]["version"], r"^[0-9a-f]{12}$")

    # tune

    def test_tune_writes_a_patch_that_applies_and_loads(self):
        patch = self.server.folder / "tune.patch"
        code, out, err = self.server.sluice("rules", "tune", "-o", str(patch))
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"pills +4 -> [5-8]")
        self.assertRegex(out, r"before +spam: 0 of 30 rejected, 30 held +good: 0 of 30 rejected, 0 held")
        self.assertRegex(out, r"after +spam: ")
        folder = pathlib.Path(self.new_rules(RULES, "patched"))
        subprocess.run(["patch", "-s", "-p1", "-i", str(patch)], cwd=folder, check=True)
        text = (folder / "a.yaml").read_text(encoding="utf-8")
        self.assertIn("# held, a person looks", text)
        self.assertNotEqual(text, RULES)
        code, out, _ = self.server.sluice("rules", "check", str(folder))
        self.assertEqual(code, 0, out)
        code, out, _ = self.server.sluice("rules", "tune")
        self.assertTrue(out.startswith("--- a/a.yaml\n+++ b/a.yaml\n@@ "), out)

    # draft

    def test_draft_writes_a_rule_to_edit(self):
        folder = pathlib.Path(self.new_rules(RULES, "drafted"))
        draft = folder / "draft.yaml"
        code, _, err = self.server.sluice("rules", "draft", "s0", "s1", "s2", "-o", str(draft))
        self.assertEqual(code, 0, err)
        self.assertIn("It hits 3 of the 3 comments named, 27 others that people rejected and 0 that were accepted, of 80", err)
        self.assertIn("mode: shadow", draft.read_text(encoding="utf-8"))
        code, out, _ = self.server.sluice("rules", "check", str(folder))
        self.assertEqual(code, 0, out)
        # What somebody may have edited is not written over.
        code, _, err = self.server.sluice("rules", "draft", "s0", "-o", str(draft))
        self.assertEqual(code, 2)
        self.assertIn("is there already", err)
        code, _, err = self.server.sluice("rules", "draft", "nobody")
        self.assertEqual(code, 4)
        self.assertIn("nobody", err)

    # the server

    def test_one_replay_at_a_time_and_a_cancelled_one_makes_room(self):
        api = gate.python_protos()
        request = api.ruleset.BacktestRulesetRequest(parent="sites/default")
        request.files.add(path="a.yaml", content=RULES.replace("score: 4 ", "score: 9 ").encode())
        with grpc.insecure_channel(self.server.address) as channel:
            call = channel.unary_stream("/sluice.v1.RulesetService/BacktestRuleset",
                                        request_serializer=api.ruleset.BacktestRulesetRequest.SerializeToString,
                                        response_deserializer=api.ruleset.BacktestRulesetResponse.FromString)

            def ask(read):
                """Reads one answer in a way of one's own; False while the server is at work for another."""
                stream = call(request)
                try:
                    read(stream)
                except grpc.RpcError as error:
                    self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
                    details = api.status.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
                    self.assertIn("RetryInfo", details.details[0].type_url)
                    return False
                finally:
                    stream.cancel()
                return True

            for _ in range(5):
                gate.wait_until(lambda: ask(lambda stream: self.assertTrue(next(stream).HasField("change"))))
            gate.wait_until(lambda: ask(lambda stream: self.assertEqual(list(stream)[-1].replayed, 80)))
            self.assertEqual(self.server.sluice("health")[0], 0)

    def test_requests_that_make_no_sense_are_refused(self):
        api = gate.python_protos()
        with grpc.insecure_channel(self.server.address) as channel:
            draft = channel.unary_unary("/sluice.v1.RulesetService/DraftRule",
                                        request_serializer=api.ruleset.DraftRuleRequest.SerializeToString,
                                        response_deserializer=api.ruleset.DraftRuleResponse.FromString)
            for names in ([], ["sites/default/comments/s0"] * 201, ["s0"]):
                with self.assertRaises(grpc.RpcError) as raised:
                    draft(api.ruleset.DraftRuleRequest(parent="sites/default", names=names), timeout=60)
                self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT, names)


if __name__ == "__main__":
    unittest.main()
