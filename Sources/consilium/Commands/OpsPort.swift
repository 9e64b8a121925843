import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The port of a gateway at which operators ask.
struct OpsPort: Sendable {
    let host: String
    let port: Int

    func url(_ path: String) -> String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
    }

    /// Whether the answer is 200, and its lines, separated by commas.
    func ask(_ path: String) async -> (isOK: Bool, said: String) {
        do {
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url(path)), timeout: .seconds(5))
            let said = String(buffer: try await response.body.collect(upTo: 4096))
            return (response.status == .ok, said.split(separator: "\n").joined(separator: ", "))
        } catch {
            return (false, "no answer")
        }
    }
}
