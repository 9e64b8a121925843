import Clinic
import FoundationEssentials
import HTTPServer
import JSON
import Scheduling

/// Starts that can be booked.
struct OpeningList: Codable, Sendable {
    let openings: [Opening]

    /// A month has hundreds, which mostly differ in four times: what they share is written once.
    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(RawJSON(openings), forKey: .openings)
    }
}

extension RawJSON {
    fileprivate init(_ openings: [Opening]) {
        self.init()
        bytes.reserveCapacity(320 * (openings.count + 1))
        bytes.append(UInt8(ascii: "["))
        var frame: OpeningFrame?
        for opening in openings {
            if frame?.suits(opening) != true { frame = OpeningFrame(of: opening) }
            frame?.write(opening, to: &bytes)
        }
        if !openings.isEmpty { bytes.removeLast() }
        bytes.append(UInt8(ascii: "]"))
    }
}

/// What openings of one specialist have in common, around what they have not.
private struct OpeningFrame {
    private let model: Opening
    private let beforeStart: [UInt8]
    private let beforeEnd: [UInt8]
    private let beforeSpecialistTime: [UInt8]
    private let beforePartyTime: [UInt8]
    private let end: [UInt8]

    init(of opening: Opening) {
        model = opening
        func joined(_ parts: String...) -> [UInt8] {
            // Literals stand between the texts.
            parts.enumerated().reduce(into: []) { bytes, part in
                if part.offset % 2 == 0 { bytes += part.element.utf8 } else { bytes.append(json: part.element) }
            }
        }
        beforeStart = joined(
            #"{"specialist":"#, opening.specialist.description, #","visitType":"#, opening.visitType, #","startsAt":"#)
        beforeEnd = joined(#","endsAt":"#)
        beforeSpecialistTime = joined(#","specialistTime":{"local":""#)
        beforePartyTime = joined(
            #"","timeZone":"#, opening.specialistTime.timeZone, #"},"partyTime":{"local":""#)
        end = joined(#"","timeZone":"#, opening.partyTime.timeZone, "}},")
    }

    func suits(_ opening: Opening) -> Bool {
        opening.specialist == model.specialist && opening.visitType == model.visitType
            && opening.specialistTime.timeZone == model.specialistTime.timeZone
            && opening.partyTime.timeZone == model.partyTime.timeZone
    }

    /// Writes it as its `encode(to:)` would, and a comma.
    func write(_ opening: Opening, to bytes: inout [UInt8]) {
        bytes += beforeStart
        bytes.append(json: opening.startsAt)
        bytes += beforeEnd
        bytes.append(json: opening.endsAt)
        bytes += beforeSpecialistTime
        opening.specialistTime.local.append(to: &bytes)
        bytes += beforePartyTime
        opening.partyTime.local.append(to: &bytes)
        bytes += end
    }
}
