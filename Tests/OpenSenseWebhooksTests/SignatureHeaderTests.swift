import OpenSenseWebhooks
import Testing

@Suite struct `Signature header` {
    static let mac = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let header: String
        let outcome: Outcome
    }

    enum Outcome: Equatable {
        case parses(timestamp: Int, signatures: Int)
        case fails(SignatureHeaderFault, column: Int)
    }

    static let rows: [Row] = [
        .init(
            testDescription: "as documented", header: "t=1717248000,v1=\(mac)",
            outcome: .parses(timestamp: 1_717_248_000, signatures: 1)),
        .init(
            testDescription: "two signatures", header: "t=1,v1=\(mac),v1=\(mac)",
            outcome: .parses(timestamp: 1, signatures: 2)),
        .init(
            testDescription: "the signature first", header: "v1=\(mac),t=1",
            outcome: .parses(timestamp: 1, signatures: 1)),
        .init(
            testDescription: "blanks around commas and at the ends", header: " t=1 ,\t v1=\(mac) ",
            outcome: .parses(timestamp: 1, signatures: 1)),
        .init(
            testDescription: "unknown keys are skipped", header: "v0=x,t=1,kid=a=b,v1=\(mac)",
            outcome: .parses(timestamp: 1, signatures: 1)),
        .init(
            testDescription: "twelve digits", header: "t=999999999999,v1=\(mac)",
            outcome: .parses(timestamp: 999_999_999_999, signatures: 1)),
        .init(
            testDescription: "leading zeros", header: "t=0001,v1=\(mac)",
            outcome: .parses(timestamp: 1, signatures: 1)),
        .init(
            testDescription: "one good signature among bad ones", header: "t=1,v1=abc,v1=\(mac)",
            outcome: .parses(timestamp: 1, signatures: 1)),
        .init(
            testDescription: "sixteen pairs", header: "t=1,v1=\(mac)" + String(repeating: ",a=b", count: 14),
            outcome: .parses(timestamp: 1, signatures: 1)),
        .init(
            testDescription: "seventeen pairs",
            header: "t=1,v1=\(mac)" + String(repeating: ",a=b", count: 15),
            outcome: .fails(.tooManyPairs, column: 109)),
        .init(testDescription: "empty", header: "", outcome: .fails(.notAPair, column: 1)),
        .init(
            testDescription: "a comma at the end", header: "t=1,v1=\(mac),",
            outcome: .fails(.notAPair, column: 53)),
        .init(
            testDescription: "a pair without a key", header: "=1,t=1", outcome: .fails(.notAPair, column: 1)),
        .init(
            testDescription: "no timestamp", header: "v1=\(mac)",
            outcome: .fails(.timestampMissing, column: 1)),
        .init(
            testDescription: "two timestamps", header: "t=1,t=1,v1=\(mac)",
            outcome: .fails(.timestampRepeated, column: 5)),
        .init(
            testDescription: "an empty timestamp", header: "t=,v1=\(mac)",
            outcome: .fails(.timestampNotDigits, column: 1)),
        .init(
            testDescription: "a timestamp that is no number", header: "t=nan,v1=\(mac)",
            outcome: .fails(.timestampNotDigits, column: 1)),
        .init(
            testDescription: "a negative timestamp", header: "t=-1,v1=\(mac)",
            outcome: .fails(.timestampNotDigits, column: 1)),
        .init(
            testDescription: "a fraction", header: "t=1.5,v1=\(mac)",
            outcome: .fails(.timestampNotDigits, column: 1)),
        .init(
            testDescription: "thirteen digits, milliseconds", header: "t=1717248000000,v1=\(mac)",
            outcome: .fails(.timestampNotDigits, column: 1)),
        .init(
            testDescription: "more than any integer", header: "t=99999999999999999999,v1=\(mac)",
            outcome: .fails(.timestampNotDigits, column: 1)),
        .init(
            testDescription: "digits of another script", header: "t=\u{0661},v1=\(mac)",
            outcome: .fails(.timestampNotDigits, column: 1)),
        .init(testDescription: "no signature", header: "t=1", outcome: .fails(.signatureMissing, column: 1)),
        .init(
            testDescription: "hexadecimal", header: "t=1,v1=" + String(repeating: "ab", count: 32),
            outcome: .fails(.signatureMissing, column: 1)),
        .init(
            testDescription: "a key in the wrong case", header: "T=1,v1=\(mac)",
            outcome: .fails(.timestampMissing, column: 1)),
        .init(
            testDescription: "a NUL", header: "t=1\u{0},v1=\(mac)",
            outcome: .fails(.timestampNotDigits, column: 1)),
        .init(
            testDescription: "4,096 bytes",
            header: "t=1,v1=\(mac),a=" + String(repeating: "x", count: 4_096 - 54),
            outcome: .parses(timestamp: 1, signatures: 1)),
        .init(
            testDescription: "4,097 bytes",
            header: "t=1,v1=\(mac),a=" + String(repeating: "x", count: 4_097 - 54),
            outcome: .fails(.tooLong, column: 4_097)),
    ]

    @Test(arguments: rows) func `parses or fails exactly as written`(_ row: Row) {
        let outcome: Outcome
        do throws(VerificationError) {
            let header = try SignatureHeader(row.header.utf8.span)
            outcome = .parses(timestamp: header.timestamp, signatures: header.signatureCount)
        } catch {
            guard case .headerMalformed(let fault, let column) = error else {
                Issue.record("an error that is not about the header: \(error)")
                return
            }
            outcome = .fails(fault, column: column)
        }
        #expect(outcome == row.outcome)
    }

    @Test func `a header of ten thousand pairs or of 10 MB is refused, not a trap`() {
        for text in [String(repeating: "a=b,", count: 10_000), String(repeating: "x", count: 10_000_000)] {
            #expect(throws: VerificationError.self) { try SignatureHeader(text.utf8.span) }
        }
    }
}
