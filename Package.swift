// swift-tools-version: 6.2

import PackageDescription

/// What every module is held to: Swift 6 language mode, imports and existentials spelled out, no warning.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

extension Target.Dependency {
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let configuration = product(name: "Configuration", package: "swift-configuration")
    static let coreMetrics = product(name: "CoreMetrics", package: "swift-metrics")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "CryptoExtras", package: "swift-crypto")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdHTTP2 = product(name: "HummingbirdHTTP2", package: "hummingbird")
    static let hummingbirdTLS = product(name: "HummingbirdTLS", package: "hummingbird")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let jwtKit = product(name: "JWTKit", package: "jwt-kit")
    static let logging = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTPTypesHTTP1 = product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let systemPackage = product(name: "SystemPackage", package: "swift-system")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
}

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, exclude: exclude,
        swiftSettings: strict)
}

let package = Package(
    name: "consilium",
    products: [.executable(name: "consilium", targets: ["consilium"])],
    dependencies: [
        // Each to its minor version: what a release changes in use is read before it is taken. The repository has no lock
        // file, so the pin holds neither the patch releases of these packages nor the versions of what they bring along
        // (as swift-nio-http2), which float within bounds of their own: two builds of one commit can differ. `Deploy/sbom`
        // tells what a build was made of.
        //
        // The command line: subcommands, help and validation.
        .package(url: "https://github.com/apple/swift-argument-parser.git", .upToNextMinor(from: "1.8.2")),
        // Settings from a file and the environment, by one list of keys.
        .package(url: "https://github.com/apple/swift-configuration.git", .upToNextMinor(from: "1.4.0")),
        // AES-GCM, HMAC, HKDF, SHA-2, Ed25519 and scrypt: no primitive of our own.
        .package(url: "https://github.com/apple/swift-crypto.git", .upToNextMinor(from: "4.5.2")),
        // Typed HTTP fields and statuses, shared by the gateway and its tests.
        .package(url: "https://github.com/apple/swift-http-types.git", .upToNextMinor(from: "1.8.0")),
        // Structured logs and metrics through the interfaces that every server library speaks.
        .package(url: "https://github.com/apple/swift-log.git", .upToNextMinor(from: "1.16.2")),
        .package(url: "https://github.com/apple/swift-metrics.git", .upToNextMinor(from: "2.13.0")),
        // ByteBuffer, channels and TLS beneath the HTTP server.
        .package(url: "https://github.com/apple/swift-nio.git", .upToNextMinor(from: "2.101.2")),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", .upToNextMinor(from: "2.37.6")),
        // HTTP parts on a channel, as the HTTP server hands them to a handler of ours.
        .package(url: "https://github.com/apple/swift-nio-extras.git", .upToNextMinor(from: "1.35.2")),
        // File paths as swift-configuration takes them.
        .package(url: "https://github.com/apple/swift-system.git", .upToNextMinor(from: "1.8.1")),
        // The HTTP server: HTTP/1.1, HTTP/2 and TLS. Handlers of ours stand beside its own, which no interface promises:
        // where one is missing, `PipelineCheck` closes the connection.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", .upToNextMinor(from: "2.28.1")),
        // The HTTP client of the journey, and of everything that the worker calls.
        .package(url: "https://github.com/swift-server/async-http-client.git", .upToNextMinor(from: "1.37.0")),
        // Start, signals and graceful shutdown in one order.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", .upToNextMinor(from: "2.13.0")),
        // The join token of a consult, in the form that video rooms read.
        .package(url: "https://github.com/vapor/jwt-kit.git", .upToNextMinor(from: "5.7.1")),
    ],
    targets: [
        // C
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibIcal", pkgConfig: "libical", providers: [.apt(["libical-dev"])]),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CEpoll"),
        // The commit for `consilium --version`. In C, so that another commit compiles one line anew and links the program.
        .target(
            name: "CBuildInfo",
            cSettings: [.define("BUILD_COMMIT", to: "\"\(Context.environment["BUILD_COMMIT"] ?? "unknown")\"")]),
        // UTS #46, for the names of hosts in addresses and calendars: ICU, from Debian's libicu-dev, which libical-dev
        // brings along. Behind a header of our own, for Foundation has an ICU of another version.
        .target(name: "CLibICU", linkerSettings: [.linkedLibrary("icuuc")]),

        // Ground
        module("Postgres", ["CLibPQ", "CEpoll", .logging]),
        module("Clinic", ["Postgres"]),
        module("TypedText", ["Clinic", "CLibICU"]),
        module("Vault", ["Clinic", "Postgres", .crypto]),
        module("Outbox", ["Clinic", "Postgres", "Vault", .logging]),
        module("ICalendar", ["Clinic", "CLibIcal"]),
        module("JSON", ["Clinic"]),

        // Services
        module("Identity", ["Clinic", "TypedText", "Postgres", "Vault", "Outbox", .crypto, .cryptoExtras, .logging]),
        module("Cases", ["Clinic", "TypedText", "Postgres", "Vault", "Outbox", .crypto]),
        module("Matching", ["Clinic", "TypedText", "Postgres", "Vault", "Outbox", .crypto]),
        module(
            "Scheduling",
            ["Clinic", "TypedText", "Postgres", "Vault", "Outbox", "ICalendar", .crypto, .jwtKit]),
        module("Messaging", ["Clinic", "TypedText", "Postgres", "Vault", "Outbox"]),
        module("Notifications", ["Clinic", "Postgres", "Vault", "Outbox", "ICalendar", "CLibCurl", .logging]),

        // Framework
        module(
            "HTTPServer",
            [
                "Clinic", "JSON", "Postgres", "Vault", .coreMetrics, .crypto, .hummingbird, .hummingbirdCore,
                .hummingbirdHTTP2, .hummingbirdTLS, .httpTypes, .logging, .metrics, .nioCore, .nioHTTP1, .nioHTTPTypes,
                .nioSSL, .nioTLS, .serviceLifecycle,
            ]),

        // What the entry points over HTTP share
        module(
            "ServiceAPI",
            [
                "Clinic", "JSON", "Postgres", "Vault", "Outbox", "Identity", "Cases", "Matching", "Scheduling",
                "Messaging", "Notifications", "HTTPServer", .httpTypes, .nioCore,
            ]),

        // Entry points
        module(
            "Gateway",
            [
                "Clinic", "TypedText", "JSON", "Postgres", "Vault", "Outbox", "Identity", "Cases", "Matching",
                "Scheduling", "Messaging", "Notifications", "HTTPServer", "ServiceAPI", .httpTypes, .nioCore,
            ]),
        module(
            "Worker",
            [
                "Clinic", "Postgres", "Vault", "Outbox", "ICalendar", "Identity", "Cases", "Matching", "Scheduling",
                "Messaging", "Notifications", .asyncHTTPClient, .logging, .nioCore, .nioHTTP1, .nioSSL,
                .serviceLifecycle,
            ]),
        .executableTarget(
            name: "consilium",
            dependencies: [
                "CBuildInfo", "Clinic", "Postgres", "Vault", "Outbox", "Identity", "Cases", "Matching", "Scheduling",
                "Messaging", "Notifications", "HTTPServer", "ServiceAPI", "Gateway", "Worker", .argumentParser,
                .asyncHTTPClient, .configuration, .crypto, .logging, .nioCore, .nioHTTP1, .serviceLifecycle,
                .systemPackage, .unixSignals,
            ],
            swiftSettings: strict),

        // Tests
        .target(
            name: "TestSupport", dependencies: ["Clinic", "Postgres", "Vault", "Outbox", .logging],
            path: "Tests/TestSupport", swiftSettings: strict),
        // Runs the service as an operator does, for the fault and load tests; and what suites share with them.
        // Optimised always: its clients share the machine with what they ask, and its check of histories searches.
        .target(
            name: "Rig", dependencies: ["Clinic", "Vault"], path: "Tests/Rig",
            swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        .executableTarget(
            name: "faults",
            dependencies: [
                "CEpoll", "Clinic", "Gateway", "HTTPServer", "ICalendar", "Identity", "JSON", "Notifications", "Outbox",
                "Postgres", "Rig",
                "Scheduling", "ServiceAPI", "TypedText", "Vault", "Worker", .argumentParser, .logging,
            ], path: "Tests/Faults", exclude: ["run"],
            swiftSettings: strict),
        .executableTarget(
            name: "journey",
            dependencies: [
                "JSON", "Rig", .argumentParser, .asyncHTTPClient, .crypto, .nioCore, .nioHTTP1, .nioSSL,
            ], path: "Tests/Journey", exclude: ["run"],
            swiftSettings: strict),
        .executableTarget(
            name: "load", dependencies: ["Rig", .argumentParser], path: "Tests/Load", exclude: ["run"],
            swiftSettings: strict),
        tests(of: "Clinic", ["Postgres"]),
        tests(of: "TypedText"),
        tests(of: "Postgres"),
        tests(of: "Vault"),
        tests(of: "Outbox"),
        tests(of: "Identity", ["TypedText"]),
        tests(of: "Cases", ["Rig"]),
        tests(of: "Matching", ["Rig"]),
        tests(of: "ICalendar", ["Rig"]),
        tests(of: "Scheduling", ["Cases", "ICalendar", "Rig"], exclude: ["Expansion/expander.py", "Feeds/feeds.py"]),
        tests(of: "Messaging"),
        tests(of: "Notifications", ["Rig"]),
        tests(of: "Worker", ["Rig", "Scheduling", .logging, .nioCore, .nioPosix, .nioSSL, .serviceLifecycle]),
        tests(
            of: "Gateway",
            [
                "HTTPServer", "ICalendar", "JSON", "Rig", "ServiceAPI", .asyncHTTPClient, .crypto, .httpTypes,
                .hummingbird,
                .hummingbirdCore,
                .logging, .nioCore, .nioEmbedded, .nioHTTP1, .nioHTTPTypes, .nioHTTPTypesHTTP1, .nioPosix, .nioSSL,
                .serviceLifecycle,
            ], exclude: ["Client/generator.yml", "Client/patient.py"]),
        .testTarget(
            name: "RigTests", dependencies: ["Clinic", "Outbox", "Postgres", "Rig", "TestSupport", "Vault"],
            swiftSettings: strict),
        .testTarget(name: "SchemaTests", dependencies: ["Postgres", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "LayeringTests", swiftSettings: strict),
        .testTarget(
            name: "RowSecurityTests", dependencies: ["Clinic", "Postgres", "TestSupport"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
