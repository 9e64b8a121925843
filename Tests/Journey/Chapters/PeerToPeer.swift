import JSON

// Chapter 8: a case in which the treating clinician consults, invited by the patient.

extension Journey {
    func peerToPeer(of patient: Person, by coordinator: Person) async throws {
        steps.chapter("A second case, from clinician to clinician")
        var loaded = try await steps.step("The patient opens it in the peer-to-peer lane") {
            let condition = try choices.draw(Self.peerConditions, orElse: "the story knows no condition of that lane")
            return try await draft(of: patient, condition: condition, lane: "peer_to_peer")
        }
        try await give(Self.consents, in: loaded)
        try await steps.step("Without the patient's consent to the lane it cannot be submitted") {
            let refused = try await patient.ask(.post, "/v1/cases/\(loaded.id)/submit").refusing(409, 422)
            try promise(
                refused.body.mentions("peer_to_peer"), "the refusal does not name the consent that is missing")
            steps.shown(refused)
        }
        try await give(["peer_to_peer"], in: loaded)
        let address = newcomer("treating clinician")
        let invitation: JSONValue = [
            "email": .string(address.email), "consults": true, "readsOpinion": true, "sendsRecords": true,
        ]
        try await steps.step("Nobody writes to the patient's clinician without their consent to that") {
            steps.shown(
                try await patient.ask(.post, "/v1/cases/\(loaded.id)/invitations", invitation).refusing(409, 422))
        }
        try await give(["treating_clinician"], in: loaded)
        try await submit(loaded)
        try await complete(loaded, by: coordinator)
        let menu = try await match(loaded, by: coordinator)
        let specialist = try await steps.step("It is offered and accepted in that lane") {
            let offer = try await patient.post("/v1/cases/\(loaded.id)/offers", ["match": .string(try menu.text("id"))])
            try promise(offer["lane"] == "peer_to_peer", "the offer is not in the lane that they asked for")
            let specialist = try await self.specialist(try offer.text("specialist"), in: menu)
            try await specialist.person.post("/v1/offers/\(try offer.text("id"))/accept")
            return specialist
        }
        try await steps.step("The lane is not open yet: its party, the treating clinician, is missing") {
            let refused = try await patient.ask(
                .post, "/v1/holds", holdRequest(of: "2030-01-07T15:00:00Z", for: loaded))
            steps.shown(try refused.refusing(403, 409, 422))
        }
        let clinician = try await clinicianJoins(loaded, as: address, invitation)
        let consult = try await book(loaded, as: clinician)
        try await steps.step("The consult is the clinician's, not the patient's") {
            let clinicianID = try await clinician.get("/v1/me").text("id")
            try promise(consult["party"] == .string(clinicianID), "another than the clinician is the consult's party")
            try promise(consult["lane"] == "peer_to_peer", "the consult is in another lane")
        }
        let word = canaries.word("message of the clinician")
        try await steps.step("What the clinician writes is withheld from the specialist, unasked") {
            let posted = try await clinician.post(
                "/v1/cases/\(loaded.id)/messages", ["text": .string("I found \(word).")])
            try promise(posted["revealsPrior"] == true, "a clinician's message does not have the careful default")
        }
        loaded.prior.append(word)
        let opinion = try await opine(loaded, by: specialist.person)
        try await steps.step("The opinion goes to the clinician too") {
            let read = try await clinician.get("/v1/cases/\(loaded.id)/opinion")
            try promise(
                read["content"] == opinion["content"] && read["content"] != nil, "the clinician reads another opinion"
            )
        }
    }

    /// The invitation's mail brings the clinician, who signs up and takes part.
    private func clinicianJoins(
        _ loaded: LoadedCase, as address: Person, _ invitation: JSONValue
    ) async throws -> Person {
        try await steps.step("The patient invites their clinician") {
            try await loaded.patient.post("/v1/cases/\(loaded.id)/invitations", invitation)
        }
        _ = try await address.ask(.post, "/v1/accounts", particulars(of: address)).expecting(202)
        try await confirm(address)
        let clinician = try await signIn(address, "The clinician")
        try await steps.step("The clinician takes part by the link in the invitation's mail") {
            let token = try await mailbox.token(of: "/invitations", to: address.email)
            try await clinician.post("/v1/invitations/accept", ["token": .string(token)])
            let seen = try await clinician.get("/v1/cases/\(loaded.id)")
            try promise(seen["part"] == "treating_clinician", "the clinician has another part in the case")
        }
        return clinician
    }

    /// Conditions for which specialists of the programme consult with clinicians, wherever the patient lives.
    static let peerConditions = ["G35.D", "C54.1", "M32.10"]
}
