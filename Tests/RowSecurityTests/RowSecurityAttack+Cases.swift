import Postgres

extension RowSecurityAttack {
    /// On cases, and on what belongs to them.
    static let onCases: [RowSecurityAttack] = [
        RowSecurityAttack(
            .stranger, "Stranger comes as candidate", stoppedBy: [.privilege],
            """
            INSERT INTO case_part (case_id, account_id, part) VALUES (\(u(101)), \(u(10)), 'candidate')
            """),
        RowSecurityAttack(
            .caregiver, "Caregiver adds a stranger as caregiver", stoppedBy: [.privilege],
            """
            INSERT INTO case_part (case_id, account_id, part) VALUES (\(u(101)), \(u(10)), 'caregiver')
            """),
        RowSecurityAttack(
            .former, "Ended candidate re-opens",
            "UPDATE case_part SET until = NULL WHERE case_id = \(u(102)) AND account_id = \(u(6))"),
        RowSecurityAttack(
            .former, "Ended specialist comes back as candidate",
            """
            UPDATE case_part SET until = NULL, part = 'candidate' WHERE case_id = \(u(101)) AND account_id =
                \(u(6))
            """),
        RowSecurityAttack(
            .candidate, "Candidate comes as specialist", stoppedBy: [.trigger],
            """
            UPDATE case_part SET part = 'specialist' WHERE case_id = \(u(102)) AND account_id = \(u(4))
            """),
        RowSecurityAttack(
            .patient, "Patient makes candidate caregiver", stoppedBy: [.trigger],
            """
            UPDATE case_part SET part = 'caregiver' WHERE case_id = \(u(102)) AND account_id = \(u(4))
            """),
        RowSecurityAttack(
            .coordinator, "Coordinator makes candidate coordinator", stoppedBy: [.trigger],
            """
            UPDATE case_part SET part = 'coordinator' WHERE case_id = \(u(102)) AND account_id = \(u(4))
            """),
        RowSecurityAttack(
            .patient, "Patient accepts for the candidate", stoppedBy: [.trigger],
            "UPDATE offer SET state = 'accepted', decided_at = now() WHERE id = \(u(503))"),
        RowSecurityAttack(
            .caregiver, "Caregiver ends coordinator",
            "UPDATE case_part SET until = now() WHERE case_id = \(u(101)) AND part = 'coordinator'"),
        RowSecurityAttack(
            .specialist, "Specialist opens the blind by the case row", stoppedBy: [.trigger],
            "UPDATE clinical_case SET blinded = false WHERE id = \(u(101))"),
        RowSecurityAttack(
            .candidate, "Candidate rewrites the reason", stoppedBy: [.trigger],
            "UPDATE clinical_case SET reason = 'y' WHERE id = \(u(102))"),
        RowSecurityAttack(
            .candidate, "Candidate moves offered to accepted", stoppedBy: [.trigger],
            """
            UPDATE clinical_case SET state = 'accepted', specialist_id = \(u(4)) WHERE id = \(u(102))
            """),
        RowSecurityAttack(
            .patient, "Patient moves reviewing to opined", stoppedBy: [.trigger],
            "UPDATE clinical_case SET state = 'opined' WHERE id = \(u(101))"),
        RowSecurityAttack(
            .specialist, "Specialist withdraws the case", stoppedBy: [.trigger],
            "UPDATE clinical_case SET state = 'withdrawn' WHERE id = \(u(101))"),
        RowSecurityAttack(
            .specialist, "Specialist hands the case to 6", stoppedBy: [.trigger],
            "UPDATE clinical_case SET specialist_id = \(u(6)) WHERE id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Patient opens a case in a late state",
            """
            INSERT INTO clinical_case (id, patient_id, state, blinded, lane, jurisdiction, language, reason)
                VALUES (\(u(199)), \(u(1)), 'delivered', false, 'licensed', 'US-OH', 'en', 'x')
            """),
        RowSecurityAttack(
            .patient, "Patient edits intake after submission", stoppedBy: [.privilege],
            "UPDATE intake_part SET body = 'y' WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Patient deletes intake after submission",
            "DELETE FROM intake_part WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "File of a record of another case",
            """
            INSERT INTO record_file (id, record_id, case_id, reveals_prior, state, metadata, added_by)
                VALUES (\(u(399)), \(u(205)), \(u(101)), false, 'uploading', 'x', \(u(1)))
            """),
        RowSecurityAttack(
            .patient, "File born complete",
            """
            INSERT INTO record_file (id, record_id, case_id, reveals_prior, state, metadata, added_by)
                VALUES (\(u(399)), \(u(201)), \(u(101)), false, 'complete', 'x', \(u(1)))
            """),
        RowSecurityAttack(
            .patient, "Complete file rewritten", stoppedBy: [.trigger],
            "UPDATE record_file SET metadata = 'y' WHERE id = \(u(302))"),
        RowSecurityAttack(
            .sendsOnly, "Sends-only flips a record of the patient",
            "UPDATE record SET reveals_prior = false WHERE id = \(u(202))"),
        RowSecurityAttack(
            .patient, "Consent rewritten", stoppedBy: [.privilege],
            "UPDATE consent SET given_at = '2020-01-01' WHERE id = \(u(121))"),
        RowSecurityAttack(
            .caregiver, "Consent forged for the patient",
            """
            INSERT INTO consent (id, case_id, kind, wording, given_by) VALUES (\(u(129)), \(u(101)),
                'telehealth', 'telehealth.2026-01', \(u(1)))
            """),
        RowSecurityAttack(
            .patient, "Consent backdated", stoppedBy: [.privilege],
            """
            INSERT INTO consent (id, case_id, kind, wording, given_by, given_at) VALUES (\(u(129)),
                \(u(101)), 'telehealth', 'telehealth.2026-01', \(u(1)), '2020-01-01')
            """),
        RowSecurityAttack(
            .patient, "Key overwritten",
            "UPDATE case_key SET wrapped = 'garbage' WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .coordinator, "Key of an open case destroyed",
            "UPDATE case_key SET wrapped = NULL, destroyed_at = now() WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .specialist, "Opinion signed before the first read", stoppedBy: [.trigger],
            """
            UPDATE opinion SET signed_at = now(), signature = 'x', signing_key = 'x' WHERE case_id =
                \(u(101)) AND specialist_id = \(u(5))
            """),
        RowSecurityAttack(
            .specialist, "Opinion says unblinded", stoppedBy: [.trigger],
            "UPDATE opinion SET blind = 'broken' WHERE case_id = \(u(103))"),
        RowSecurityAttack(
            .specialist, "Signing key of a signed opinion changed", stoppedBy: [.trigger],
            "UPDATE opinion SET signing_key = 'y' WHERE case_id = \(u(103))"),
        RowSecurityAttack(
            .specialist, "Delivery of an opinion taken back", stoppedBy: [.trigger],
            "UPDATE opinion SET delivered_at = NULL WHERE case_id = \(u(103))"),
        RowSecurityAttack(
            .patient, "Message as another",
            """
            INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior,
                body) SELECT id, 3, \(u(599)), case_id, false, 'text', \(u(5)), false, 'x' FROM thread WHERE
                case_id = \(u(101)) AND kind = 'care'
            """),
        RowSecurityAttack(
            .patient, "Message past the end",
            """
            INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior,
                body) SELECT id, 99, \(u(599)), case_id, false, 'text', \(u(1)), false, 'x' FROM thread WHERE
                case_id = \(u(101)) AND kind = 'care'
            """),
        RowSecurityAttack(
            .patient, "Message backdated", stoppedBy: [.privilege],
            """
            INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior,
                body, sent_at) SELECT id, 3, \(u(599)), case_id, false, 'text', \(u(1)), false, 'x',
                '2020-01-01' FROM thread WHERE case_id = \(u(101)) AND kind = 'care'
            """),
        RowSecurityAttack(
            .patient, "Gap in a thread", stoppedBy: [.trigger],
            "UPDATE thread SET last_seq = last_seq + 1 WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Thread wound back", stoppedBy: [.trigger],
            "UPDATE thread SET last_seq = 0 WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Message deleted", stoppedBy: [.privilege],
            "DELETE FROM message"),
        RowSecurityAttack(
            .otherPatient, "Menu of another case polluted",
            "INSERT INTO match_candidate VALUES (\(u(401)), \(u(101)), 9, \(u(4)))"),
        RowSecurityAttack(
            .otherPatient, "A menu extended later",
            "INSERT INTO match_candidate VALUES (\(u(403)), \(u(103)), 9, \(u(6)))"),
        RowSecurityAttack(
            .otherPatient, "A match made by another",
            """
            INSERT INTO match (id, case_id, rules_version, input_digest, input, result, ranking, made_by) VALUES
                (\(u(498)), \(u(103)), 1, 'x', 'x', 'x', '{}', \(u(1)))
            """),
        RowSecurityAttack(
            .stranger, "Emergency in a case by who is not of the programme",
            // A trigger asks for the reason, too.
            stoppedBy: [
                .function(allows: .init(after: "INSERT INTO account_role VALUES (\(u(10)), 'operator')")), .trigger,
            ],
            "SELECT FROM open_emergency_access(\(u(598)), \(u(101))) until WHERE until IS NOT NULL"),
        RowSecurityAttack(
            .candidate, "Emergency access written by hand", stoppedBy: [.privilege, .trigger],
            """
            INSERT INTO emergency_access (id, case_id, account_id, since, until)
            SELECT \(u(598)), \(u(101)), \(u(4)), n, n + interval '1 hour' FROM (SELECT now()) t (n)
            """),
        RowSecurityAttack(
            .patient, "Grant forged as accepted",
            """
            INSERT INTO caregiver_grant (id, patient_id, caregiver_id, kind, state, token_digest, email,
                expires_at) VALUES (\(u(79)), \(u(1)), \(u(10)), 'grant', 'active', 'y', 'x', '2099-01-01')
            """),
        RowSecurityAttack(
            .patient, "Invitation forged as accepted",
            """
            INSERT INTO invitation (id, case_id, token_digest, email, sends_records, reads_opinion,
                consults, state, invited_by, accepted_by, expires_at) VALUES (\(u(119)), \(u(101)), 'x9', 'x',
                true, true, true, 'accepted', \(u(1)), \(u(7)), '2099-01-01')
            """),
        RowSecurityAttack(
            .coordinator, "Task done by another",
            "UPDATE task SET state = 'done', done_at = now(), done_by = \(u(5)) WHERE id = \(u(541))"),
        RowSecurityAttack(
            .candidate, "Candidate writes a task as done",
            """
            INSERT INTO task (id, case_id, kind, state, due_at, done_at, done_by) VALUES (\(u(549)),
                \(u(102)), 'rescue_menu', 'done', now(), now(), \(u(9)))
            """),
        RowSecurityAttack(
            .nobody, "Registry written by nobody",
            """
            INSERT INTO outcome_code (month, diagnosis, treatment, advice_followed) VALUES ('2026-01-01',
                'confirmed', 'changed', 'yes')
            """),
        RowSecurityAttack(
            .patient, "Outcome of an open case",
            "INSERT INTO outcome (case_id, body, recorded_by) VALUES (\(u(101)), 'x', \(u(1)))"),
    ]
}
