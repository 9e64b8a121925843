/// Keeps handlers waiting until the test lets them go, and tells the test when they are there.
actor Latch {
    private var isOpen = false
    private var arrived = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watchers: [(count: Int, CheckedContinuation<Void, Never>)] = []

    /// Called by the handler.
    func pass() async {
        arrived += 1
        for watcher in watchers where watcher.count <= arrived { watcher.1.resume() }
        watchers.removeAll { $0.count <= arrived }
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    }

    /// Returns when so many have arrived.
    func arrivals(_ count: Int) async {
        if arrived < count { await withCheckedContinuation { watchers.append((count, $0)) } }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}
