"""A person at a console: signs in and presses buttons, by the forms that work without scripts."""

import re

import httpx

_FORM = re.compile(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Person:
    """One browser without scripts."""

    def __init__(self, port: int, name: str) -> None:
        address = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(
            base_url=address, follow_redirects=True, headers={"Origin": address}, trust_env=False
        )
        self.press("/sign-in", page="/sign-in", name=name)

    def see(self, path: str) -> str:
        """Return a page."""
        answer = self._client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def offers(self, path: str, *, page: str) -> bool:
        """Whether a page has a form for this."""
        return path in self._forms(page)

    def press(self, path: str, *, page: str, **fields: str) -> str:
        """Send a form found on a page, hidden fields and all; return what comes."""
        answer = self._client.post(path, data={**self._forms(page)[path], **fields})
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.text

    def fetch(self, path: str) -> bytes:
        """Return a picture or clip."""
        return self._client.get(path).raise_for_status().content

    def _forms(self, page: str) -> dict[str, dict[str, str]]:
        found = _FORM.findall(self.see(page))
        return {action: dict(_HIDDEN.findall(inner)) for action, inner in reversed(found)}

    def close(self) -> None:
        """Close the browser."""
        self._client.close()
