import Clinic
import HTTPServer
import HTTPTypes
import Identity
package import JSON
import ServiceAPI

extension SpecialistProposalList: Described {
    package static let notes = ["proposals": FieldNote("The latest first")]
}

/// Who became a specialist.
struct JoinedSpecialist: Codable, Sendable, Described {
    var specialist: AccountID

    static let notes = ["specialist": FieldNote("Your own account, and your entry in the directory")]
}

/// | route | who |
/// |---|---|
/// | `GET`, `POST /v1/specialist-proposals` | an operator, a coordinator |
/// | `POST /v1/specialist-proposals/{id}/approve` | another operator |
/// | `DELETE /v1/specialist-proposals/{id}` | an operator, or the coordinator who proposed |
/// | `POST /v1/specialist-invitations/accept` | whoever signs in with the address that was invited |
func specialistProposalRoutes(_ proposals: SpecialistProposals) -> [Endpoint] {
    let staff = Access.roles([.operator, .coordinator])
    let reads: Audits<SpecialistProposal> = .entries { proposal, call in
        [AuditRead(.specialistProposal, proposal.id.rawValue, in: .programme, by: call.caller.account)]
    }
    return [
        .write(
            .post, "/v1/specialist-proposals", .specialists, "Propose a specialist",
            details: """
                Once their licences and identity were checked. Another operator approves within two weeks, and is told; then \
                the address gets an invitation for two weeks. Nobody proposes themselves, and one proposal of an address waits \
                at a time. Fifty of yours may wait, or be made within a day. Needs a proof (`POST /v1/sessions/current/proof`).
                """,
            access: staff, body: .json(example: SpecialistProposalDraft.example),
            returns: .created("The proposal", example: SpecialistProposal.proposed, isLocated: false),
            refusals: [.proofNeeded, .invalidFields, .tooManyProposals], replays: reads
        ) { draft, call in
            try await proposals.propose(draft, by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/specialist-proposals", .specialists, "Specialists who were proposed",
            details: """
                Those that wait, and those that ended within a month; the audit log keeps what became of the others. What was not \
                approved, or accepted, in time is withdrawn.
                """,
            access: staff, parameters: Page.parameters,
            returns: .ok(
                "A page of proposals, the latest first", example: SpecialistProposalList.example,
                headers: Page.headers),
            audits: .entries { list, call in
                list.proposals.isEmpty
                    ? []
                    : [
                        AuditRead(
                            .specialistProposal, list.proposals[0].id.rawValue, in: .programme,
                            by: call.caller.account, items: list.proposals.count)
                    ]
            }
        ) { call in
            let page = try call.page
            let list = try await proposals.list(
                limit: page.limit, after: page.after(as: SpecialistProposalID.self), in: call.tx)
            call.link(next: list.next)
            return list
        },
        .write(
            .post, "/v1/specialist-proposals/{id}/approve", .specialists, "Approve somebody else's proposal",
            details: """
                The address gets a mail whose link serves that address alone, for two weeks. No password is sent: its reader \
                signs up, or signs in, with their own. Not by who proposed, and not where they are of the programme no more. An \
                account mails others twenty times a day. Needs a proof.
                """,
            access: .roles([.operator]), returns: .ok("The proposal", example: SpecialistProposal.approved),
            refusals: [.proofNeeded, .notFound, .organisationRetired, .addressUnreadable, .tooManyRequests],
            replays: reads
        ) { call in
            try await proposals.approve(call.id("id", as: SpecialistProposalID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/specialist-proposals/{id}", .specialists, "Take a proposal, or its invitation, back",
            details: """
                An operator, or the coordinator who proposed. Who has accepted stays a specialist: \
                `DELETE /v1/accounts/{id}/roles/specialist` ends that.
                """,
            access: staff, returns: .noContent("Nobody can approve or accept it any more"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await proposals.withdraw(call.id("id", as: SpecialistProposalID.self), in: call.tx)
            return NoContent()
        },
        .write(
            .post, "/v1/specialist-invitations/accept", .specialists, "Become a specialist of the programme",
            details: """
                By the token of the mail, signed in with the address that it was sent to. Who is a specialist already accepts \
                none. Coordinators are asked to record your licences, also those of who was one before; hours and conditions you give yourself. Where the programme demands a second factor, turn it on \
                first and sign in with it. Your sessions end earlier from now on. Needs a proof.
                """,
            body: .json(example: LinkToken.example),
            returns: .ok(
                "You are a specialist", example: JoinedSpecialist(specialist: Profile.example.id),
                headers: ["Location": "Your entry in the directory"]),
            refusals: [.proofNeeded, .linkInvalid, .secondFactorRequired],
            replays: .nothing(because: "it names the caller's own account")
        ) { body, call in
            try await proposals.join(token: body.token, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/specialists/\(call.caller.account)"])
            return JoinedSpecialist(specialist: call.caller.account)
        },
    ]
}
