import Crypto

/// Time-based one-time passwords: RFC 6238 over HOTP (RFC 4226), as every authenticator app supports it: SHA-1, six
/// digits, a step of 30 seconds.
package struct TOTP: Sendable {
    /// Seconds per step.
    package static let step: Int64 = 30
    private let key: SymmetricKey

    package init(secret: [UInt8]) { key = SymmetricKey(data: secret) }

    /// RFC 4226 §4 recommends 160 bits.
    static func newSecret() -> [UInt8] {
        SymmetricKey(size: SymmetricKeySize(bitCount: 160)).withUnsafeBytes { Array($0) }
    }

    /// The code of a step, with its leading zeros.
    package func code(at step: Int64) -> String {
        let counter = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: key))
        // Dynamic truncation, RFC 4226 §5.3.
        let offset = Int(mac[19] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The step that a code belongs to: at most one from now (RFC 6238 §5.2) and later than the last one used; nil when
    /// there is none.
    func step(of code: String, now: Int64, after last: Int64) -> Int64? {
        let typed = SymmetricKey(data: Array(code.utf8))
        return (now - 1...now + 1).first { step in
            step > last && SymmetricKey(data: Array(self.code(at: step).utf8)) == typed
        }
    }
}
