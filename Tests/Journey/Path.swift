import FoundationEssentials

/// A path of the service: what is sent, and the template that messages show, without the ids.
struct Path: Sendable, ExpressibleByStringInterpolation {
    let text: String
    let template: String

    init(stringLiteral text: String) {
        self.text = text
        template = text
    }

    init(stringInterpolation: Interpolation) {
        text = stringInterpolation.text
        template = stringInterpolation.template
    }

    /// A path below this one.
    func below(_ segment: String) -> Path { Path(text: "\(text)/\(segment)", template: "\(template)/\(segment)") }

    /// This path with one more query parameter.
    func and(_ name: String, _ value: String) -> Path {
        Path(text: "\(text)&\(name)=\(value.percentEncoded)", template: "\(template)&\(name)={}")
    }

    private init(text: String, template: String) {
        self.text = text
        self.template = template
    }

    /// A path as a reply gave it, in `Location` or a link.
    init(given text: String) {
        self.text = text
        template = "{location}"
    }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var template = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) {
            text += literal
            template += literal
        }

        mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            text += value.description.percentEncoded
            template += "{}"
        }
    }
}

extension String {
    /// All but RFC 3986's unreserved characters as `%XX`.
    fileprivate var percentEncoded: String {
        utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                text += hex.utf8.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
    }
}
