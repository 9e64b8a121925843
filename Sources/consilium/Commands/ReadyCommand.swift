import ArgumentParser
import Foundation
import HTTPServer

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
        let port = OpsPort(host: gateway.opsHost, port: gateway.opsPort)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(wait)
        while true {
            let (isReady, said) = await port.ask("/health/ready")
            if isReady { return print("ready") }
            guard clock.now < end else {
                FileHandle.standardError.write(Data("not ready: \(said) (\(port.url("/health/ready")))\n".utf8))
                throw ExitCode.failure
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
