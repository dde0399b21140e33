"""A case of two stages as a row of imported history."""

STAGE_1 = {
    "stage": "stage-1",
    "started_on": "2022-06-06",
    "acknowledged_on": "2022-06-07",
    "due_on": "2022-06-20",
    "responded_on": "2022-06-20",
    "outcome": "not-upheld",
}
STAGE_2 = {
    "stage": "stage-2",
    "started_on": "2022-06-27",
    "due_on": "2022-08-01",
    "extended_to": "2022-09-26",
    "extension_told_on": "2022-07-29",
    "responded_on": "2022-09-23",
    "outcome": "partly-upheld",
}
CHILD = {
    "source_id": "CH/1",
    "kind": "complaint",
    "procedure": "childrens-statutory",
    "received_on": "2022-06-06",
    "closed_on": "2022-09-23",
    "outcome": "partly-upheld",
    "themes": ["delay"],
    "stages": [STAGE_1, STAGE_2],
    "ombudsman": [{"received_on": "2022-10-03", "decided_on": "2022-12-01", "decision": "referred-back"}],
    "learning_tags": ["process-change"],
}
