/// What a patient asks to be done: a request that goes out under an `Idempotency-Key`.
package struct Write: Sendable {
    package let path: String
    package let token: String
    package let json: String?

    /// Picks a start in their specialist's calendar.
    package static func hold(
        for patient: Patient, at startsAt: String, visitType: String = "consult-30"
    ) -> Write {
        Write(
            path: "/v1/holds", token: patient.token,
            json: #"{"case":"\#(patient.case)","startsAt":"\#(startsAt)","visitType":"\#(visitType)"}"#)
    }

    /// Books what was held.
    package static func booking(of hold: Made, by patient: Patient) -> Write {
        Write(
            path: "/v1/appointments", token: patient.token,
            json: #"{"hold":"\#(hold.id)","token":"\#(hold.token ?? "")"}"#)
    }

    /// Calls a consult off.
    package static func cancellation(of consult: Made, by patient: Patient) -> Write {
        Write(path: "/v1/appointments/\(consult.id)/cancel", token: patient.token, json: nil)
    }

    /// Writes to the care team.
    /// - Parameter text: without anything that JSON escapes.
    package static func message(_ text: String, from patient: Patient, urgent: Bool = false) -> Write {
        Write(
            path: "/v1/cases/\(patient.case)/messages", token: patient.token,
            json: #"{"text":"\#(text)","urgent":\#(urgent)}"#)
    }
}

extension Ask {
    /// - Parameter key: nil to send it without one.
    package init(_ write: Write, key: String?) {
        self.init("POST", write.path, token: write.token, key: key, json: write.json)
    }
}

/// What a write is answered with: of a hold, a consult or a message.
package struct Made: Decodable, Sendable {
    package let id: String
    /// Of a message.
    package let seq: Int?
    /// Of a hold.
    package let token: String?
}
