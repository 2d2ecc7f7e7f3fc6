"""Health check of a role in its container: `health.py api` asks the API whether it answers, `health.py ROLE` what it hears of a role."""

import sys
import urllib.error
import urllib.request

TIMEOUT_S = 5.0


def complaint(role: str, api: str) -> str:
    """What is wrong with a role; empty when it is well."""
    try:
        with urllib.request.urlopen(f"{api}/{'healthz' if role == 'api' else f'readyz/{role}'}", timeout=TIMEOUT_S):  # noqa: S310 - ours
            return ""
    except urllib.error.HTTPError as error:
        return error.read().decode().strip()
    except (urllib.error.URLError, TimeoutError) as error:
        return f"the API at {api} does not answer: {error}"


if __name__ == "__main__":
    wrong = complaint(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "http://api:8080")
    print(wrong or "well")
    sys.exit(1 if wrong else 0)
