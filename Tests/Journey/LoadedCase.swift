/// A case with all that the story typed into it, so that it can be looked for.
struct LoadedCase: Sendable {
    let id: String
    let patient: Person
    let condition: String
    let lane: String
    /// What a candidate may read: the coarse reason.
    let reason: String
    /// The words in what does not reveal the earlier opinion.
    var open: [String] = []
    /// The words in what does.
    var prior: [String] = []
    /// A record that reveals nothing of the earlier opinion, and one that does.
    var openRecord: String?
    var priorRecord: String?
    /// The ids of the patient's own questions.
    var questions: [String] = []
}

/// A specialist of the story, with the id that the directory gives them.
struct Specialist: Sendable {
    let id: String
    let person: Person
}
