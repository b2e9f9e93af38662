"""The examples of client/examples that go in by HTTP. Node's and Python's by gRPC are in others_test.py and connect_test.py."""

import importlib.util
import json
import os
import shutil
import subprocess
import types
import unittest

import doors
import gate

EXAMPLES = gate.ROOT / "client/examples"


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = doors.Doors().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def run_one(self, command, text):
        return subprocess.run([*command, f"http://{self.server.http}", text], capture_output=True, text=True, timeout=120,
                              check=False, env={**os.environ, "GOCACHE": str(self.server.folder / "go"), "GO111MODULE": "off"})

    def both(self, name, command, error):
        for text, verdict in ((f"A *fine* point by {name}", "VERDICT_ACCEPT"), (f"sluice-test-hold {name}", "VERDICT_HOLD")):
            done = self.run_one(command, text)
            self.assertEqual(done.returncode, 0, done.stderr)
            answer = json.loads(done.stdout)
            self.assertEqual(answer.get("verdict") or answer["decision"]["verdict"], verdict)
        done = self.run_one(command, " ")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(error, done.stdout + done.stderr)

    def test_curl(self):
        self.both("curl", [str(EXAMPLES / "curl/check.sh")], '"code":"invalid_argument"')

    def test_php(self):
        if not shutil.which("php"):
            self.skipTest("left out: php is not installed (deploy/install-packages --test)")
        self.both("PHP", ["php", str(EXAMPLES / "php/check.php")], "invalid_argument: ")

    def test_go(self):
        if not shutil.which("go"):
            self.skipTest("left out: go is not installed")
        self.both("Go", ["go", "run", str(EXAMPLES / "go/check.go")], "invalid_argument: ")

    def test_wordpress_plugin_is_php(self):
        if not shutil.which("php"):
            self.skipTest("left out: php is not installed (deploy/install-packages --test)")
        done = subprocess.run(["php", "-l", str(EXAMPLES / "wordpress/sluice.php")], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_python_middleware(self):
        spec = importlib.util.spec_from_file_location("middleware", EXAMPLES / "python/middleware.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        settings = {"url": f"http://{self.server.http}", "site": "default", "path": "/comments/"}

        def post(text, path="/comments/"):
            request = types.SimpleNamespace(method="POST", path=path, META={"REMOTE_ADDR": "198.51.100.7"},
                                            POST={"text": text, "name": "Ann"})
            module.SluiceMiddleware(lambda seen: seen, settings)(request)
            return getattr(request, "sluice", None)

        accepted = post("A *fine* point by Python")
        self.assertEqual((accepted.verdict, "<em>fine</em>" in accepted.html), ("VERDICT_ACCEPT", True))
        self.assertEqual(post("sluice-test-hold in Python").verdict, "VERDICT_HOLD")
        self.assertEqual(post(" ").verdict, "VERDICT_REJECT")
        self.assertIsNone(post("elsewhere", "/search/"))
        settings["url"] = "http://127.0.0.1:1"
        self.assertEqual(post("nobody answers").verdict, "VERDICT_HOLD")


if __name__ == "__main__":
    unittest.main()
