import Postgres

extension RowSecurityAttack {
    /// On cases, what belongs to them, and what the service keeps beside them.
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
            .patient, "Person key overwritten",
            "UPDATE person_key SET wrapped = 'garbage' WHERE account_id = \(u(1))"),
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
            .patient, "Audit entry forged", stoppedBy: [.privilege],
            "SELECT audit_append('case', \(u(101)), \(u(5)), 'read.record', \(u(201)), 1)"),
        RowSecurityAttack(
            .patient, "Audit write forged as a read",
            stoppedBy: [
                .function(
                    allows: .init(
                        "SELECT audit_reads('{case}', ARRAY[\(u(101))], '{read.record}', ARRAY[\(u(201))], '{1}')"))
            ],
            """
            SELECT audit_reads('{case}', ARRAY[\(u(101))], '{record.removed}', ARRAY[\(u(201))], '{1}')
            """),
        RowSecurityAttack(
            .nobody, "Audit entry of nobody's", stoppedBy: [.function(allows: .init(as: .patient))],
            "SELECT audit_reads('{case}', ARRAY[\(u(101))], '{read.record}', ARRAY[\(u(201))], '{1}')"),
        RowSecurityAttack(.patient, "A large object", stoppedBy: [.privilege], "SELECT lo_from_bytea(0, 'kept')"),
        RowSecurityAttack(
            .patient, "A large object, opened to be written", stoppedBy: [.privilege], "SELECT lo_creat(-1)"),
        RowSecurityAttack(
            .patient, "A temporary table", stoppedBy: [.privilege], "CREATE TEMPORARY TABLE kept (text text)"),
        RowSecurityAttack(
            .patient, "The statistics of all sessions", stoppedBy: [.privilege], "SET LOCAL ROLE pg_read_all_stats"),
        RowSecurityAttack(
            .stranger, "A lock on the calendar of somebody they do not know",
            "SELECT FROM calendar WHERE person_id = \(u(1)) FOR NO KEY UPDATE"),
        RowSecurityAttack(
            .stranger, "Whether somebody has an account",
            "SELECT FROM calendar WHERE person_id = \(u(1))"),
        RowSecurityAttack(
            .patient, "Audit entry deleted", stoppedBy: [.privilege, .trigger],
            "DELETE FROM audit_entry"),
        RowSecurityAttack(
            .patient, "Idempotency row of another",
            "UPDATE idempotency_key SET status = 200 WHERE account_id = \(u(2))"),
        RowSecurityAttack(
            .patient, "Session of another",
            """
            INSERT INTO session (id, account_id, token_digest, second_factor, idle_limit, expires_at) VALUES
                (\(u(599)), \(u(2)), 'z', true, '1 hour', '2099-01-01')
            """),
        RowSecurityAttack(
            .patient, "Moves that only the end of an account allows", stoppedBy: [.privilege],
            "INSERT INTO ending_access DEFAULT VALUES"),
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
            .coordinator, "Account of another closed",
            stoppedBy: [.function(allows: .init(after: "INSERT INTO account_role VALUES (\(u(9)), 'operator')"))],
            "SELECT FROM close_account(\(u(1)))"),
        RowSecurityAttack(
            .coordinator, "Role of another taken",
            stoppedBy: [.function(allows: .init(after: "INSERT INTO account_role VALUES (\(u(9)), 'operator')"))],
            "SELECT FROM take_role(\(u(5)), 'specialist')"),
        RowSecurityAttack(
            .stranger, "Another person forgotten",
            stoppedBy: [
                .function(
                    allows: .init(
                        after: "INSERT INTO account_role VALUES (\(u(10)), 'operator')",
                        "UPDATE account SET state = 'closed' WHERE id = \(u(1))"))
            ],
            "SELECT FROM erase_person(\(u(1))) done WHERE done"),
        RowSecurityAttack(
            .stranger, "Another's time released",
            stoppedBy: [.privilege, .function(allows: .init(after: "INSERT INTO ending_access DEFAULT VALUES"))],
            "SELECT FROM release_person(\(u(5)), '{specialist}')"),
        RowSecurityAttack(
            .coordinator, "Second factor of another replaced",
            stoppedBy: [
                .function(
                    allows: .init(
                        after: "INSERT INTO account_role VALUES (\(u(2)), 'operator'), (\(u(9)), 'operator')",
                        "UPDATE factor_recovery SET proposed_by = \(u(2))"))
            ],
            "SELECT FROM approve_factor_recovery(\(u(80)), 'z') language WHERE language IS NOT NULL"),
        RowSecurityAttack(
            .patient, "Recovery of their own factor approved",
            stoppedBy: [.privilege, .constraint(on: "factor_recovery")],
            "UPDATE factor_recovery SET state = 'approved', email = NULL, decided_by = \(u(9)), decided_at = now()"),
        RowSecurityAttack(
            .coordinator, "The digest by which somebody joins as a specialist, read", stoppedBy: [.privilege],
            "SELECT FROM specialist_proposal WHERE token_digest IS NOT NULL"),
        RowSecurityAttack(
            .specialist, "E-mail address of a patient, read",
            "SELECT FROM account WHERE id = \(u(1)) AND email IS NOT NULL"),
        RowSecurityAttack(
            .patient, "E-mail of another",
            "UPDATE account SET email = 'z' WHERE id = \(u(5))"),
        RowSecurityAttack(
            .stranger, "Takes the coordinator's role",
            "INSERT INTO account_role VALUES (\(u(10)), 'coordinator')"),
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
            .patient, "Job forged as running", stoppedBy: [.privilege],
            """
            INSERT INTO job (id, kind, payload, max_attempts, fence) VALUES (\(u(559)), 'notice', '{}', 5,
                99)
            """),
        RowSecurityAttack(
            .patient, "Outcome of an open case",
            "INSERT INTO outcome (case_id, body, recorded_by) VALUES (\(u(101)), 'x', \(u(1)))"),
    ]
}
