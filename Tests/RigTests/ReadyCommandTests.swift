import Glibc
import Rig
import TestSupport
import Testing

@Suite("Whether a gateway is ready is asked without a client", .database)
struct ReadyCommandTests {
    @Test("0 when it is, 1 with the reason when it is not")
    func ready() throws {
        let ports = try Rig.freePorts(2)
        let installation = try Installation([
            "CONSILIUM_GATEWAY_PORT": "\(ports[0])", "CONSILIUM_GATEWAY_OPS_PORT": "\(ports[1])",
            "CONSILIUM_GATEWAY_DRAIN_SECONDS": "0",
        ])
        defer { installation.remove() }
        let away = try installation.run("ready")
        #expect(away.code == 1)
        #expect(away.said == "not ready: no answer (http://127.0.0.1:\(ports[1])/health/ready)\n")
        let gateway = try installation.start("gateway")
        let ready = try installation.run("ready", "--wait", "60")
        #expect(ready.code == 0 && ready.said == "ready\n", "\(ready.said) \(gateway.said)")
        gateway.signal(SIGTERM)
        #expect(try gateway.wait() == 0)
        let refused = try installation.run("ready", "--wait=-1")
        #expect(refused.code == 64 && refused.said.contains("--wait must be from 0 to 3600"), "\(refused.said)")
    }
}
