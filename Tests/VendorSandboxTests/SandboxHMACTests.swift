import Testing
import VendorSandbox

@Suite struct `Codes for emulators` {
    /// - Source: RFC 4231, section 4.3.
    @Test func `a code is that of the standard`() {
        let code = SandboxHMAC.sha256(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        let digits = code?.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(digits == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
}
