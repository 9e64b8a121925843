/// The first thing that was not as promised. Its sentence names routes, states and rules, never what a reply said.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Holds the story to a promise.
func promise(_ kept: Bool, _ sentence: @autoclosure () -> String) throws {
    guard kept else { throw BrokenPromise(sentence()) }
}
