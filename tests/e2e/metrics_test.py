"""What Prometheus is told, and that the alerts and the dashboard ask for what there is."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

import yaml

import gate

ALERTS = gate.ROOT / "deploy/prometheus/alerts.yaml"
DASHBOARD = gate.ROOT / "deploy/grafana/sluice.json"
OPERATIONS = gate.ROOT / "docs/operations.md"
# These come only with TLS, or once something went wrong.
RARE = {"sluice_tls_certificate_expire_time_seconds", "sluice_unfinished_total"}


def queries():
    """(where, expression) of all alerts and panels."""
    for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$instance", ".*")


def scrape(address, path="/metrics"):
    with urllib.request.urlopen(f"http://{address}{path}", timeout=30) as answer:
        return answer.read().decode()


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = gate.Server(config="metrics:\n  listen: 127.0.0.1:0\n")
        cls.server.start()
        gate.wait_until(lambda: "metrics on " in cls.server.log_text())
        cls.metrics = re.search(r"metrics on (\S+)", cls.server.log_text())[1].strip('"')
        cls.server.check("A plain remark about the second paragraph.", "--author", "Ann")
        cls.server.check("Buy V1AGRA now http://pills.example/ http://a.example/ http://b.example/", "--author", "Pills")
        cls.server.sluice("queue")

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def value(self, text, name):
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
        self.assertIsNotNone(found, f"{name} is not in\n{text[:3000]}")
        return float(found[1])

    def test_what_happened_is_told(self):
        text = scrape(self.metrics)
        verdicts = sum(self.value(text, f'sluice_verdicts_total{{site="default",verdict="{word}"}}')
                       for word in ("accept", "hold", "reject"))
        self.assertEqual(verdicts, 2)
        calls = 'sluice_calls_total{service="sluice.v1.ModerationService",method="CheckComment",code="OK"}'
        self.assertEqual(self.value(text, calls), 2)
        self.assertEqual(self.value(text, 'sluice_call_duration_seconds_count{method="CheckComment"}'), 2)
        for step in ("render", "recall", "observe", "match", "record"):
            self.assertEqual(self.value(text, f'sluice_check_step_duration_seconds_count{{step="{step}"}}'), 2)
            self.assertGreater(self.value(text, f'sluice_check_step_duration_seconds_sum{{step="{step}"}}'), 0)
        self.assertEqual(self.value(text, "sluice_ready"), 1)
        self.assertIn('sluice_rule_hits_total{site="default",rule="', text)
        self.assertIn("sluice_build_info{version=", text)
        self.assertEqual(self.value(text, "sluice_calls_at_work"), 0)
        for secret in ("V1AGRA", "pills.example", "Ann"):
            self.assertNotIn(secret, text)

    def test_the_text_is_what_prometheus_reads(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed (deploy/install-packages --test)")
        done = subprocess.run(["promtool", "check", "metrics"], input=scrape(self.metrics), capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_alert_is_described(self):
        text = OPERATIONS.read_text(encoding="utf-8")
        for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                self.assertIn(f"### {rule['alert']}\n", text)
                self.assertEqual(rule["annotations"]["runbook"], f"docs/operations.md#{rule['alert'].lower()}")

    def test_alerts_and_dashboard_ask_for_what_there_is(self):
        text = scrape(self.metrics)
        there = set(re.findall(r"^# TYPE (\S+)", text, re.M))
        asked = set()
        for where, expression in queries():
            for name in re.findall(r"\bsluice_[a-z_]+", expression):
                base = re.sub(r"_(bucket|sum|count)$", "", name)
                self.assertIn(base if base in there else name, there | RARE, where)
                asked.add(base if base in there else name)
        unseen = {name for name in there - asked if name.startswith("sluice_")} - {"sluice_start_time_seconds"}
        self.assertEqual(unseen, set(), "told, and looked at by nobody")

    def test_prometheus_takes_the_alerts_and_answers_every_query(self):
        if not shutil.which("prometheus") or not shutil.which("promtool"):
            self.skipTest("prometheus is not installed (deploy/install-packages --test)")
        done = subprocess.run(["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            config = yaml.safe_load((gate.ROOT / "deploy/prometheus/prometheus.yaml").read_text(encoding="utf-8"))
            config["global"]["scrape_interval"] = "1s"
            config["rule_files"] = [str(ALERTS)]
            config["scrape_configs"][0]["static_configs"][0]["targets"] = [self.metrics]
            (folder / "prometheus.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
            with open(folder / "log", "w", encoding="utf-8") as log:
                process = subprocess.Popen(
                    ["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data",
                     "--web.listen-address=127.0.0.1:0", "--log.level=info"], stdout=log, stderr=log)
            try:
                said = lambda: (folder / "log").read_text(encoding="utf-8")
                gate.wait_until(lambda: re.search(r'msg="Listening on" address=(\S+)', said()))
                address = re.search(r'msg="Listening on" address=(\S+)', said())[1]

                def ask(expression):
                    query = urllib.parse.urlencode({"query": expression})
                    try:
                        return json.loads(scrape(address, f"/api/v1/query?{query}"))["data"]["result"]
                    except urllib.error.HTTPError as error:
                        self.fail(f"{expression}: {error.read().decode()}")

                def is_ready():
                    try:
                        return "Ready" in scrape(address, "/-/ready")
                    except urllib.error.HTTPError:
                        return False

                gate.wait_until(is_ready)
                gate.wait_until(lambda: ask('up{job="sluice"} == 1') and ask("count_over_time(sluice_ready[1m]) > 2"))
                for where, expression in queries():
                    ask(expression)
                # Whatever is asked for without a condition has an answer.
                for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
                    for target in panel["targets"]:
                        expression = target["expr"].replace("$instance", ".*")
                        if not any(name in expression for name in RARE):
                            self.assertTrue(ask(expression), f"{panel['title']}: {expression} has no answer")
                firing = {r["metric"]["alertname"] for r in ask('ALERTS{alertstate="firing"}')}
                self.assertEqual(firing - {"SluiceSlow"}, set())
            finally:
                process.kill()
                process.wait()


if __name__ == "__main__":
    unittest.main()
