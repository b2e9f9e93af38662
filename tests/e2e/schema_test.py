"""`sluice rules schema`: the JSON Schemas that editors use, held against the shipped files, mistakes and the loader."""

import json
import pathlib
import re
import subprocess
import unittest

import gate
import jsonschema
import yaml

RULES = gate.ROOT / "rules"
BAD = gate.ROOT / "tests/bad_rules"


class Yaml12(yaml.SafeLoader):
    """YAML as editors and the loader read it: `on` is a word, a date is a text."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":")[-1] in ("int", "float", "null", "merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def schema(kind):
    done = subprocess.run([gate.SLUICE, "rules", "schema", kind], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def kind_of(path):
    return "policy" if path.name == "policy.yaml" else "rules"


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.judges = {}
        for kind in ("rules", "policy", "config"):
            content = json.loads(schema(kind))
            jsonschema.Draft7Validator.check_schema(content)
            cls.judges[kind] = jsonschema.Draft7Validator(content)

    def mistakes(self, kind, text):
        return [error.message for error in self.judges[kind].iter_errors(yaml.load(text, Yaml12))]

    def test_the_files_beside_the_rules_are_what_the_command_prints(self):
        for kind in ("rules", "policy"):
            path = RULES / "schema" / f"{kind}.json"
            self.assertEqual(path.read_text(encoding="utf-8"), schema(kind),
                             f"{path.name} is out of date: sluice rules schema {kind} > rules/schema/{kind}.json")

    def test_each_shipped_file_names_its_schema_and_keeps_it(self):
        for path in sorted(RULES.glob("*.yaml")):
            if path.name == "own.yaml":
                continue  # the README's example, while it is being tried
            text = path.read_text(encoding="utf-8")
            self.assertEqual(text.splitlines()[0], f"# yaml-language-server: $schema=schema/{kind_of(path)}.json", path.name)
            self.assertEqual(self.mistakes(kind_of(path), text), [], path.name)

    def test_mistakes_of_shape_are_seen(self):
        for name in ("unknown_key", "not_a_number", "unknown_verdict", "unknown_view", "no_why", "a_text_where_rules_belong"):
            self.assertNotEqual(self.mistakes("rules", (BAD / f"{name}.yaml").read_text(encoding="utf-8")), [], name)

    def test_what_the_loader_takes_is_right(self):
        rule = "rules:\n  - {id: x, why: y, words: pills, score: 1, "
        for rest in ("in: links.text}", "in: [links_text, author-name]}", "until: 2027-06-30}", "verdict: hold, mode: shadow}",
                     "examples: {hit: [pills, {text: pills, author: {name: 7}}], miss: x}}"):
            self.assertEqual(self.mistakes("rules", rule + rest), [], rest)
        self.assertEqual(self.mistakes("policy", "html: {on: {url: hold}, made: {h2: strong}}\nhold_at: 3\n"), [])
        self.assertEqual(self.mistakes("config", "listen: 127.0.0.1:1\nsites: [{id: blog, hosts: [a.example]}]\n"), [])
        self.assertNotEqual(self.mistakes("config", "sites: [{hosts: [a.example]}]\n"), [], "a site needs an id")
        self.assertNotEqual(self.mistakes("policy", "hold_at: high\n"), [])

    def test_every_key_is_described(self):
        for kind, judge in self.judges.items():
            for name, definition in judge.schema["definitions"].items():
                self.assertFalse(definition["additionalProperties"])
                for key, value in definition["properties"].items():
                    self.assertTrue(value["description"], f"{kind}: {name}.{key}")
        rule = self.judges["rules"].schema["definitions"]["Rule"]
        self.assertEqual(rule["required"], ["id", "why"])
        self.assertIn("links.text", json.dumps(rule["properties"]["in"]))
        self.assertEqual(rule["properties"]["verdict"]["enum"], ["accept", "hold", "reject"])

    def test_another_kind_is_refused(self):
        done = subprocess.run([gate.SLUICE, "rules", "schema", "rule"], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn("rules, policy and config, not of 'rule'", done.stderr)


if __name__ == "__main__":
    unittest.main()
