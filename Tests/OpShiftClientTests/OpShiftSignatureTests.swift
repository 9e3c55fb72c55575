import OpShiftClient
import OpenSenseWebhooks
import Testing

@Suite struct `A request signed as OpShift's are` {
    /// - Source: RFC 4231, test case 2.
    static let code = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    private func isValid(_ signature: String, _ body: String = "what do ya want for nothing?") throws -> Bool
    {
        OpShiftSignature.isValidWithoutTimestamp(
            signature, body: Array(body.utf8), secret: try Secret("Jefe"))
    }

    @Test func `P2 is valid in either case of its digits`() throws {
        #expect(try isValid(Self.code))
        #expect(try isValid(Self.code.uppercased()))
    }

    @Test(arguments: [
        "", "5b", code + "0", String(code.dropLast()), String(code.dropLast()) + "4", " " + code,
        String(code.dropLast()) + "g", String(repeating: "0", count: 64), "sha256=" + code,
        String(code.dropLast(2)) + "é", String(repeating: "5", count: 1_000_000),
    ]) func `is not valid with any other signature`(_ signature: String) throws {
        #expect(try !isValid(signature))
    }

    @Test func `is not valid for another body`() throws {
        #expect(try !isValid(Self.code, "what do ya want for nothing"))
        #expect(try !isValid(Self.code, ""))
    }
}
