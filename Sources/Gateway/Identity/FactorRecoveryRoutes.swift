import Clinic
import HTTPServer
import HTTPTypes
import Identity
import ServiceAPI

/// Recoveries of lost second factors, the latest first.
struct FactorRecoveryList: Codable, Sendable {
    var recoveries: [FactorRecovery]
}

/// | route | who |
/// |---|---|
/// | `GET`, `POST /v1/second-factor-recoveries`, `…/{id}/approve` | an operator |
/// | `DELETE /v1/second-factor-recoveries/{id}` | an operator, or the one whom it is about |
func factorRecoveryRoutes(_ recoveries: FactorRecoveries) -> [Endpoint] {
    let operators = Access.roles([.operator])
    return [
        .write(
            .post, "/v1/second-factor-recoveries", .people, "Propose to replace a lost second factor",
            details: """
                Once you know by another way than mail who asks. Another operator approves within a day; the person is told \
                now, and can take it back. Needs a proof.
                """,
            access: operators, body: .json(example: EmailOnly(email: Profile.example.email)),
            returns: .created("The proposal", example: FactorRecovery.proposed, isLocated: false),
            refusals: [.proofNeeded, .invalidFields, .notFound, .recoveryProposed],
            replays: .nothing(because: "ids, states and instants, and nothing of a person")
        ) { body, call in
            try await recoveries.propose(email: body.email, by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/second-factor-recoveries", .people, "Second factors to be replaced", access: operators,
            returns: .ok("The latest first", example: FactorRecoveryList(recoveries: [.proposed])),
            audits: .nothing(because: "ids, states and instants, and nothing of a person")
        ) { call in
            FactorRecoveryList(recoveries: try await recoveries.list(in: call.tx))
        },
        .write(
            .post, "/v1/second-factor-recoveries/{id}/approve", .people, "Approve another operator's proposal",
            details: """
                A code that works once, for a day, goes to the account's address, and its sessions end. With the password \
                and the code its owner signs in, and enrols another authenticator. Needs a proof.
                """,
            access: operators, returns: .ok("The recovery", example: FactorRecovery.approved),
            refusals: [.proofNeeded, .notFound, .addressUnreadable],
            replays: .nothing(because: "ids, states and instants, and nothing of a person")
        ) { call in
            try await recoveries.approve(call.id("id", as: FactorRecoveryID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/second-factor-recoveries/{id}", .people, "Take a proposal back",
            returns: .noContent("It cannot be approved any more"), refusals: [.notFound], replays: .noBody
        ) { call in
            try await recoveries.withdraw(call.id("id", as: FactorRecoveryID.self), in: call.tx)
            return NoContent()
        },
    ]
}
