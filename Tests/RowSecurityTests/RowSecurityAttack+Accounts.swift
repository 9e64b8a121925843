import Postgres

extension RowSecurityAttack {
    /// On accounts, sessions and the audit log, and on what the service keeps beside the cases.
    static let onAccounts: [RowSecurityAttack] = [
        RowSecurityAttack(
            .patient, "Person key overwritten",
            "UPDATE person_key SET wrapped = 'garbage' WHERE account_id = \(u(1))"),
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
            .patient, "Job forged as running", stoppedBy: [.privilege],
            """
            INSERT INTO job (id, kind, payload, max_attempts, fence) VALUES (\(u(559)), 'notice', '{}', 5,
                99)
            """),
    ]
}
