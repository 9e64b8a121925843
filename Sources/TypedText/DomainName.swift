import CLibICU

/// Domain names beyond ASCII: UTS #46, by ICU.
package enum DomainName {
    /// A name in lower case and ASCII, its labels beyond ASCII as A-labels (RFC 5890 §2.3.2.1), without the
    /// transitional forms; nil for a text that cannot be a name. An ASCII name is only lower-cased.
    package static func ascii(_ name: String) -> String? {
        guard (1...1000).contains(name.utf8.count) else { return nil }
        // ICU refuses hyphens as third and fourth character, which some names have.
        if name.utf8.allSatisfy({ $0 < 0x80 }), !name.lowercased().contains("xn--") { return name.lowercased() }
        return converted(name, by: clibicu_ascii_of_name)
    }

    /// The name with its A-labels as people write them; nil for a text that cannot be a name.
    package static func unicode(_ name: String) -> String? {
        guard (1...1000).contains(name.utf8.count) else { return nil }
        return converted(name, by: clibicu_unicode_of_name)
    }

    private static func converted(
        _ name: String, by convert: (UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<CChar>?, Int32) -> Int32
    ) -> String? {
        let bytes = Array(name.utf8CString)
        let converted = [UInt8](unsafeUninitializedCapacity: 1024) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) {
                Int(convert(bytes, Int32(bytes.count - 1), $0.baseAddress, Int32($0.count)))
            }
        }
        return converted.isEmpty ? nil : String(decoding: converted, as: UTF8.self)
    }
}
