/// The zone names of Windows, and so of Outlook and Exchange: `Pacific Standard Time`.
package enum WindowsZone {
    /// The zone's IANA name by CLDR, for no particular country; nil when Windows has no such zone.
    package static func iana(_ name: String) -> String? { names[name] }
}
