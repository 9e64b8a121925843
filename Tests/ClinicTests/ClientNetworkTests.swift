import Clinic
import Testing

@Suite("A client's network", .timeLimit(.minutes(5)))
struct ClientNetworkTests {
    @Test(
        "is the address of IPv4 and the first 64 bits of IPv6, however it is written",
        arguments: [
            ("203.0.113.7", "203.0.113.7"), ("0.0.0.0", "0.0.0.0"),
            // IPv4 within IPv6, dotted and in hexadecimal.
            ("::ffff:203.0.113.7", "203.0.113.7"), ("::FFFF:203.0.113.7", "203.0.113.7"),
            ("0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"), ("::ffff:cb00:7107", "203.0.113.7"),
            ("::ffff:c0a8:1", "192.168.0.1"), ("0000:0000:0000:0000:0000:FFFF:C0A8:0001", "192.168.0.1"),
            // IPv4-compatible (deprecated) and NAT64 are networks of IPv6.
            ("::203.0.113.7", "0:0:0:0"), ("64:ff9b::203.0.113.7", "64:ff9b:0:0"),
            ("2001:db8::1", "2001:db8:0:0"), ("2001:db8:0:0:1:2:3:4", "2001:db8:0:0"),
            ("2001:0DB8:1:2::", "2001:db8:1:2"), ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2"),
            ("1:2:3:4:5:6:203.0.113.7", "1:2:3:4"), ("::1", "0:0:0:0"),
            // A zone names an interface of one machine, and no network.
            ("fe80::1%eth0", "fe80:0:0:0"), ("::ffff:c0a8:1%2", "192.168.0.1"),
        ])
    func network(address: String, text: String) { #expect(ClientNetwork(address: address).text == text) }

    @Test(
        "of what is no address is one for all of it, and nobody else's",
        arguments: [
            "", " ", "unknown", "203.0.113", "203.0.113.7.8", "203.0.113.256", "203.0.113.07", "203.0.113.7%eth0",
            "203.0.113.7:443", "[2001:db8::1]", "2001:db8::1::2", "2001:db8", ":", "::ffff:c0a8:10000", "::ffff:1.2.3",
            "12345::", "2001:db8:1:2", "%eth0", "a:b", "abcd",
        ])
    func nonsense(text: String) {
        #expect(ClientNetwork(address: text).bytes.isEmpty)
        #expect(ClientNetwork(address: text) == ClientNetwork(address: "unknown"))
    }
}
