"""The committed descriptions pass a linter of OpenAPI and AsyncAPI, exactly as locked in `lint/`."""

from pathlib import Path

import pytest

from deploy.assets.build import AssetsError, node, packages, run
from tests.paths import ROOT

LINT = Path(__file__).parent / "lint"
DOCUMENTS = sorted(map(str, (*(ROOT / "docs" / "openapi").glob("*.json"), ROOT / "docs" / "asyncapi.json")))


@pytest.fixture(scope="module")
def lint(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        yield installed(tmp_path_factory.mktemp("lint"))


def installed(folder):
    cli = packages(LINT, folder) / "@redocly" / "cli" / "bin" / "cli.js"

    def lint(*documents):
        return run(node(), str(cli), "lint", "--format=json", f"--config={LINT / 'redocly.yaml'}", *documents, cwd=LINT)

    return lint


@pytest.mark.slow
def test_the_committed_descriptions_have_no_fault(lint, tmp_path):
    assert len(DOCUMENTS) == 5
    assert '"problems": []' in lint(*DOCUMENTS)
    # And the linter sees one where there is one.
    broken = tmp_path / "broken.json"
    broken.write_text(Path(DOCUMENTS[-1]).read_text().replace('"security": []', '"nothing": []'))
    with pytest.raises(AssetsError, match="Validation failed with"):
        lint(str(broken))
