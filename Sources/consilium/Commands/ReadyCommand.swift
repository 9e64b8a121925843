import ArgumentParser
import AsyncHTTPClient
import Foundation
import Gateway
import NIOCore
import NIOHTTP1

/// Asks a gateway on this machine whether it is ready: for scripts, units and containers, which need no HTTP client then.
struct ReadyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ready", abstract: "Ask a gateway whether it is ready.",
        discussion: """
            Asks /health/ready at gateway.opsHost and gateway.opsPort until it answers 200, or until the seconds of \
            --wait are over. Exits 1 then, and prints what the last answer was.
            """)

    @Option(name: .long, help: "How many seconds to go on asking; 0 asks once.")
    var wait = 0

    @OptionGroup var options: SettingsOptions

    func validate() throws {
        guard (0...3600).contains(wait) else { throw ValidationError("--wait must be from 0 to 3600") }
    }

    func run() async throws {
        let gateway = try await options.load().gateway()
        let host = gateway.opsHost.contains(":") ? "[\(gateway.opsHost)]" : gateway.opsHost
        let url = "http://\(host):\(gateway.opsPort)/health/ready"
        let clock = ContinuousClock()
        let end = clock.now + .seconds(wait)
        while true {
            let fault = await Self.fault(url)
            guard let fault else { return print("ready") }
            guard clock.now < end else {
                FileHandle.standardError.write(Data("not ready: \(fault) (\(url))\n".utf8))
                throw ExitCode.failure
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// What speaks against it; nil when it is ready.
    private static func fault(_ url: String) async -> String? {
        do {
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
            if response.status == .ok { return nil }
            let said = try await response.body.collect(upTo: 4096)
            return String(buffer: said).split(separator: "\n").joined(separator: ", ")
        } catch {
            return "no answer"
        }
    }
}
