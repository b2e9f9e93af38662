"""`sluice learn`: a site's past is imported, reported on, and trained anew from."""

import json
import pathlib
import tempfile
import unittest

import gate

GOOD = "The {} in the second part of the garden grew well after the rain, thank you for the {} advice number {}"
SPAM = "Cheap casino bonus {} now, {} free spins at our new site, code {}"
WORDS = ["apple", "river", "yellow", "window", "kitchen", "letter", "bridge", "paper", "quiet", "engine"]


class Learn(unittest.TestCase):
    def test_a_past_is_imported_reported_and_trained_from(self):
        with gate.Server() as server, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "past.jsonl"
            with open(path, "w", encoding="utf-8") as out:
                for i in range(150):
                    for label, text in (("ham", GOOD), ("spam", SPAM)):
                        body = text.format(WORDS[i % 10], WORDS[(i // 10) % 10], i)
                        out.write(json.dumps({"id": f"{label}-{i}", "text": body, "label": label,
                                              "created_at": f"2026-0{1 + i // 30}-01T00:{i % 60:02d}:00Z"}) + "\n")
            code, out, err = server.sluice("learn", "import", str(path))
            self.assertEqual(code, 0, err)
            code, out, err = server.sluice("learn", "report", "--json")
            self.assertEqual(code, 0, err)
            report = json.loads(out)
            self.assertEqual((int(report["spam_seen"]), int(report["good_seen"])), (150, 150), report)
            self.assertGreater(report["auc"], 0.95)
            code, out, err = server.sluice("learn", "retrain")
            self.assertEqual(code, 0, err)
            score = {name: server.check(text.format("apple", "engine", 999))[1]["decision"].get("score", 0)
                     for name, text in (("spam", SPAM), ("ham", GOOD))}
            self.assertGreater(score["spam"], score["ham"] + 1, score)

    def test_a_broken_line_is_named_and_nothing_is_imported(self):
        with gate.Server() as server, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "past.jsonl"
            path.write_text('{"text": "fine", "label": "spam"}\n{"text": \n', encoding="utf-8")
            code, _, err = server.sluice("learn", "import", str(path))
            self.assertNotEqual(code, 0)
            self.assertIn("past.jsonl: line 2: ", err)
            self.assertIn("nothing was imported", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
