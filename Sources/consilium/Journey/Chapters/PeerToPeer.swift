// Chapter 8: a case in which the treating clinician consults, invited by the patient.

extension Journey {
    func peerToPeer(of patient: Person, by coordinator: Person) async throws {
        steps.chapter("A second case, from clinician to clinician")
        var inHand = try await steps.step("The patient opens it in the peer-to-peer lane") {
            let condition = try lots.draw(Self.peerConditions, orElse: "the story knows no condition of that lane")
            return try await draft(of: patient, condition: condition, lane: "peer_to_peer")
        }
        try await give(Self.consents, in: inHand)
        try await steps.step("Without the patient's consent to the lane it cannot be submitted") {
            let refused = try await patient.ask(.post, "/v1/cases/\(inHand.id)/submit").refusing(409, 422)
            try promise(
                refused.body.mentions("peer_to_peer"), "the refusal does not name the consent that is missing")
            steps.shown(refused)
        }
        try await give(["peer_to_peer"], in: inHand)
        let address = newcomer("treating clinician")
        let invitation: JSONValue = [
            "email": .text(address.email), "consults": true, "readsOpinion": true, "sendsRecords": true,
        ]
        try await steps.step("Nobody writes to the patient's clinician without their consent to that") {
            steps.shown(
                try await patient.ask(.post, "/v1/cases/\(inHand.id)/invitations", invitation).refusing(409, 422))
        }
        try await give(["treating_clinician"], in: inHand)
        try await submit(inHand)
        try await complete(inHand, by: coordinator)
        let menu = try await match(inHand, by: coordinator)
        let specialist = try await steps.step("It is offered and accepted in that lane") {
            let offer = try await patient.post("/v1/cases/\(inHand.id)/offers", ["match": .text(try menu.text("id"))])
            try promise(offer["lane"] == "peer_to_peer", "the offer is not in the lane that they asked for")
            let specialist = try await self.specialist(try offer.text("specialist"), in: menu)
            try await specialist.person.post("/v1/offers/\(try offer.text("id"))/accept")
            return specialist
        }
        try await steps.step("The lane is not open yet: its party, the treating clinician, is missing") {
            let refused = try await patient.ask(
                .post, "/v1/holds", holdRequest(of: "2030-01-07T15:00:00Z", for: inHand))
            steps.shown(try refused.refusing(403, 409, 422))
        }
        let clinician = try await clinicianJoins(inHand, as: address, invitation)
        let consult = try await book(inHand, as: clinician)
        try await steps.step("The consult is the clinician's, not the patient's") {
            let clinicianID = try await clinician.get("/v1/me")["id"]
            try promise(consult["party"] == clinicianID, "another than the clinician is the consult's party")
            try promise(consult["lane"] == "peer_to_peer", "the consult is in another lane")
        }
        let word = canaries.word("message of the clinician")
        try await steps.step("What the clinician writes is withheld from the specialist, unasked") {
            let posted = try await clinician.post(
                "/v1/cases/\(inHand.id)/messages", ["text": .text("I found \(word).")])
            try promise(posted.isTrue("revealsPrior"), "a clinician's message does not have the careful default")
        }
        inHand.prior.append(word)
        let opinion = try await opine(inHand, by: specialist.person)
        try await steps.step("The opinion goes to the clinician too") {
            let hers = try await clinician.get("/v1/cases/\(inHand.id)/opinion")
            try promise(
                hers["content"] == opinion["content"] && hers["content"] != .null, "the clinician reads another opinion"
            )
        }
    }

    /// The invitation's mail brings the clinician, who signs up as herself and takes part.
    private func clinicianJoins(
        _ inHand: CaseInHand, as address: Person, _ invitation: JSONValue
    ) async throws -> Person {
        try await steps.step("The patient invites their clinician") {
            try await inHand.patient.post("/v1/cases/\(inHand.id)/invitations", invitation)
        }
        _ = try await address.ask(.post, "/v1/accounts", particulars(of: address)).expecting(202)
        try await confirm(address)
        let clinician = try await signIn(address, "The clinician")
        try await steps.step("The clinician takes part by the link in the invitation's mail") {
            let token = try await mailbox.token(of: "/invitations", to: address.email)
            try await clinician.post("/v1/invitations/accept", ["token": .text(token)])
            let seen = try await clinician.get("/v1/cases/\(inHand.id)")
            try promise(seen["part"] == "treating_clinician", "the clinician has another part in the case")
        }
        return clinician
    }

    /// Conditions for which specialists of the programme consult with clinicians, wherever the patient lives.
    static let peerConditions = ["G35.D", "C54.1", "M32.10"]
}
