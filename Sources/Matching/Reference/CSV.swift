/// Comma-separated values by RFC 4180: a field in double quotes may contain commas, line breaks, and doubled quotes.
struct CSV {
    struct Record: Equatable {
        /// Where it begins, from 1.
        let line: Int
        let fields: [String]
    }

    /// - Throws: `ImportRefusal.malformed` for a quote in an unquoted field, text after a closing quote, or a quote
    ///   that is never closed.
    static func records(of text: String) throws -> [Record] {
        var records: [Record] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var state = State.start
        var line = 1
        var firstLine = 1

        func endField() {
            fields.append(String(decoding: field, as: UTF8.self))
            field = []
            state = .start
        }
        func endRecord() {
            endField()
            if fields != [""] { records.append(Record(line: firstLine, fields: fields)) }
            fields = []
        }

        let bytes = text.utf8
        for byte in bytes {
            switch (state, byte) {
            case (.quoted, UInt8(ascii: "\"")): state = .closing
            case (.quoted, _): field.append(byte)
            case (.closing, UInt8(ascii: "\"")):
                field.append(byte)
                state = .quoted
            case (.start, UInt8(ascii: "\"")): state = .quoted
            case (_, UInt8(ascii: ",")): endField()
            case (_, UInt8(ascii: "\n")): endRecord()
            case (_, UInt8(ascii: "\r")): break
            case (.closing, _):
                throw ImportRefusal.malformed(line: line, "there is text after a closing quote")
            case (_, UInt8(ascii: "\"")):
                throw ImportRefusal.malformed(line: line, "there is a quote inside a field without quotes")
            default:
                field.append(byte)
                state = .bare
            }
            if byte == UInt8(ascii: "\n") {
                line += 1
                if fields.isEmpty, field.isEmpty, state == .start { firstLine = line }
            }
        }
        guard state != .quoted else {
            throw ImportRefusal.malformed(line: firstLine, "a quote is never closed")
        }
        if !fields.isEmpty || !field.isEmpty || state == .closing { endRecord() }
        return records
    }

    private enum State {
        case start, bare, quoted, closing
    }
}
