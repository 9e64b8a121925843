"""What a patient does, by a client that was generated from the document and by nothing else.

Run as `patient.py CHAPTER FOLDER URL`, where FOLDER holds the package `consilium_client`. What a chapter must know comes as
JSON on standard input, and what the next one must know leaves as JSON on standard output.
"""

import datetime
import json
import sys
import uuid

chapter, folder, url = sys.argv[1:4]
sys.path.insert(0, folder)

from consilium_client import AuthenticatedClient, Client, models  # noqa: E402
from consilium_client.api.cases import get_cases_by_id, post_cases, post_cases_by_id_consents  # noqa: E402
from consilium_client.api.cases import get_consent_wordings, post_cases_by_id_submit  # noqa: E402
from consilium_client.api.people import get_me, post_accounts, post_accounts_confirm, post_sessions  # noqa: E402
from consilium_client.api.scheduling import get_appointments_by_id, get_openings  # noqa: E402
from consilium_client.api.scheduling import post_appointments, post_holds  # noqa: E402

known = json.load(sys.stdin)
password = "violet harbour candle"


def answer(reply, status, kind):
    """The answer, which must have the status and be of the type that the document promises."""
    assert reply.status_code == status, f"{reply.status_code}: {reply.content!r}"
    assert isinstance(reply.parsed, kind), type(reply.parsed)
    return reply.parsed


def sign_up():
    client = Client(base_url=url)
    request = models.SignUpRequest(
        email=known["email"],
        name="Maria López",
        birth_date=datetime.date(1971, 2, 28),
        sex=models.SignUpRequestSex.FEMALE,
        jurisdiction="US-OH",
        language="es-MX",
        time_zone="America/New_York",
        phone="+1 216 555 0100",
    )
    reply = post_accounts.sync_detailed(client=client, body=request)
    assert reply.status_code == 202, reply.content
    # What the schema forbids is refused by name, in the type that the document gives to refusals.
    request.name = "x" * 201
    refusal = answer(post_accounts.sync_detailed(client=client, body=request), 422, models.Problem)
    assert [(error.pointer, error.rule) for error in refusal.errors] == [("/name", "max_length")], refusal
    return {}


def open_case():
    client = Client(base_url=url)
    confirmation = models.Confirmation(token=known["token"], password=password)
    assert post_accounts_confirm.sync_detailed(client=client, body=confirmation).status_code == 204
    session = answer(
        post_sessions.sync_detailed(
            client=client, body=models.SignInRequest(email=known["email"], password=password)),
        201, models.SignedIn)
    assert session.expires_at > datetime.datetime.now(datetime.timezone.utc), session
    patient = AuthenticatedClient(base_url=url, token=session.token)
    me = answer(get_me.sync_detailed(client=patient), 200, models.Profile)
    assert me.birth_date == datetime.date(1971, 2, 28) and me.id == session.account, me

    draft = models.CaseDraft(
        lane=models.CaseDraftLane.LICENSED,
        reason="A second look at the plan",
        intake=[
            models.IntakePartDraft(
                kind=models.IntakePartDraftKind.CONDITION, text="Breast cancer", code="C50.911"),
            models.IntakePartDraft(kind=models.IntakePartDraftKind.ALLERGIES, text="Penicillin"),
        ],
        questions=[models.QuestionDraft(text="Is less as safe?")],
    )
    made = answer(
        post_cases.sync_detailed(client=patient, body=draft, idempotency_key=str(uuid.uuid4())), 201, models.CaseView)
    assert [part.text for part in made.intake][:2] == ["Breast cancer", "Penicillin"], made

    wordings = answer(get_consent_wordings.sync_detailed(client=patient), 200, models.ConsentWordingList).wordings
    for kind in ["second_opinion", "telehealth", "records_release"]:
        wording = next(wording for wording in wordings if wording.kind == kind and wording.in_force)
        consent = models.ConsentDraft(kind=models.ConsentDraftKind(kind), wording=wording.name)
        given = answer(
            post_cases_by_id_consents.sync_detailed(made.id, client=patient, body=consent), 201, models.Consent)
        assert given.given_by == session.account, given
    answer(post_cases_by_id_submit.sync_detailed(made.id, client=patient), 200, models.CaseView)
    return {"case": str(made.id), "session": session.token}


def book():
    patient = AuthenticatedClient(base_url=url, token=known["session"])
    case = uuid.UUID(known["case"])
    assert answer(get_cases_by_id.sync_detailed(case, client=patient), 200, models.CaseView).state == "accepted"
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)
    openings = answer(
        get_openings.sync_detailed(
            client=patient, case=case, from_=soon, weekdays=[1, 2, 3, 4, 5, 6, 7], between="08:00-20:00"),
        200, models.OpeningList).openings
    assert openings and all(opening.starts_at >= soon for opening in openings), openings
    hold = answer(
        post_holds.sync_detailed(
            client=patient,
            body=models.HoldRequest(case=case, starts_at=openings[0].starts_at, visit_type="consult-45")),
        201, models.Hold)
    consult = answer(
        post_appointments.sync_detailed(client=patient, body=models.BookingRequest(hold=hold.id, token=hold.token)),
        201, models.Appointment)
    assert consult.state == models.AppointmentState.BOOKED and consult.case == case, consult
    assert consult.ends_at - consult.starts_at == datetime.timedelta(minutes=45), consult
    assert str(consult.specialist) == known["specialist"], consult
    # It is there for whoever reads it again.
    again = answer(get_appointments_by_id.sync_detailed(consult.id, client=patient), 200, models.Appointment)
    assert again.starts_at == consult.starts_at and again.party_time.time_zone == "America/New_York", again
    return {"appointment": str(consult.id)}


print(json.dumps({"sign-up": sign_up, "open-case": open_case, "book": book}[chapter]()))
