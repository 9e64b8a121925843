/// The whole story of a second opinion, told by people who know the service from its document alone.
struct Journey: Sendable {
    let client: Client
    let mailbox: Mailbox
    let programme: Programme
    let canaries: Canaries
    let steps: Steps
    let lots: Lots
    /// The settings of the system, when the story is played on its machine.
    let settings: Settings?
    /// The folder with the system's logs, likewise.
    let logs: String?
    /// What the patients of this story have.
    let condition: Condition

    init(
        client: Client, mailbox: Mailbox, programme: Programme, settings: Settings?, logs: String?, lots: Lots
    ) throws {
        self.client = client
        self.mailbox = mailbox
        self.programme = programme
        self.settings = settings
        self.logs = logs
        canaries = Canaries()
        steps = Steps()
        self.lots = lots
        condition = try lots.draw(Self.conditions, orElse: "the story knows no condition")
    }

    /// Plays it from the patient's first step to the last look into the logs.
    /// - Throws: at the first thing that is not as promised.
    func play() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        steps.say("Drawn with --seed \(lots.seed)")
        let patient = try await signUp()
        var inHand = try await openCase(of: patient)

        steps.chapter("The case finds its specialist")
        let coordinator = try await coordinatorSignsIn()
        try await complete(inHand, by: coordinator)
        let menu = try await match(inHand, by: coordinator)
        try await offerWithoutLane(inHand, of: menu)
        let specialist = try await offer(inHand, of: menu)

        steps.chapter("A consult is booked")
        try await bookWithoutLicence(inHand, with: specialist, coordinator: coordinator)
        let appointment = try await book(inHand, as: patient)
        try await reschedule(appointment, of: inHand, as: patient)
        let stranger = try await signedUp("stranger")
        try await refusals(around: inHand, stranger: stranger)
        try await race(inHand, against: try await rival(of: specialist, patient: stranger, by: coordinator))

        try await talk(&inHand, with: specialist.person)
        _ = try await opine(inHand, by: specialist.person)
        try await outcome(of: inHand)
        try await peerToPeer(of: patient, by: coordinator)
        try await accessLog(of: inHand, showing: specialist, and: coordinator)
        if let settings, let logs {
            try await audit(settings)
            try await privacy(of: settings, logs: logs)
        }
        steps.say("\nEverything was as promised, in \((clock.now - start).components.seconds) s.")
    }

    /// The folder that a file lies in.
    static func folder(of file: String) -> String {
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return file.contains("/") ? folder : "."
    }
}
