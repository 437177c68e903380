import pytest

from tests.browser.chromium import CHROMIUM


@pytest.fixture(scope="module")
def browser():
    """Chromium, without a window."""
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
