"""The pages' assets are whole, ours alone to serve, and carry neither crown nor Transport font."""

import hashlib
import json
import re

import pytest

from deploy.assets.build import HERE, OUT, build


@pytest.fixture(scope="module")
def manifest():
    build()
    return json.loads((OUT / "manifest.json").read_text())


def test_building_again_does_nothing(manifest):
    assert build() is False


def test_every_name_carries_the_hash_of_its_content(manifest):
    assert set(manifest) == {"redress.css", "redress.js", "govuk-frontend.js"}
    for name in manifest.values():
        content = (OUT / name).read_bytes()
        single = hashlib.sha256(content).digest()
        assert hashlib.sha256(single).hexdigest()[:12] in name


def test_nothing_is_fetched_from_elsewhere_and_no_font_is_ours_to_use(manifest):
    css = (OUT / manifest["redress.css"]).read_text()
    assert "@font-face" not in css
    assert "transport" not in css.lower()
    assert "@import" not in css
    assert not re.findall(r"url\(\"?https?:", css)
    assert ".redress-chart" in css


def test_the_script_imports_the_module_next_to_it(manifest):
    script = (OUT / manifest["redress.js"]).read_text()
    assert f'from "./{manifest["govuk-frontend.js"]}"' in script
    assert "initAll" in (OUT / manifest["govuk-frontend.js"]).read_text()


def test_the_lock_holds_digests_and_no_place_to_download_from():
    lock = json.loads((HERE / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())
