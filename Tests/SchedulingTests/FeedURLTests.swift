import Clinic
import Testing

@testable import Scheduling

@Suite("The address of a feed", .timeLimit(.minutes(5)))
struct FeedURLTests {
    @Test(
        "has one form, however it is typed",
        arguments: [
            ("https://calendar.example.com/x.ics", "https://calendar.example.com/x.ics"),
            ("  WEBCAL://Calendar.EXAMPLE.com/Secret-7F/x.ics\n", "https://calendar.example.com/Secret-7F/x.ics"),
            ("webcals://example.com", "https://example.com/"),
            ("HTTP://example.com?a=b", "http://example.com/?a=b"),
            ("https://example.com:443/", "https://example.com/"),
            ("https://example.com:/", "https://example.com/"),
            ("https://example.com:0443/", "https://example.com/"),
            ("https://example.com:65535/", "https://example.com:65535/"),
            ("http://example.com:443/", "http://example.com:443/"),
            ("https://example.com./x#part", "https://example.com/x"),
            ("https://bücher.example/ä?ö=%C3%BC", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
            ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
            ("https://XN--BCHER-KVA.example/", "https://xn--bcher-kva.example/"),
            ("https://faß.example/", "https://xn--fa-hia.example/"),
            ("https://r3---sn_a.example.com/", "https://r3---sn_a.example.com/"),
            ("https://example.com/100%|[a]", "https://example.com/100%25%7C%5Ba%5D"),
            // IPv4 as inet_aton(3) takes it, and as ICU maps what looks like it.
            ("https://8.8.8.8/", "https://8.8.8.8/"), ("https://0x8.010.2056/", "https://8.8.8.8/"),
            ("https://134744072/", "https://8.8.8.8/"), ("https://0X7F.1:8443/", "https://127.0.0.1:8443/"),
            ("https://8.8.8.8./", "https://8.8.8.8/"), ("https://１２７。０。０。１/", "https://127.0.0.1/"),
            ("https://0/", "https://0.0.0.0/"), ("https://4294967295/", "https://255.255.255.255/"),
            // IPv6 as RFC 5952 writes it; what is IPv4 within it is IPv4.
            ("https://[2606:4700:0:0::1111]:444/", "https://[2606:4700::1111]:444/"),
            ("https://[::FFFF:127.0.0.1]/", "https://127.0.0.1/"), ("https://[::ffff:7f00:1]/", "https://127.0.0.1/"),
        ])
    func canonical(typed: String, text: String) throws {
        let url = try FeedURL(typed)
        #expect(url.text == text)
        // What is kept is read again as what it was.
        #expect(try FeedURL(url.text) == url)
    }

    @Test(
        "is refused by the name of the rule where no feed can be fetched from it",
        arguments: [
            ("https://host.example:99999/", "port"), ("https://host.example:65536/", "port"),
            ("https://host.example:0/", "port"), ("https://host.example:-1/", "port"),
            ("https://host.example:+80/", "port"), ("https://host.example:8O/", "port"),
            ("https://host.example:99999999999999999999/", "port"), ("https://8.8.8.8:99999/", "port"),
            ("https://[2606:4700::1111]:99999/", "port"), ("https://a:b:80/", "port"),
            ("https://user:secret@example.com/", "userinfo"), ("https://example.com@127.0.0.1/", "userinfo"),
            ("https://@example.com/", "userinfo"), ("https://example.com:443@evil.example/", "userinfo"),
            ("https://", "host"), ("https:///x", "host"), ("https://:443/", "host"), ("https://.example.com/", "host"),
            ("https://a..b/", "host"), ("https://-a.example/", "host"), ("https://exa%6dple.com/", "host"),
            ("https://127%2e0.0.1/", "host"), ("https://[fe80::1%25eth0]/", "host"), ("https://[::1%eth0]/", "host"),
            ("https://[127.0.0.1]/", "host"), ("https://[::1/", "host"), ("https://::1/", "host"),
            ("https://1.2.3.4.5/", "host"), ("https://256.1.1.1/", "host"), ("https://4294967296/", "host"),
            ("https://example.09/", "host"), ("https://1.2.3.0x1ff/", "host"), ("https://exam\u{0}ple.com/", "format"),
            ("https://xn--a.example/", "host"), ("https://a\u{202e}b.example/", "host"),
            ("https://\(String(repeating: "a", count: 64)).example/", "host"),
            ("", "format"), ("https:/example.com/", "format"), ("calendar.example.com/x.ics", "format"),
            ("https://good.example\\@evil.example/", "format"), ("https://exa mple.com/x", "format"),
            ("https://example.com/\r\nX: y", "format"), ("https://example.com\t/", "format"),
            ("ftp://example.com/x", "scheme"), ("file:///etc/passwd", "scheme"), ("https+unix://%2Frun/x", "scheme"),
            ("http+unix://%2Frun/x", "scheme"), ("calendar.example.com:443/x.ics", "scheme"),
            ("https://example.com/\(String(repeating: "a", count: 1000))", "max_length"),
            ("https://example.com/\(String(repeating: "ä", count: 400))", "max_length"),
        ])
    func refused(typed: String, rule: String) {
        let refusal = #expect(throws: FieldRefusal.self) { try FeedURL(typed) }
        #expect(refusal?.pointer == "/url" && refusal?.rule == rule, "\(typed) \(refusal?.rule ?? "")")
    }

    @Test(
        "leads where an answer says, if a feed can be fetched from there",
        arguments: [
            ("/b?c", "https://example.com:8443/b?c"), ("c", "https://example.com:8443/a/c"),
            ("../c", "https://example.com:8443/c"), ("//Other.example/x", "https://other.example/x"),
            ("http://Other.example/", "http://other.example/"), ("https://host:99999/", nil),
            ("//host:99999/", nil), ("https://a@b/", nil), ("https+unix://x/", nil), ("javascript:x", nil),
            ("https://[fe80::1%25eth0]/", nil), ("https://0177.1/", "https://127.0.0.1/"),
        ])
    func redirected(location: String, text: String?) throws {
        #expect(try FeedURL("https://example.com:8443/a/b").redirected(to: location)?.text == text)
    }

    @Test(
        "An address is public or it is not",
        arguments: [
            ("8.8.8.8", true), ("1.0.0.1", true), ("9.255.255.255", true), ("11.0.0.0", true), ("172.15.0.1", true),
            ("172.32.0.0", true), ("100.63.255.255", true), ("100.128.0.1", true), ("169.253.0.1", true),
            ("198.17.0.1", true), ("198.20.0.1", true), ("223.255.255.255", true), ("192.0.1.1", true),
            ("0.0.0.0", false), ("0.1.2.3", false), ("10.1.2.3", false), ("100.64.0.1", false),
            ("100.127.255.255", false), ("127.0.0.1", false), ("127.9.9.9", false), ("169.254.169.254", false),
            ("172.16.0.1", false), ("172.31.255.255", false), ("192.0.0.9", false), ("192.0.2.1", false),
            ("192.31.196.1", false), ("192.52.193.1", false), ("192.88.99.1", false), ("192.168.1.1", false),
            ("192.175.48.1", false), ("198.18.0.1", false), ("198.19.255.255", false), ("198.51.100.1", false),
            ("203.0.113.1", false), ("224.0.0.1", false), ("239.1.2.3", false), ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true), ("2a00:1450::1", true), ("2400:cb00::1", true), ("2001:200::1", true),
            ("::", false), ("::1", false), ("::8.8.8.8", false), ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true),
            ("64:ff9b::a00:1", false), ("64:ff9b::7f00:1", false), ("64:ff9b::808:808", true),
            ("64:ff9b:1::808:808", false), ("100::1", false), ("100:0:0:1::1", false), ("2001::1", false),
            ("2001:2::1", false), ("2001:10::1", false), ("2001:20::1", false), ("2001:1ff::1", false),
            ("2001:db8::1", false), ("2002:a00:1::1", false), ("2002:808:808::1", false), ("2620:4f:8000::1", false),
            ("3fff::1", false), ("3fff:1000::1", true), ("4000::1", false), ("5f00::1", false), ("fc00::1", false),
            ("fd12:3456::1", false), ("fe80::1", false), ("fec0::1", false), ("ff02::1", false), ("ff0e::1", false),
        ])
    func addresses(text: String, isPublic: Bool) throws {
        #expect(try #require(IPAddress(text)).isPublic == isPublic)
    }
}
