import Synchronization

/// Words that nobody else writes: each field that holds something private gets one, so that the scan can tell which
/// leaked. All share the tag of this run.
final class Canaries: Sendable {
    /// What every canary of this run begins with.
    let tag: String
    /// What the e-mail addresses of this run hold: a mail names its recipient, so that it is looked for elsewhere.
    let addressTag: String
    private let fields = Mutex<[String]>([])

    init() {
        tag = "zxq" + Canaries.random()
        addressTag = "qxz" + Canaries.random()
    }

    /// Sixteen hexadecimal digits.
    private static func random() -> String { (0..<8).map { _ in UInt8.random(in: .min ... .max) }.hex }

    /// A fresh word for a field.
    func word(_ field: String) -> String {
        fields.withLock { fields in
            fields.append(field)
            return "\(tag)n\(fields.count)z"
        }
    }

    /// A sentence for a field, with a fresh word in it.
    func sentence(_ field: String) -> String { "The \(word(field)) as I know it." }

    /// How many words were given out.
    var count: Int { fields.withLock(\.count) }

    /// The field of the word whose number begins the text that follows the tag.
    func field(after text: some StringProtocol) -> String {
        let digits = text.drop { $0 == "n" }.prefix { $0.isNumber }
        return fields.withLock { fields in
            guard let number = Int(digits), fields.indices.contains(number - 1) else { return "an unknown field" }
            return fields[number - 1]
        }
    }
}
