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
            try Settings.check(object)
            providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
        }
        let fallbacks = Setting.all.compactMap { setting in
            setting.fallback.map { (AbsoluteConfigKey(setting.key), $0.value) }
        }
        providers.append(InMemoryProvider(values: Dictionary(uniqueKeysWithValues: fallbacks)))
        reader = ConfigReader(providers: providers)
    }

    /// A setting that is text. Where there is no fallback, empty text counts as missing.
    func text(_ name: String) throws -> String {
        try read(name) { key in
            let text = try reader.requiredString(forKey: key)
            guard !text.isEmpty || Setting.named(name)?.fallback != nil else { throw Empty() }
            return text
        }
    }

    private struct Empty: Error {}

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
        guard let setting = Setting.named(name) else { throw SettingsError.unknown(name) }
        do {
            return try value(setting.key)
        } catch {
            // The library's own words may quote the value, which may be a secret.
            let isMissing = setting.fallback == nil && reader.string(forKey: setting.key, default: "").isEmpty
            throw isMissing
                ? SettingsError.missing(name, setting.summary)
                : SettingsError.malformed(
                    name, "must be \(setting.kind == .text ? "text" : "a valid \(setting.kind.rawValue)")")
        }
    }

    /// Refuses what is no setting, or not nested as its name says.
    private static func check(_ object: [String: Any], under parent: [String] = []) throws {
        for (key, value) in object {
            let path = parent + [key]
            if let object = value as? [String: Any] {
                try check(object, under: path)
                continue
            }
            let name = path.joined(separator: ".")
            guard Setting.named(name) != nil else { throw SettingsError.unknown(name) }
            guard !path.contains(where: { $0.contains(".") }) else {
                throw SettingsError.malformed(name, "must be nested in the file, an object within another")
            }
        }
    }
}

extension Setting {
    fileprivate var key: ConfigKey { ConfigKey(name) }

    fileprivate static func named(_ name: String) -> Setting? { all.first { $0.name == name } }
}

extension Setting.Fallback {
    fileprivate var value: ConfigValue {
        switch self {
        case .text(let text): ConfigValue(.string(text), isSecret: false)
        case .integer(let number): ConfigValue(.int(number), isSecret: false)
        case .boolean(let flag): ConfigValue(.bool(flag), isSecret: false)
        }
    }
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
