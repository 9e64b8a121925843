import Configuration
import Foundation
import SystemPackage

/// The settings as a command reads them: the environment first, then the file, then the fallbacks of ``Setting/all``.
struct Settings: Sendable {
    private let reader: ConfigReader

    /// Reads the file, if one is named, and the environment.
    ///
    /// - Throws: ``SettingsError`` for a name that is not a setting, in either place, and for a file that is no JSON.
    init(file: String?, environment: [String: String] = ProcessInfo.processInfo.environment) async throws {
        let named = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.variable, $0) })
        var variables: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix(Setting.prefix) && name != "CONSILIUM_TEST_POSTGRES" {
            guard named[name] != nil else { throw SettingsError.unknown(name) }
            variables[String(name.dropFirst(Setting.prefix.count))] = value
        }
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider(environmentVariables: variables)]
        if let file {
            guard let text = FileManager.default.contents(atPath: file),
                let object = try? JSONSerialization.jsonObject(with: text) as? [String: Any]
            else { throw SettingsError.unreadable(file) }
            let known = Set(Setting.all.map(\.name))
            for name in Settings.names(in: object) where !known.contains(name) { throw SettingsError.unknown(name) }
            providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
        }
        let fallbacks = Setting.all.compactMap { setting in
            setting.fallback.map { (AbsoluteConfigKey(setting.key), Settings.value($0, setting.kind)) }
        }
        providers.append(InMemoryProvider(values: Dictionary(uniqueKeysWithValues: fallbacks)))
        reader = ConfigReader(providers: providers)
    }

    /// A setting that is text; empty text counts as missing unless empty is its fallback.
    func text(_ name: String) throws -> String {
        try read(name) { try reader.requiredString(forKey: $0) }
    }

    /// A setting that is a whole number within bounds.
    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int {
        let value = try read(name) { try reader.requiredInt(forKey: $0) }
        guard range.contains(value) else {
            throw SettingsError.malformed(name, "must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func boolean(_ name: String) throws -> Bool {
        try read(name) { try reader.requiredBool(forKey: $0) }
    }

    /// A setting that is one of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String) throws -> Choice
    where Choice.RawValue == String {
        guard let choice = try Choice(rawValue: text(name)) else {
            throw SettingsError.malformed(
                name, "must be one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    private func read<Value>(_ name: String, _ value: (ConfigKey) throws -> Value) throws -> Value {
        guard let setting = Setting.all.first(where: { $0.name == name }) else { throw SettingsError.unknown(name) }
        do {
            return try value(setting.key)
        } catch {
            // The library's own words may quote the value, which may be a secret.
            let isMissing = reader.string(forKey: setting.key) == nil && setting.fallback == nil
            throw isMissing
                ? SettingsError.missing(name, setting.summary)
                : SettingsError.malformed(
                    name, "must be \(setting.kind == .text ? "text" : "a valid \(setting.kind.rawValue)")")
        }
    }

    /// The dotted names of everything in a nested object.
    private static func names(in object: [String: Any], under parent: String = "") -> [String] {
        object.flatMap { name, value in
            let path = parent.isEmpty ? name : "\(parent).\(name)"
            return (value as? [String: Any]).map { names(in: $0, under: path) } ?? [path]
        }
    }

    private static func value(_ text: String, _ kind: Setting.Kind) -> ConfigValue {
        switch kind {
        case .text: ConfigValue(.string(text), isSecret: false)
        case .integer: ConfigValue(.int(Int(text) ?? 0), isSecret: false)
        case .boolean: ConfigValue(.bool(text == "true"), isSecret: false)
        }
    }
}

extension Setting {
    fileprivate var key: ConfigKey { ConfigKey(name) }
}

/// Why a process does not start; the message names the setting, never its value.
enum SettingsError: Error, CustomStringConvertible, Equatable {
    case unknown(String)
    case missing(String, String)
    case malformed(String, String)
    case unreadable(String)

    var description: String {
        switch self {
        case .unknown(let name): "unknown setting \(name): `consilium settings` lists those there are"
        case .missing(let name, let summary): "missing setting \(name): \(summary)"
        case .malformed(let name, let rule): "malformed setting \(name): \(rule)"
        case .unreadable(let file): "the settings file \(file) cannot be read as a JSON object"
        }
    }
}
