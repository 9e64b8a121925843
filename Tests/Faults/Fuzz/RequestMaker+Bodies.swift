import Foundation
import Gateway
import HTTPServer
import JSON
import Rig
import ServiceAPI

/// Bodies: the examples of the document, changed.
extension RequestMaker {
    /// The example with ids of this run, mostly.
    func bound(_ value: JSONValue, _ dice: inout Dice) -> JSONValue {
        switch value {
        case .string(let text) where UUID(uuidString: text) != nil: return .string(dice.pick(ids))
        case .array(let elements): return .array(elements.map { bound($0, &dice) })
        case .object(let members):
            return .object(
                members.map { member in
                    var member = member
                    member.value =
                        switch member.name {
                        case "case": .string(ownCase)
                        case "specialist": .string(specialist)
                        default: own(member, &dice) ?? bound(member.value, &dice)
                        }
                    return member
                })
        default: return value
        }
    }

    /// The id of such a thing that was made: of a hold where a member is called so.
    private func own(_ member: JSONValue.Member, _ dice: inout Dice) -> JSONValue? {
        let known = made.first { $0.key.hasSuffix("/\(member.name)s") }?.value ?? []
        return known.isEmpty ? nil : .string(dice.pick(known))
    }

    func changed(_ value: JSONValue, _ dice: inout Dice) -> [UInt8] {
        if Int.random(in: 0..<8, using: &dice) == 0 {
            return Array(json.changed(String(decoding: value.bytes, as: UTF8.self), &dice).utf8)
        }
        var value = value
        for _ in 0..<Int.random(in: 1...3, using: &dice) { value = odd(value, &dice) }
        return value.bytes
    }

    /// A value with another one somewhere within it.
    private func odd(_ value: JSONValue, _ dice: inout Dice) -> JSONValue {
        switch value {
        case .object(var members) where !members.isEmpty && Int.random(in: 0..<10, using: &dice) > 0:
            let place = Int.random(in: 0..<members.count, using: &dice)
            switch Int.random(in: 0..<12, using: &dice) {
            case 0: members.remove(at: place)
            case 1: members.append(members[place])
            case 2: members[place].name = texts.changed(members[place].name, &dice)
            default: members[place].value = odd(members[place].value, &dice)
            }
            return .object(members)
        case .array(var elements) where !elements.isEmpty && Int.random(in: 0..<10, using: &dice) > 0:
            let place = Int.random(in: 0..<elements.count, using: &dice)
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: elements.remove(at: place)
            case 1: elements += Array(repeating: elements[place], count: Int.random(in: 1...50, using: &dice))
            default: elements[place] = odd(elements[place], &dice)
            }
            return .array(elements)
        default: return other(than: value, &dice)
        }
    }

    private func other(than value: JSONValue, _ dice: inout Dice) -> JSONValue {
        if case .number = value, Int.random(in: 0..<3, using: &dice) > 0 {
            return .number(
                dice.pick(["0", "-1", "2147483647", "2147483648", "9223372036854775807", "1e308", "1.5", "-0", "366"]))
        }
        if case .string(let text) = value, Int.random(in: 0..<3, using: &dice) > 0 { return .string(odd(text, &dice)) }
        return dice.pick([
            .null, true, 0, "", [], [:], .number("-9223372036854775808"), .string(dice.pick(Self.instants)),
            .string(dice.pick(ids)), .array([.null]), .string(String(repeating: "x", count: 5000)),
        ])
    }
}
