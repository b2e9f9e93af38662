"""The samples under deploy/ that nothing here can run, read by the tools that can judge them: the configurations by the
server's own schema, the Kubernetes files by kubectl's kustomize, the shell by bash, the references between them by hand."""

import json
import re
import shutil
import subprocess
import unittest

import gate
import jsonschema
import yaml

DEPLOY = gate.ROOT / "deploy"
CONFIGS = ["debian/sluice.yaml", "container/sluice.yaml", "container/sluice-postgres.yaml", "kubernetes/sluice.yaml"]


def read(path):
    return list(yaml.safe_load_all((DEPLOY / path).read_text(encoding="utf-8")))


class Deploy(unittest.TestCase):
    def test_the_configurations_have_keys_that_the_server_knows(self):
        schema = json.loads(subprocess.run([gate.SLUICE, "rules", "schema", "config"], capture_output=True, text=True,
                                           check=True).stdout)
        judge = jsonschema.Draft7Validator(schema)
        for path in CONFIGS:
            config, = read(path)
            self.assertEqual([f"{path}: {error.message}" for error in judge.iter_errors(config)], [])
            bent = dict(config, rulez="x")
            self.assertTrue(list(judge.iter_errors(bent)), "a key that does not exist is seen")

    def test_kubernetes_files_are_taken_by_kustomize_and_fit_together(self):
        if not shutil.which("kubectl"):
            self.skipTest("kubectl is not installed")
        done = subprocess.run(["kubectl", "kustomize", str(DEPLOY / "kubernetes")], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        things = {(thing["kind"], thing["metadata"]["name"].split("-config-")[0]): thing
                  for thing in yaml.safe_load_all(done.stdout)}
        deployment = things["Deployment", "sluice"]
        pod = deployment["spec"]["template"]
        labels = pod["metadata"]["labels"]
        container, = pod["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        for kind, at in (("Service", "selector"), ("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
            selector = things[kind, "sluice"]["spec"][at]
            self.assertEqual({**labels, **selector.get("matchLabels", selector)}, labels, kind)
        config = yaml.safe_load(next(thing for (kind, _), thing in things.items() if kind == "ConfigMap")["data"]["sluice.yaml"])
        self.assertEqual(config["listen"].rsplit(":", 1)[1], str(ports["grpc"]))
        self.assertEqual(config["metrics"]["listen"].rsplit(":", 1)[1], str(ports["metrics"]))
        self.assertEqual(pod["metadata"]["annotations"]["prometheus.io/port"], str(ports["metrics"]))
        self.assertEqual(things["HorizontalPodAutoscaler", "sluice"]["spec"]["scaleTargetRef"]["name"], "sluice")
        mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        self.assertEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
        for file in (config["tls"]["cert_file"], config["secret_file"], config["store"]["postgres"]["connection_file"],
                     config["rules"] + "/policy.yaml"):
            self.assertIn(file.rsplit("/", 1)[0], mounted)
        rules = next(volume for volume in pod["spec"]["volumes"] if volume["name"] == "rules")["projected"]["sources"]
        self.assertEqual(sorted(item["path"] for item in rules[1]["configMap"]["items"]),
                         sorted(str(path.relative_to(gate.ROOT / "rules")) for path in (gate.ROOT / "rules/lists").iterdir()))
        security = container["securityContext"]
        self.assertTrue(security["readOnlyRootFilesystem"] and pod["spec"]["securityContext"]["runAsNonRoot"])

    def test_what_compose_names_is_there(self):
        compose, = read("container/compose.yaml")
        for name, service in compose["services"].items():
            for secret in service.get("secrets", []):
                self.assertIn(secret, compose["secrets"], name)
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((DEPLOY / "container" / source).exists(), volume)
                else:
                    self.assertIn(source, compose["volumes"])
        build = compose["services"]["sluice"]["build"]
        self.assertEqual((DEPLOY / "container" / build["context"]).resolve(), gate.ROOT)
        self.assertTrue((gate.ROOT / build["dockerfile"]).exists())

    def test_the_containerfile_copies_what_exists_and_runs_as_nobody_of_importance(self):
        text = (DEPLOY / "container/Containerfile").read_text(encoding="utf-8")
        for source in re.findall(r"^COPY (?!--)(\S+) ", text, re.M):
            self.assertTrue((gate.ROOT / source).exists(), source)
        for command in re.findall(r"^RUN (deploy/[a-z-]+)", text, re.M):
            self.assertTrue((gate.ROOT / command).exists(), command)
        self.assertRegex(text, r"(?m)^USER [1-9]\d*:[1-9]\d*$")
        self.assertIn("HEALTHCHECK", text)

    def test_envoy_sends_calls_to_a_cluster_that_is_there(self):
        envoy, = read("envoy/envoy.yaml")
        clusters = {cluster["name"] for cluster in envoy["static_resources"]["clusters"]}
        routes = re.findall(r"cluster: (\w+)", (DEPLOY / "envoy/envoy.yaml").read_text(encoding="utf-8"))
        self.assertTrue(routes)
        self.assertLessEqual(set(routes), clusters)

    def test_the_scripts_are_shell(self):
        for path in ("install-packages", "quickstart", "package", "debian/postinst", "debian/prerm", "debian/postrm"):
            text = (DEPLOY / path).read_text(encoding="utf-8")
            shell = "bash" if "bash" in text.splitlines()[0] else "sh"
            done = subprocess.run([shell, "-n", str(DEPLOY / path)], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
