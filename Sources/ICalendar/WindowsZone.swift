/// Zones as Windows names them, and with it Outlook and Exchange: `Pacific Standard Time`.
package enum WindowsZone {
    /// The zone's IANA name, as CLDR has it for the world at large; nil when Windows has no such zone.
    package static func iana(_ name: String) -> String? { names[name] }
}
