import Clinic
import FoundationEssentials
import HTTPServer
import JSON
import Scheduling

/// Starts that can be booked.
struct OpeningList: Codable, Sendable {
    let openings: [Opening]

    /// A month has hundreds of openings, which mostly differ in four times: the text that they share is made once.
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
            if frame?.fits(opening) != true { frame = OpeningFrame(of: opening) }
            frame?.write(opening, to: &bytes)
        }
        if !openings.isEmpty { bytes.removeLast() }
        bytes.append(UInt8(ascii: "]"))
    }
}

/// The text that openings of one specialist share, around the times in which they differ.
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
            // Every other part is a text; the parts around it are literal JSON.
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

    func fits(_ opening: Opening) -> Bool {
        opening.specialist == model.specialist && opening.visitType == model.visitType
            && opening.specialistTime.timeZone == model.specialistTime.timeZone
            && opening.partyTime.timeZone == model.partyTime.timeZone
    }

    /// Writes the opening as its `encode(to:)` would, followed by a comma.
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
