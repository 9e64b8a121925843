import Clinic
import Testing

@testable import Identity

@Suite("A time-based code", .timeLimit(.minutes(5)))
struct TOTPTests {
    let totp = TOTP(secret: Array("12345678901234567890".utf8))

    @Test(
        "agrees with RFC 6238, appendix B, in its last six digits",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func vectors(seconds: Int64, code: String) { #expect(totp.code(at: seconds / TOTP.step) == code) }

    @Test("is taken a step early and a step late, and no further", arguments: -3...3)
    func window(drift: Int64) {
        let now: Int64 = 50_000_000
        #expect(totp.step(of: totp.code(at: now + drift), now: now, after: 0) == (abs(drift) <= 1 ? now + drift : nil))
    }

    @Test("is not taken again, nor one from before it")
    func replay() {
        let now: Int64 = 50_000_000
        #expect(totp.step(of: totp.code(at: now), now: now, after: now) == nil)
        #expect(totp.step(of: totp.code(at: now - 1), now: now, after: now) == nil)
        #expect(totp.step(of: totp.code(at: now + 1), now: now, after: now) == now + 1)
    }

    @Test(
        "Base 32 is RFC 4648's, without padding",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func base32(plain: String, coded: String) { #expect(Base32.encode(Array(plain.utf8)) == coded) }

    @Test("The URI escapes what it must")
    func uri() {
        let secret = SecondFactorSecret(Array("foobar".utf8), of: "a+b@example.org", issuer: "Our Clinic")
        #expect(
            secret.uri == "otpauth://totp/Our%20Clinic%3Aa%2Bb%40example.org?secret=MZXW6YTBOI&issuer=Our%20Clinic")
    }
}
