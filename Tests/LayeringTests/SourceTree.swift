import Foundation

/// The repository as files: what the layering and naming rules are checked on.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file below a folder of the repository, with its text.
    static func swiftFiles(in folder: String) -> [(path: String, text: String)] {
        files(in: folder, withSuffix: ".swift")
    }

    /// Every file below a folder whose name ends so, with its text.
    static func files(in folder: String, withSuffix suffix: String) -> [(path: String, text: String)] {
        let base = root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap { name in
            (try? String(contentsOf: base.appending(path: name), encoding: .utf8)).map { ("\(folder)/\(name)", $0) }
        }
    }

    /// The modules that a file imports.
    static func imports(of text: String) -> Set<String> {
        let pattern =
            #/(?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)/#
        return Set(text.matches(of: pattern).map { String($0.1) })
    }

    /// Which modules a module may import; an arrow only points down.
    static let modules: [String: Set<String>] = {
        let ground: Set = ["Clinic", "TypedText", "Postgres", "Vault", "Outbox"]
        let services: Set = ["Identity", "Cases", "Matching", "Scheduling", "Messaging", "Notifications"]
        var modules: [String: Set<String>] = [
            "Postgres": ["CLibPQ", "CEpoll"],
            "Clinic": ["Postgres"],
            "TypedText": ["Clinic", "CLibICU"],
            "Vault": ["Clinic", "Postgres"],
            "Outbox": ["Clinic", "Postgres", "Vault"],
            "ICalendar": ["Clinic", "CLibIcal"],
            "JSON": ["Clinic"],
            "HTTPServer": ["Clinic", "JSON", "Postgres", "Vault"],
            "ServiceAPI": ground.union(services).union(["JSON", "HTTPServer"]),
            "Gateway": ground.union(services).union(["JSON", "HTTPServer", "ServiceAPI"]),
            "Worker": ground.union(services).union(["ICalendar"]),
            "consilium": ground.union(services).union(["HTTPServer", "ServiceAPI", "Gateway", "Worker", "CBuildInfo"]),
        ]
        for service in services { modules[service] = ground }
        modules["Scheduling"]?.insert("ICalendar")
        modules["Notifications"]?.formUnion(["ICalendar", "CLibCurl"])
        return modules
    }()

    /// What comes with the compiler and the system.
    static let system: Set = ["Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization"]

    /// Which libraries of others a module may import: a service knows no HTTP, the ground no server, and most know none.
    static let libraries: [String: Set<String>] = [
        "Postgres": ["Logging"],
        "Vault": ["Crypto"],
        "Outbox": ["Logging"],
        "Identity": ["Crypto", "CryptoExtras", "Logging"],
        "Cases": ["Crypto"],
        "Scheduling": ["Crypto", "JWTKit"],
        "HTTPServer": [
            "CoreMetrics", "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdHTTP2",
            "HummingbirdTLS", "Logging", "Metrics", "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "NIOSSL", "NIOTLS",
            "ServiceLifecycle",
        ],
        "ServiceAPI": ["HTTPTypes", "NIOCore"],
        "Gateway": ["HTTPTypes", "Logging", "NIOCore"],
        "Worker": ["AsyncHTTPClient", "Logging", "NIOCore", "NIOHTTP1", "NIOSSL", "ServiceLifecycle"],
        "consilium": [
            "ArgumentParser", "AsyncHTTPClient", "Configuration", "Crypto", "Logging", "NIOCore", "NIOHTTP1",
            "ServiceLifecycle", "SystemPackage", "UnixSignals",
        ],
    ]
}
