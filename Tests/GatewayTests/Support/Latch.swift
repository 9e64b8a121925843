import TestSupport

/// Keeps handlers waiting until the test lets them go, and tells the test when they are there.
actor Latch {
    private var isOpen = false
    private var arrived = 0

    /// Called by the handler. Returns when the latch is open, and also when the handler is cancelled or the test has
    /// forgotten to open it.
    func pass() async {
        arrived += 1
        try? await wait(for: "the latch to open") { isOpen }
    }

    /// Returns when so many have arrived.
    func arrivals(_ count: Int) async throws {
        try await wait(for: "\(count) arrivals") { arrived >= count }
    }

    func open() { isOpen = true }
}
