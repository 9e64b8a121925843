import CLibICU

/// Zones as Windows names them, and with it Outlook and Exchange: `Pacific Standard Time`.
package enum WindowsZone {
    /// The zone's IANA name, as CLDR has it for the world at large; nil when Windows has no such zone.
    package static func iana(_ name: String) -> String? {
        let name = Array(name.utf16)
        let zone = [UInt16](unsafeUninitializedCapacity: 64) { buffer, count in
            count = Int(clibicu_zone_of_windows(name, Int32(name.count), buffer.baseAddress, Int32(buffer.count)))
        }
        return zone.isEmpty ? nil : String(decoding: zone, as: UTF16.self)
    }
}
