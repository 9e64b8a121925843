/// The whole story of a second opinion, told by people who know the service from its document alone.
struct Journey: Sendable {
    let client: Client
    let mailbox: Mailbox
    let programme: Programme
    let canaries: Canaries
    let steps: Steps
    let choices: RandomChoices
    /// The system, when the story is played on its machine.
    let system: SystemOnThisMachine?
    /// What the patients of this story have.
    let condition: Condition

    init(
        client: Client, mailbox: Mailbox, programme: Programme, system: SystemOnThisMachine?, choices: RandomChoices
    ) throws {
        self.client = client
        self.mailbox = mailbox
        self.programme = programme
        self.system = system
        canaries = Canaries()
        steps = Steps()
        self.choices = choices
        condition = try choices.draw(Self.conditions, orElse: "the story knows no condition")
    }

    /// Plays it from the patient's first step to the last look into the logs.
    /// - Throws: at the first thing that is not as promised.
    func play() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        steps.say("Drawn with --seed \(choices.seed)")
        let patient = try await signUp()
        var loaded = try await openCase(of: patient)

        steps.chapter("The case finds its specialist")
        let coordinator = try await coordinatorSignsIn()
        try await complete(loaded, by: coordinator)
        let menu = try await match(loaded, by: coordinator)
        try await offerWithoutLane(loaded, of: menu)
        let specialist = try await offer(loaded, of: menu)

        steps.chapter("A consult is booked")
        try await bookWithoutLicence(loaded, with: specialist, coordinator: coordinator)
        let appointment = try await book(loaded, as: patient)
        try await reschedule(appointment, of: loaded, as: patient)
        let stranger = try await signedUp("stranger")
        try await refusals(around: loaded, stranger: stranger)
        try await race(loaded, against: try await rival(of: specialist, patient: stranger, by: coordinator))

        try await talk(&loaded, with: specialist.person)
        _ = try await opine(loaded, by: specialist.person)
        try await outcome(of: loaded)
        try await peerToPeer(of: patient, by: coordinator)
        try await accessLog(of: loaded, showing: specialist, and: coordinator)
        if let system {
            try await audit(system)
            try await privacy(of: system)
        }
        steps.say("\nEverything was as promised, in \((clock.now - start).components.seconds) s.")
    }
}
