"""Run in the environment of the generated client: `python typed_client.py URL TOKEN CASE STALE CURRENT`."""

import sys

from workflow import AuthenticatedClient, Client  # type: ignore[import-not-found]
from workflow.api.workflow import one_api_v1_cases_case_get as one  # type: ignore[import-not-found]
from workflow.api.workflow import take_api_v1_cases_case_steps_step_post as take
from workflow.models import CaseDetail, ProblemDocument  # type: ignore[import-not-found]
from workflow.models import TakeApiV1CasesCaseStepsStepPostBodyType0 as Fields


def main(url: str, token: str, case: str, stale: str, current: str) -> None:
    staff = AuthenticatedClient(base_url=url, token=token)
    found = one.sync(case, client=staff)
    assert isinstance(found, CaseDetail), found

    def step(tag: str, **fields: object) -> object:
        return take.sync(case, "note", client=staff, body=Fields.from_dict(fields), if_match=tag)

    answers = {
        401: one.sync(case, client=Client(base_url=url)),
        404: one.sync("RD-0000-0000-0000", client=staff),
        412: step(stale, text="Too late."),
        422: step(current, text="Fits.", on="yesterday"),
    }
    for status, problem in answers.items():
        assert isinstance(problem, ProblemDocument), (status, problem)
        assert problem.status == status, problem
    assert answers[422].errors[0].pointer == "/on", answers[422]
    assert answers[412]["current_version"] >= 1
    assert isinstance(step("*", text="Whatever it is now."), CaseDetail)
    print("ok")


if __name__ == "__main__":
    main(*sys.argv[1:])
