"""The doors of HTTP on a server that asks for keys: each caller is held to its key's sites and scopes."""

import json
import unittest

import doors

SITES = "- {id: blog, hosts: [blog.example.org]}\n- {id: other, hosts: [other.example.org]}"


class Keys(unittest.TestCase):
    def setUp(self):
        self.server = doors.Doors(sites=SITES).start()
        self.addCleanup(self.server.__exit__)
        status, made = self.call("KeyService/CreateKey", {"scopes": ["SCOPE_ADMIN"], "allSites": True})
        self.assertEqual(status, 200, made)
        self.admin = made["secret"]
        status, made = self.call("KeyService/CreateKey", {"scopes": ["SCOPE_CHECK"], "sites": ["blog"],
                                                          "form": "FORM_AKISMET"}, self.admin)
        self.assertEqual(status, 200, made)
        self.key = made["secret"]

    def call(self, method, message, key=None):
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        status, _, body = self.server.request("POST", f"/sluice.v1.{method}", json.dumps(message), headers)
        return status, json.loads(body)

    def akismet(self, endpoint, key, host="blog.example.org", **fields):
        return self.server.form(f"/1.1/{endpoint}", {
            "api_key": key, "blog": f"https://{host}/", "user_ip": "198.51.100.7", "comment_author": "Ann", **fields})[2]

    def test_akismets_keys(self):
        self.assertEqual(len(self.key), 12)
        self.assertEqual(self.akismet("verify-key", self.key), "valid")
        self.assertEqual(self.akismet("verify-key", "0123456789ab"), "invalid")
        self.assertEqual(self.akismet("verify-key", self.key, host="other.example.org"), "invalid")
        text = {"comment_content": "The second map is the better one."}
        self.assertEqual(self.akismet("comment-check", self.key, **text), "false")
        self.assertEqual(self.akismet("comment-check", "0123456789ab", **text), "invalid")
        self.assertTrue(self.akismet("submit-spam", self.key, **text).startswith("Thanks"))
        status, page = self.call("ReviewService/ListEntries", {"parent": "sites/blog", "filter": "state:*"}, self.admin)
        self.assertEqual(status, 200, page)
        self.assertEqual([entry["spamReports"] for entry in page["entries"]], [1])

    def test_connects_keys(self):
        check = {"comment": {"name": "sites/blog", "body": "With a key or without."}}
        self.assertEqual(self.call("ModerationService/CheckComment", check)[0], 401)
        self.assertEqual(self.call("ModerationService/CheckComment", check, self.key)[0], 200)
        check["comment"]["name"] = "sites/other"
        self.assertEqual(self.call("ModerationService/CheckComment", check, self.key)[0], 403)
        self.assertEqual(self.call("ReviewService/ListEntries", {"parent": "sites/blog"}, self.key)[0], 403)


if __name__ == "__main__":
    unittest.main()
