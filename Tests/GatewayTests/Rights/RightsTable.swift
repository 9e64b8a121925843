import Clinic

/// Who may do what: what ``RightsMatrixTests`` finds must be this, cell by cell.
enum RightsTable {
    /// Whose column is whose. `player` is who plays an operation in the scenario; then come those with a part in the case, and
    /// then outsiders.
    static let people = [
        "player", "patient", "specialist", "caregiver", "candidate", "colleague", "clinician", "emergency",
        "coordinator", "operator", "other_patient", "other_specialist", "signed_out",
    ]

    /// Who reaches everybody's things by their role: a coordinator the worklist, an operator the accounts, and who is of
    /// the programme any case for an hour, with a reason and an alarm.
    static let reach: [String: Set<Role>] = [
        "GET /v1/tasks": [.coordinator], "POST /v1/tasks/{id}/done": [.coordinator],
        "POST /v1/accounts/{id}/close": [.operator], "POST /v1/accounts/{id}/erase": [.operator],
        "DELETE /v1/accounts/{id}/roles/{role}": [.operator],
        "POST /v1/second-factor-recoveries/{id}/approve": [.operator],
        "DELETE /v1/second-factor-recoveries/{id}": [.operator],
        "PATCH /v1/organisations/{id}": [.operator],
        "GET /v1/specialist-proposals": [.coordinator, .operator],
        "POST /v1/specialist-proposals/{id}/approve": [.operator], "DELETE /v1/specialist-proposals/{id}": [.operator],
        "POST /v1/cases/{id}/emergency-access": [.specialist, .operator],
    ]

    /// What each is answered when the scenario plays an operation for the first time: `ok`, or the status. `caregiver` to
    /// `emergency` have their part in each case from its beginning; the specialist from the acceptance on.
    static let cells = """
        DELETE /v1/accounts/{id}/roles/{role} | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        DELETE /v1/cases/{id}/colleagues/{specialist} | ok ok ok ok 404 403 403 404 ok 404 404 404 401
        DELETE /v1/cases/{id}/consents/{consent} | ok ok 404 ok 403 403 403 404 404 404 404 404 401
        DELETE /v1/cases/{id}/invitations/{invitation} | ok ok 403 ok 403 403 403 403 403 404 404 404 401
        DELETE /v1/cases/{id}/records/{record}/files/{file} | ok ok 404 404 404 404 404 404 404 404 404 404 401
        DELETE /v1/holds/{id} | ok ok 403 ok 404 403 403 404 ok 404 404 404 401
        DELETE /v1/me/calendar-feeds/{id} | ok ok 404 404 404 404 404 404 404 404 404 404 401
        DELETE /v1/me/caregivers/{id} | ok ok 404 404 404 404 404 404 404 404 404 404 401
        DELETE /v1/second-factor-recoveries/{id} | ok 404 404 404 404 404 404 404 404 ok 404 404 401
        DELETE /v1/sessions | ok ok ok ok ok ok ok ok ok ok ok ok 401
        DELETE /v1/sessions/current | ok ok ok ok ok ok ok ok ok ok ok ok 401
        DELETE /v1/sessions/{id} | ok ok 404 404 404 404 404 404 404 404 404 404 401
        DELETE /v1/specialist-proposals/{id} | ok 403 403 403 403 403 403 403 ok ok 403 403 401
        DELETE /v1/specialists/{id}/calendars/{calendar} | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        DELETE /v1/specialists/{id}/time-off/{timeOff} | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        DELETE /v1/waitlist/{id} | ok ok 403 ok 404 403 403 404 ok 404 404 404 401
        GET /v1/appointments | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/appointments/{id} | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        GET /v1/appointments/{id}/calendar | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        GET /v1/appointments/{id}/room | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        GET /v1/calendars/{token}.ics | ok ok ok ok ok ok ok ok ok ok ok ok ok
        GET /v1/cases | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/cases/{id} | ok ok ok ok ok ok ok ok ok 404 404 404 401
        GET /v1/cases/{id}/access-log | ok ok 404 ok 404 404 404 404 ok 404 404 404 401
        GET /v1/cases/{id}/colleagues | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        GET /v1/cases/{id}/consents | ok ok 404 ok 403 ok ok 404 404 404 404 404 401
        GET /v1/cases/{id}/emergency-access | ok ok 403 ok 403 403 403 403 ok 404 404 404 401
        GET /v1/cases/{id}/events | ok ok ok ok 404 ok ok ok ok 404 404 404 401
        GET /v1/cases/{id}/first-read | ok 404 ok 404 404 404 404 ok 404 404 404 404 401
        GET /v1/cases/{id}/invitations | ok ok 403 ok 403 403 403 403 ok 404 404 404 401
        GET /v1/cases/{id}/messages | ok ok ok ok 404 ok ok ok ok 404 404 404 401
        GET /v1/cases/{id}/offers | ok ok 403 ok 403 403 403 404 ok 404 404 404 401
        GET /v1/cases/{id}/opinion | ok ok ok ok 404 ok ok ok ok 404 404 404 401
        GET /v1/cases/{id}/outcome | ok ok ok ok 404 ok ok ok ok 404 404 404 401
        GET /v1/cases/{id}/people | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        GET /v1/cases/{id}/records | ok ok 404 ok 403 ok ok 404 404 404 404 404 401
        GET /v1/cases/{id}/records/{record} | ok ok 404 ok 404 404 ok 404 404 404 404 404 401
        GET /v1/cases/{id}/records/{record}/content | ok ok 404 ok 404 404 ok 404 404 404 404 404 401
        GET /v1/cases/{id}/records/{record}/files/{file} | ok ok 404 ok 404 404 ok 404 404 404 404 404 401
        GET /v1/consent-wordings | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/holds | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/holds/{id} | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        GET /v1/matches/{id} | ok ok 404 ok 404 404 404 404 ok 404 404 404 401
        GET /v1/matches/{id}/replay | ok ok 404 ok 404 404 404 404 ok 404 404 404 401
        GET /v1/me | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/me/access-log | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/me/calendar-feeds | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/me/caregivers | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/me/notifications | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/me/notifications/deliveries | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/offers | ok 403 ok 403 ok ok 403 ok 403 403 403 ok 401
        GET /v1/openings | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        GET /v1/openings/soonest | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        GET /v1/organisations | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/second-factor-recoveries | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        GET /v1/sessions | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/specialist-proposals | ok 403 403 403 403 403 403 403 ok ok 403 403 401
        GET /v1/specialists | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/specialists/{id} | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/specialists/{id}/availability | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        GET /v1/specialists/{id}/calendars | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        GET /v1/specialists/{id}/time-off | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        GET /v1/tasks | ok 403 403 403 403 403 403 403 ok 403 403 403 401
        GET /v1/visit-types | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/waitlist | ok ok ok ok ok ok ok ok ok ok ok ok 401
        GET /v1/waitlist/{id} | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        PATCH /v1/cases/{id} | ok ok 404 ok 403 403 403 404 404 404 404 404 401
        PATCH /v1/cases/{id}/records/{record} | ok ok 404 ok 403 403 404 404 404 404 404 404 401
        PATCH /v1/cases/{id}/records/{record}/files/{file} | ok ok 404 404 404 404 404 404 404 404 404 404 401
        PATCH /v1/holds/{id} | ok ok 403 ok 404 403 403 404 ok 404 404 404 401
        PATCH /v1/me | ok ok ok ok ok ok ok ok ok ok 412 ok 401
        PATCH /v1/organisations/{id} | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        PATCH /v1/specialists/{id} | ok 403 403 403 403 403 403 403 ok 403 403 403 401
        POST /v1/accounts | ok ok ok ok ok ok ok ok ok ok ok ok ok
        POST /v1/accounts/confirm | ok ok ok ok ok ok ok ok ok ok ok ok ok
        POST /v1/accounts/search | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        POST /v1/accounts/{id}/close | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        POST /v1/accounts/{id}/erase | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        POST /v1/appointments | ok ok 403 ok 404 403 403 404 ok 404 404 404 401
        POST /v1/appointments/{id}/cancel | ok ok ok ok 404 403 403 404 ok 404 404 404 401
        POST /v1/appointments/{id}/check-in | ok ok 403 ok 404 403 403 404 ok 404 404 404 401
        POST /v1/appointments/{id}/complete | ok 403 ok 403 404 403 403 404 ok 404 404 404 401
        POST /v1/appointments/{id}/join | ok ok ok ok 404 403 403 404 403 404 404 404 401
        POST /v1/appointments/{id}/no-show | ok 403 ok 403 404 403 403 404 ok 404 404 404 401
        POST /v1/appointments/{id}/reschedule | ok ok ok ok 404 403 403 404 ok 404 404 404 401
        POST /v1/caregiver-invitations/accept | ok 422 422 422 422 422 422 422 422 422 422 422 401
        POST /v1/cases | ok ok 422 ok 422 422 422 422 422 422 422 422 401
        POST /v1/cases/{id}/break-blind | ok 403 ok 403 403 403 403 403 403 404 404 404 401
        POST /v1/cases/{id}/close | ok ok 403 ok 403 403 403 403 ok 404 404 404 401
        POST /v1/cases/{id}/colleagues | ok 403 ok 403 404 403 403 404 ok 403 403 404 401
        POST /v1/cases/{id}/consents | ok ok 404 ok 403 403 403 404 404 404 404 404 401
        POST /v1/cases/{id}/emergency-access | ok 403 404 403 404 404 403 ok 403 ok 403 ok 401
        POST /v1/cases/{id}/first-read/sign | ok 403 ok 403 403 403 403 403 403 404 404 404 401
        POST /v1/cases/{id}/invitations | ok ok 403 ok 403 403 403 403 403 404 404 404 401
        POST /v1/cases/{id}/matches | ok ok 404 ok 403 403 403 404 ok 404 404 404 401
        POST /v1/cases/{id}/messages | ok ok ok ok 404 ok ok 404 ok 404 404 404 401
        POST /v1/cases/{id}/messages/search | ok ok ok ok 404 ok ok ok ok 404 404 404 401
        POST /v1/cases/{id}/offers | ok ok 404 ok 403 403 403 404 ok 404 404 404 401
        POST /v1/cases/{id}/opinion/sign | ok 403 ok 403 403 403 403 403 403 404 404 404 401
        POST /v1/cases/{id}/reassign | ok 403 403 403 403 403 403 403 ok 403 403 403 401
        POST /v1/cases/{id}/records | ok ok 404 ok 403 403 ok 404 404 404 404 404 401
        POST /v1/cases/{id}/records/{record}/files | ok ok 404 ok 403 403 404 404 404 404 404 404 401
        POST /v1/cases/{id}/submit | ok ok 404 ok 403 403 403 404 404 404 404 404 401
        POST /v1/cases/{id}/unable | ok 403 403 403 403 403 403 403 ok 403 403 403 401
        POST /v1/cases/{id}/withdraw | ok ok 404 ok 403 403 403 403 403 404 404 404 401
        POST /v1/conditions/search | ok ok ok ok ok ok ok ok ok ok ok ok 401
        POST /v1/holds | ok ok 403 ok 404 403 403 404 ok 404 404 404 401
        POST /v1/holds/{id}/accept | ok ok 403 ok 404 403 403 404 ok 404 404 404 401
        POST /v1/invitations/accept | ok 404 404 404 404 404 404 404 404 404 404 404 401
        POST /v1/me/calendar-feeds | ok ok ok ok ok ok ok ok ok ok ok ok 401
        POST /v1/me/caregivers | ok ok 403 403 403 403 403 403 403 403 ok 403 401
        POST /v1/me/close | ok ok ok ok ok ok ok ok ok ok ok ok 401
        POST /v1/me/email | ok ok 401 401 401 401 401 401 401 401 401 401 401
        POST /v1/me/email/confirm | ok ok 422 422 422 422 422 422 422 422 422 422 401
        POST /v1/me/second-factor | ok ok ok ok ok ok ok ok ok ok ok ok 401
        POST /v1/me/second-factor/confirm | ok ok 409 409 409 409 409 409 409 409 409 409 401
        POST /v1/me/second-factor/recovery-codes | ok ok 409 409 409 409 409 409 409 409 409 409 401
        POST /v1/me/second-factor/remove | ok ok 401 401 401 401 401 401 401 401 401 401 401
        POST /v1/offers/{id}/accept | ok 403 404 403 404 404 403 404 403 403 403 404 401
        POST /v1/offers/{id}/decline | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        POST /v1/offers/{id}/withdraw | ok ok 404 ok 404 404 404 404 ok 404 404 404 401
        POST /v1/organisations | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        POST /v1/password-resets | ok ok ok ok ok ok ok ok ok ok ok ok ok
        POST /v1/password-resets/confirm | ok ok ok ok ok ok ok ok ok ok ok ok ok
        POST /v1/second-factor-recoveries | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        POST /v1/second-factor-recoveries/{id}/approve | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        POST /v1/sessions | ok ok ok ok ok ok ok ok ok ok ok ok ok
        POST /v1/sessions/current/proof | ok ok 401 401 401 401 401 401 401 401 401 401 401
        POST /v1/specialist-invitations/accept | ok 422 422 422 422 422 422 422 422 422 422 422 401
        POST /v1/specialist-proposals | ok 403 403 403 403 403 403 403 ok ok 403 403 401
        POST /v1/specialist-proposals/{id}/approve | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        POST /v1/specialists/{id}/availability/preview | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        POST /v1/specialists/{id}/calendars | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        POST /v1/specialists/{id}/clear | ok 403 ok 403 404 404 403 404 ok 403 403 404 401
        POST /v1/specialists/{id}/time-off | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        POST /v1/tasks/{id}/done | ok 403 403 403 403 403 403 403 ok 403 403 403 401
        POST /v1/waitlist | ok ok 403 ok 404 403 403 404 ok 404 404 404 401
        PUT /v1/cases/{id}/first-read | ok 403 ok 403 403 403 403 403 403 404 404 404 401
        PUT /v1/cases/{id}/lane | ok ok 404 ok 403 403 403 403 403 404 404 404 401
        PUT /v1/cases/{id}/mark | ok ok ok ok 404 ok ok ok ok 404 404 404 401
        PUT /v1/cases/{id}/opinion | ok 403 ok 403 403 403 403 403 403 404 404 404 401
        PUT /v1/cases/{id}/outcome | ok ok 403 ok 403 403 403 403 403 404 404 404 401
        PUT /v1/me/notifications | ok ok ok ok ok ok ok ok ok ok 412 ok 401
        PUT /v1/me/password | ok ok 401 401 401 401 401 401 401 401 401 401 401
        PUT /v1/specialists/{id}/availability | ok 403 ok 403 404 404 403 404 403 403 403 404 401
        PUT /v1/specialists/{id}/conditions | ok 403 403 403 403 403 403 403 403 403 403 403 401
        PUT /v1/specialists/{id}/licences | ok 403 403 403 403 403 403 403 ok 403 403 403 401
        PUT /v1/visit-types/{id} | ok 403 403 403 403 403 403 403 403 ok 403 403 401
        """
}
