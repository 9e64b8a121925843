import Foundation
import Gateway
import HTTPServer
import JSON
import Rig
import ServiceAPI

/// Bodies: the examples of the document, changed.
extension RequestMaker {
    /// The example with ids of this run, mostly.
    func bound(_ value: JSONValue, _ generator: inout SeededGenerator) -> JSONValue {
        switch value {
        case .string(let text) where UUID(uuidString: text) != nil: return .string(generator.pick(ids))
        case .array(let elements): return .array(elements.map { bound($0, &generator) })
        case .object(let members):
            return .object(
                members.map { member in
                    var member = member
                    member.value =
                        switch member.name {
                        case "case": .string(ownCase)
                        case "specialist": .string(specialist)
                        default: own(member, &generator) ?? bound(member.value, &generator)
                        }
                    return member
                })
        default: return value
        }
    }

    /// The id of such a thing that was made: of a hold where a member is called so.
    private func own(_ member: JSONValue.Member, _ generator: inout SeededGenerator) -> JSONValue? {
        let known = made.first { $0.key.hasSuffix("/\(member.name)s") }?.value ?? []
        return known.isEmpty ? nil : .string(generator.pick(known))
    }

    func changed(_ value: JSONValue, _ generator: inout SeededGenerator) -> [UInt8] {
        if Int.random(in: 0..<8, using: &generator) == 0 {
            return Array(json.changed(String(decoding: value.bytes, as: UTF8.self), &generator).utf8)
        }
        var value = value
        for _ in 0..<Int.random(in: 1...3, using: &generator) { value = odd(value, &generator) }
        return value.bytes
    }

    /// A value with another one somewhere within it.
    private func odd(_ value: JSONValue, _ generator: inout SeededGenerator) -> JSONValue {
        switch value {
        case .object(var members) where !members.isEmpty && Int.random(in: 0..<10, using: &generator) > 0:
            let place = Int.random(in: 0..<members.count, using: &generator)
            switch Int.random(in: 0..<12, using: &generator) {
            case 0: members.remove(at: place)
            case 1: members.append(members[place])
            case 2: members[place].name = texts.changed(members[place].name, &generator)
            default: members[place].value = odd(members[place].value, &generator)
            }
            return .object(members)
        case .array(var elements) where !elements.isEmpty && Int.random(in: 0..<10, using: &generator) > 0:
            let place = Int.random(in: 0..<elements.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: elements.remove(at: place)
            case 1: elements += Array(repeating: elements[place], count: Int.random(in: 1...50, using: &generator))
            default: elements[place] = odd(elements[place], &generator)
            }
            return .array(elements)
        default: return other(than: value, &generator)
        }
    }

    private func other(than value: JSONValue, _ generator: inout SeededGenerator) -> JSONValue {
        if case .number = value, Int.random(in: 0..<3, using: &generator) > 0 {
            return .number(
                generator.pick([
                    "0", "-1", "2147483647", "2147483648", "9223372036854775807", "1e308", "1.5", "-0", "366",
                ]))
        }
        if case .string(let text) = value, Int.random(in: 0..<3, using: &generator) > 0 {
            return .string(odd(text, &generator))
        }
        return generator.pick([
            .null, true, 0, "", [], [:], .number("-9223372036854775808"), .string(generator.pick(Self.instants)),
            .string(generator.pick(ids)), .array([.null]), .string(String(repeating: "x", count: 5000)),
        ])
    }
}
