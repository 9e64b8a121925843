import Foundation
import Logging

/// Writes each event to standard error as a JSON object on a line of its own: `time` (RFC 3339, UTC), `level`, `logger`,
/// `message`, `error` when there was one, and `metadata`, an object of what the text form shows as `key=value`.
struct JSONLogHandler: LogHandler {
    private struct Line: Encodable {
        let time: Date
        let level: String
        let logger: String
        let message: String
        let error: String?
        let metadata: [String: Field]
    }

    /// A value of the metadata as JSON.
    private enum Field: Encodable {
        case text(String)
        case list([Field])
        case object([String: Field])

        init(_ value: Logger.Metadata.Value) {
            self =
                switch value {
                case .string(let text): .text(text)
                case .stringConvertible(let value): .text(value.description)
                case .array(let values): .list(values.map(Field.init))
                case .dictionary(let values): .object(values.mapValues(Field.init))
                }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .list(let values): try container.encode(values)
            case .object(let values): try container.encode(values)
            }
        }
    }

    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }()

    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        let line = Line(
            time: Date(), level: event.level.rawValue, logger: label, message: event.message.description,
            error: event.error.map { "\($0)" }, metadata: all.mapValues(Field.init))
        guard var bytes = try? Self.encoder.encode(line) else { return }
        bytes.append(UInt8(ascii: "\n"))
        // In one write: lines of several threads stay whole. A log that nobody reads any more ends nothing.
        try? FileHandle.standardError.write(contentsOf: bytes)
    }
}
