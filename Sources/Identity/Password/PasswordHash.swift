import Crypto
import CryptoExtras
import FoundationEssentials

/// A stored password: `$scrypt$ln=15,r=8,p=3$salt$hash`, with salt and hash in base64 without padding (the PHC string
/// format).
package struct PasswordHash: Sendable, Hashable {
    let cost: ScryptCost
    private let salt: [UInt8]
    private let hash: [UInt8]

    init(cost: ScryptCost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// Hashes a normalised password with a fresh salt of 128 bits. It takes much time and memory on purpose.
    init(of password: String, cost: ScryptCost) throws {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.cost = cost
        self.salt = salt
        hash = try Self.derive(password, salt: salt, cost: cost).withUnsafeBytes { Array($0) }
    }

    /// Reads the stored form; nil when it is damaged.
    package init?(_ text: String) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "scrypt" else { return nil }
        let values = fields[2].split(separator: ",").map { $0.split(separator: "=") }
        guard values.map(\.first) == ["ln", "r", "p"], values.allSatisfy({ $0.count == 2 }),
            let logN = Int(values[0][1]), let blockSize = Int(values[1][1]), let parallelism = Int(values[2][1]),
            let cost = ScryptCost(checking: logN, blockSize, parallelism),
            let salt = Self.bytes(fields[3]), let hash = Self.bytes(fields[4]), salt.count == 16, hash.count == 32
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// The stored form.
    package var text: String {
        "$scrypt$ln=\(cost.logN),r=\(cost.blockSize),p=\(cost.parallelism)$\(Self.base64(salt))$\(Self.base64(hash))"
    }

    /// Whether this is the hash of the normalised password; compared in constant time.
    func matches(_ password: String) throws -> Bool {
        try Self.derive(password, salt: salt, cost: cost) == SymmetricKey(data: hash)
    }

    private static func derive(_ password: String, salt: [UInt8], cost: ScryptCost) throws -> SymmetricKey {
        // The library refuses an empty password. No password is empty or contains a NUL, so a NUL stands for it.
        try KDF.Scrypt.deriveKey(
            from: password.isEmpty ? [0] : Array(password.utf8), salt: salt, outputByteCount: 32,
            rounds: 1 << cost.logN, blockSize: cost.blockSize, parallelism: cost.parallelism)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("=", with: "")
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        Data(base64Encoded: text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)).map(Array.init)
    }
}
