"""Which code lists `redress up` gives its services."""

from deploy.local.settings import LocalSettings
from redress.cli.up import with_lists_of_the_sample
from redress.sample import LISTS


def test_the_sample_comes_with_the_lists_of_its_council_and_another_council_with_its_own(tmp_path):
    own = LocalSettings(home=tmp_path, taxonomy=tmp_path)
    none = own.model_copy(update={"taxonomy": None})
    assert with_lists_of_the_sample(own, no_sample=False).taxonomy == tmp_path
    assert with_lists_of_the_sample(none, no_sample=False).taxonomy == LISTS
    assert with_lists_of_the_sample(none, no_sample=True).taxonomy is None
    # What an earlier start loaded is still there.
    none.at().sample_loaded.touch()
    assert with_lists_of_the_sample(none, no_sample=True).taxonomy == LISTS
