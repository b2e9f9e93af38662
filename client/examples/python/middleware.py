"""A middleware in Django's style that has comments checked before the view sees them, by Connect's protocol.

    MIDDLEWARE = [..., "middleware.SluiceMiddleware"]
    SLUICE = {"url": "http://127.0.0.1:7712", "site": "default", "path": "/comments/", "key": None}

The view finds `request.sluice`: the verdict and the safe HTML to store. Where the gate does not answer the verdict is
VERDICT_HOLD: keep the comment back, and check it again later. Needs nothing but Python; tests/e2e/examples_test.py runs it
without Django, on a request that has the four attributes used here.
"""

import json
import urllib.error
import urllib.request


class Checked:
    def __init__(self, verdict, html="", tell_author=()):
        self.verdict = verdict
        self.html = html
        self.tell_author = list(tell_author)


def check(settings, comment):
    """CheckComment; raises OSError without an answer and ValueError for a comment that is none."""
    headers = {"Content-Type": "application/json", "Connect-Timeout-Ms": "5000"}
    if settings.get("key"):
        headers["Authorization"] = f"Bearer {settings['key']}"
    request = urllib.request.Request(settings["url"] + "/sluice.v1.ModerationService/CheckComment",
                                     json.dumps({"comment": comment}).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=6) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        if error.code == 400:
            raise ValueError(json.load(error)["message"]) from error
        raise
    decision = answer["decision"]
    return Checked(decision["verdict"], answer.get("html", ""), decision.get("tellAuthor", ()))


class SluiceMiddleware:
    def __init__(self, get_response, settings=None):
        self.get_response = get_response
        if settings is None:
            from django.conf import settings as django
            settings = django.SLUICE
        self.settings = settings

    def __call__(self, request):
        if request.method == "POST" and request.path == self.settings["path"]:
            request.sluice = self.checked(request)
        return self.get_response(request)

    def checked(self, request):
        comment = {"name": f"sites/{self.settings['site']}", "body": request.POST.get("text", ""),
                   "author": {"name": request.POST.get("name", ""), "email": request.POST.get("email", "")},
                   "client": {"ip": request.META.get("REMOTE_ADDR", ""),
                              "userAgent": request.META.get("HTTP_USER_AGENT", "")}}
        try:
            return check(self.settings, comment)
        except ValueError as error:
            return Checked("VERDICT_REJECT", tell_author=[str(error)])
        except OSError:
            return Checked("VERDICT_HOLD")
