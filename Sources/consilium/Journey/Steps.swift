/// Prints the story as it goes: a line a step, with the time it took.
struct Steps: Sendable {
    /// Begins a chapter.
    func chapter(_ title: String) { print("\n\(title)") }

    /// Plays a step; what is not as promised ends the story under the step's name.
    @discardableResult
    func step<Value>(_ sentence: String, _ body: () async throws -> Value) async throws -> Value {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let value = try await body()
            let dots = String(repeating: ".", count: max(3, 92 - sentence.count))
            print("  \(sentence) \(dots) \(Steps.milliseconds(clock.now - start)) ms")
            return value
        } catch {
            print("  \(sentence): NOT AS PROMISED after \(Steps.milliseconds(clock.now - start)) ms")
            throw error
        }
    }

    /// Shows what was refused, in the words of the service.
    func shown(_ answer: Answer) { print("      refused: \(answer.route) → \(answer.summary)") }

    /// A remark beneath a step.
    func note(_ text: String) { print("      \(text)") }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
