/// What `intake_part.body` seals, by the case key and as `RowIdentity("intake_part.body", id)`: one part of the intake
/// in the patient's words.
package struct IntakeText: Codable, Sendable, Hashable {
    package let text: String
    /// The ICD-10-CM code of a condition, as `C50.911`; nil in every other part, and where it is unknown.
    package let code: String?

    package init(text: String, code: String? = nil) {
        self.text = text
        self.code = code
    }
}
