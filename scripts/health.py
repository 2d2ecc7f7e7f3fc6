"""Health check of a role in its container: `health.py api` asks the API whether it answers, `health.py ROLE` what it hears of a role."""

import json
import sys
import urllib.error
import urllib.request

TIMEOUT_S = 5.0


def complaint(role: str, api: str) -> str:
    """What is wrong with a role; empty when it is well."""
    try:
        with urllib.request.urlopen(f"{api}/{'healthz' if role == 'api' else 'api/v1/status'}", timeout=TIMEOUT_S) as response:  # noqa: S310 - ours
            answer = response.read()
    except (urllib.error.URLError, TimeoutError) as error:
        return f"the API at {api} does not answer: {error}"
    if role == "api":
        return ""
    heard = {one["role"]: one for one in json.loads(answer)["roles"]}
    return "" if heard[role]["ready"] else heard[role]["detail"] or "not ready"


if __name__ == "__main__":
    wrong = complaint(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "http://api:8080")
    print(wrong or "well")
    sys.exit(1 if wrong else 0)
