"""What kind of flaw it is and how it is reached, in plain words out of CWE ids and CVSS vectors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from knowledge.records.vulnerability import Vulnerability

_WORDS: Final[dict[str, str]] = {
    "CWE-20": "poor input checks",
    "CWE-22": "access to files outside its folder",
    "CWE-23": "access to files outside its folder",
    "CWE-59": "following of planted file links",
    "CWE-74": "injection",
    "CWE-77": "command injection",
    "CWE-78": "command injection",
    "CWE-79": "cross-site scripting",
    "CWE-88": "argument injection",
    "CWE-89": "SQL injection",
    "CWE-90": "directory query injection",
    "CWE-91": "XML injection",
    "CWE-94": "code injection",
    "CWE-95": "code injection",
    "CWE-98": "code injection",
    "CWE-116": "poor output escaping",
    "CWE-119": "memory corruption",
    "CWE-120": "memory corruption",
    "CWE-121": "memory corruption",
    "CWE-122": "memory corruption",
    "CWE-125": "reading of memory out of bounds",
    "CWE-134": "memory corruption",
    "CWE-190": "number overflow",
    "CWE-200": "exposure of sensitive data",
    "CWE-203": "exposure of sensitive data",
    "CWE-209": "exposure of sensitive data",
    "CWE-250": "too many privileges",
    "CWE-255": "weak handling of credentials",
    "CWE-264": "missing access checks",
    "CWE-266": "too many privileges",
    "CWE-267": "too many privileges",
    "CWE-269": "raising of privileges",
    "CWE-276": "wrong default permissions",
    "CWE-281": "wrong permissions",
    "CWE-284": "missing access checks",
    "CWE-285": "missing access checks",
    "CWE-287": "authentication bypass",
    "CWE-288": "authentication bypass",
    "CWE-290": "authentication bypass",
    "CWE-294": "authentication bypass",
    "CWE-295": "certificates not checked",
    "CWE-302": "authentication bypass",
    "CWE-303": "authentication bypass",
    "CWE-304": "authentication bypass",
    "CWE-305": "authentication bypass",
    "CWE-306": "no sign-in where one is needed",
    "CWE-307": "unlimited password guessing",
    "CWE-312": "secrets stored in clear text",
    "CWE-319": "secrets sent in clear text",
    "CWE-321": "built-in key",
    "CWE-326": "weak encryption",
    "CWE-327": "weak encryption",
    "CWE-330": "guessable secrets",
    "CWE-345": "forged data accepted",
    "CWE-347": "signatures not checked",
    "CWE-352": "forged requests",
    "CWE-362": "race condition",
    "CWE-384": "session takeover",
    "CWE-400": "denial of service",
    "CWE-401": "denial of service",
    "CWE-415": "memory corruption",
    "CWE-416": "memory corruption",
    "CWE-426": "loading of planted files",
    "CWE-427": "loading of planted files",
    "CWE-434": "upload of dangerous files",
    "CWE-441": "requests made on an attacker's behalf",
    "CWE-444": "smuggled requests",
    "CWE-451": "misleading display",
    "CWE-476": "denial of service",
    "CWE-494": "updates not checked",
    "CWE-502": "code execution through crafted data",
    "CWE-506": "planted malicious code",
    "CWE-522": "weakly protected credentials",
    "CWE-532": "secrets in log files",
    "CWE-552": "files open to others",
    "CWE-601": "redirects to other sites",
    "CWE-610": "access to files outside its folder",
    "CWE-611": "reading of files through XML",
    "CWE-613": "sessions that do not end",
    "CWE-639": "missing access checks",
    "CWE-640": "weak password reset",
    "CWE-668": "exposure to the wrong users",
    "CWE-693": "protection bypass",
    "CWE-697": "wrong comparison",
    "CWE-703": "poor error handling",
    "CWE-732": "wrong permissions",
    "CWE-749": "exposed dangerous function",
    "CWE-755": "poor error handling",
    "CWE-770": "denial of service",
    "CWE-772": "denial of service",
    "CWE-776": "denial of service",
    "CWE-787": "memory corruption",
    "CWE-788": "memory corruption",
    "CWE-798": "built-in password",
    "CWE-822": "memory corruption",
    "CWE-824": "memory corruption",
    "CWE-829": "loading of planted files",
    "CWE-843": "memory corruption",
    "CWE-862": "missing access checks",
    "CWE-863": "missing access checks",
    "CWE-912": "hidden back door",
    "CWE-913": "code injection",
    "CWE-915": "overwriting of protected fields",
    "CWE-917": "code injection",
    "CWE-918": "requests made on an attacker's behalf",
    "CWE-1188": "insecure default",
    "CWE-1321": "overwriting of protected fields",
    "CWE-1336": "code injection",
    "CWE-1390": "weak sign-in",
    "CWE-1392": "default password",
}
"""CWE id -> words of ours. Ids and their meaning: MITRE CWE list 4.x."""

_CWE: Final = re.compile(r"CWE-\d{1,5}")


def flaw_words(cwes: Iterable[str]) -> str:
    """The kind of flaw of the first CWE id that has words here; empty where none has."""
    for cwe in cwes:
        found = _CWE.search(cwe)
        if found and found.group() in _WORDS:
            return _WORDS[found.group()]
    return ""


def reach_words(vulnerabilities: Iterable[Vulnerability]) -> str:
    """`over the network without sign-in` and the like, out of the first CVSS vector that says; empty where none does.

    Source: the metrics AV, PR and UI of CVSS v3.x and v4.0 vectors. The score itself is never used.
    """
    for vulnerability in vulnerabilities:
        for cvss in vulnerability.cvss:
            metrics = dict(part.split(":", 1) for part in cvss.vector.split("/") if ":" in part)
            if "AV" not in metrics or "PR" not in metrics:
                continue
            where = {"N": "over the network", "A": "from the local network"}.get(
                metrics["AV"], "from the machine itself"
            )
            sign_in = "without sign-in" if metrics["PR"] == "N" else "with an account"
            click = "" if metrics.get("UI", "N") == "N" else ", once a user is lured"
            return f"{where} {sign_in}{click}"
    return ""
