import Clinic
import HTTPServer
import HTTPTypes
import Identity
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `POST /v1/me/close` | whoever is signed in, their own account |
/// | `POST /v1/accounts/search`, `…/{id}/close`, `…/{id}/erase`, `DELETE …/{id}/roles/{role}` | an operator |
func accountClosureRoutes(_ closure: AccountClosure) -> [Endpoint] {
    let operators = Access.roles([.operator])
    return [
        .write(
            .post, "/v1/me/close", .people, "Close your account",
            details: """
                At once, in one step: you are signed out everywhere; feeds, links and caregivers' grants end; consults and \
                holds are given back, and who would have met you is told; your cases are withdrawn, or, once their opinion \
                was signed, stay as they are. With `erase` your name, address and contact are destroyed as well, for good. \
                What a case holds is a medical record and is kept, under a key of its own, for as long as the law asks; so \
                is the audit log. Needs a proof (`POST /v1/sessions/current/proof`).
                """,
            body: .json(example: AccountClosing.example),
            returns: .noContent("The account is closed; its address can sign up again"),
            refusals: [.proofNeeded, .notFound], replays: .noBody
        ) { body, call in
            try await closure.closeOwn(body, by: call.caller, in: call.tx)
            return NoContent()
        },
        .read(
            .post, "/v1/accounts/search", .people, "The account of an address", access: operators,
            body: .json(example: EmailOnly(email: Profile.example.email)),
            returns: .ok("Which account it is", example: AccountSummary.example),
            refusals: [.invalidFields, .notFound],
            audits: .entries { found, call in
                [AuditRead(.account, found.account.rawValue, in: .account(found.account), by: call.caller.account)]
            }
        ) { body, call in
            try await closure.find(email: body.email, in: call.tx)
        },
        .write(
            .post, "/v1/accounts/{id}/close", .people, "Close an account",
            details: """
                As its owner would. A specialist's open cases go back to `ready` with a task `rescue_menu`, an offer that \
                waits for them passes on, and a consult of a delivered case becomes a task `rebook_consult`. They are told \
                by mail. Needs a proof.
                """,
            access: operators, returns: .noContent("The account is closed"), refusals: [.proofNeeded, .notFound],
            replays: .noBody
        ) { call in
            try await call.caller.requireProof(in: call.tx)
            try await closure.close(call.id("id", as: AccountID.self), in: call.tx)
            return NoContent()
        },
        .write(
            .delete, "/v1/accounts/{id}/roles/{role}", .people, "Take a role back",
            details: """
                The parts in cases that stand on it end, as when an account is closed, and so does every session of the \
                account. A patient's role goes with the account alone. Needs a proof.
                """,
            access: operators, parameters: [.path("role", Role.self, "The role")],
            returns: .noContent("The role is taken back"), refusals: [.proofNeeded, .notFound],
            replays: .noBody
        ) { call in
            try await call.caller.requireProof(in: call.tx)
            try await closure.take(
                call.id("role", as: Role.self), from: call.id("id", as: AccountID.self), in: call.tx)
            return NoContent()
        },
        .write(
            .post, "/v1/accounts/{id}/erase", .people, "Forget the person of a closed account",
            details: """
                Destroys the key under which their name, address, contact and sign-ins are sealed, for good. Kept are the \
                id, the audit log, which can still be verified, and the cases, under keys of their own. Backups hold the key \
                until they expire. Needs a proof.
                """,
            access: operators, returns: .noContent("Nothing of the person can be read any more"),
            refusals: [.proofNeeded, .notFound], replays: .noBody
        ) { call in
            try await call.caller.requireProof(in: call.tx)
            try await closure.erase(call.id("id", as: AccountID.self), in: call.tx)
            return NoContent()
        },
    ]
}

extension Role: ParameterValue {}
