import Foundation
import OpenSenseWebhooks
import Signing
import Testing

@Suite struct DiagnosisTests {
    static let secret = "a long random string"
    static let time = 1_717_248_000
    /// As the sender signed it: names unsorted, a slash, a letter beyond ASCII, a space after each colon and
    /// comma.
    static let body =
        #"{"event": {"kind": "alarm_opened", "id": "évt/1", "value_at": 11.20}, "delivery": {"id": "wh_1"}}"#

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var secret = DiagnosisTests.secret
        var signed = Array(DiagnosisTests.body.utf8)
        var received: [UInt8]?
        var prefix = "\(DiagnosisTests.time)."
        var header: @Sendable (String) -> String = { "t=\(DiagnosisTests.time),v1=\($0)" }
        var now = DiagnosisTests.time
        let codes: [String]
    }

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    static func signed(_ old: String, _ new: String) -> [UInt8] {
        bytes(body.replacingOccurrences(of: old, with: new))
    }

    static let rows: [Row] = [
        Row(testDescription: "nothing is wrong", codes: []),
        Row(
            testDescription: "a value stands in quotation marks",
            header: { "t=\(DiagnosisTests.time),v1=\"\($0)\"" }, codes: ["header-spelling"]),
        Row(
            testDescription: "a space stands behind an equals sign",
            header: { "t= \(DiagnosisTests.time), v1=\($0)" }, codes: ["header-spelling"]),
        Row(
            testDescription: "a name is in capitals", header: { "t=\(DiagnosisTests.time),V1=\($0)" },
            codes: ["header-spelling"]),
        Row(
            testDescription: "spaces around the comma are no fault",
            header: { "t=\(DiagnosisTests.time) , v1=\($0) " }, codes: []),
        Row(
            testDescription: "a newline came with the secret", secret: secret + "\n",
            codes: ["secret-white-space"]),
        Row(testDescription: "the secret is quoted", secret: "\"\(secret)\"", codes: ["secret-quoted"]),
        Row(testDescription: "the secret has a prefix", secret: "whsec_" + secret, codes: ["secret-prefix"]),
        Row(
            testDescription: "the secret is in base64", secret: Data(secret.utf8).base64EncodedString(),
            codes: ["secret-base64"]),
        Row(
            testDescription: "the secret is in hexadecimal",
            secret: secret.utf8.map { String(format: "%02x", $0) }.joined(), codes: ["secret-hex"]),
        Row(
            testDescription: "a newline was added to the body", received: bytes(body + "\n"),
            codes: ["body-newline-added"]),
        Row(
            testDescription: "a newline of the body was lost", signed: bytes(body + "\n"),
            received: bytes(body), codes: ["body-newline-lost"]),
        Row(
            testDescription: "LF became CRLF", signed: bytes("{\n}"), received: bytes("{\r\n}"),
            codes: ["body-line-breaks"]),
        Row(
            testDescription: "CRLF became LF", signed: bytes("{\r\n\"a\": 1\r\n}"),
            received: bytes("{\n\"a\": 1\n}"), codes: ["body-line-breaks"]),
        Row(
            testDescription: "a byte order mark came", received: [0xEF, 0xBB, 0xBF] + bytes(body),
            codes: ["body-byte-order-mark"]),
        Row(
            testDescription: "a byte order mark went", signed: [0xEF, 0xBB, 0xBF] + bytes(body),
            received: bytes(body), codes: ["body-byte-order-mark"]),
        Row(
            testDescription: "the body was written again without spaces",
            received: bytes(
                body.replacingOccurrences(of: ": ", with: ":").replacingOccurrences(of: ", ", with: ",")),
            codes: ["body-reserialised"]),
        Row(
            testDescription: "the body was indented", signed: bytes("{\"a\":[1,{}],\"b\":\"x: y\"}"),
            received: bytes("{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x: y\"\n}"),
            codes: ["body-reserialised"]),
        Row(
            testDescription: "an indented body was written on one line",
            signed: bytes("{\n    \"a\": [\n        1,\n        {}\n    ]\n}"),
            received: bytes("{\"a\":[1,{}]}"), codes: ["body-reserialised"]),
        Row(
            testDescription: "names were unsorted", signed: bytes(#"{"a":1,"b":{"c":2,"d":3}}"#),
            received: bytes(#"{"b":{"d":3,"c":2},"a":1}"#), codes: ["body-reserialised"]),
        Row(testDescription: "slashes were escaped", received: signed("/", "\\/"), codes: ["body-escapes"]),
        Row(
            testDescription: "slashes were unescaped", signed: signed("/", "\\/"), received: bytes(body),
            codes: ["body-escapes"]),
        Row(
            testDescription: "letters were escaped", received: signed("é", "\\u00e9"), codes: ["body-escapes"]
        ),
        Row(
            testDescription: "letters were unescaped", signed: signed("é", "\\u00e9"), received: bytes(body),
            codes: ["body-escapes"]),
        Row(
            testDescription: "UTF-8 was taken for Latin-1", received: signed("é", "Ã©"),
            codes: ["body-encoding"]),
        Row(
            testDescription: "UTF-8 became Latin-1", received: body.unicodeScalars.map { UInt8($0.value) },
            codes: ["body-encoding"]),
        Row(
            testDescription: "the signature is hexadecimal", header: { "t=\(time),v1=\(hex($0))" },
            codes: ["signature-hex"]),
        Row(
            testDescription: "the signature is base64 for URLs",
            header: {
                "t=\(time),v1=\($0.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_").dropLast())"
            }, codes: ["signature-base64-variant"]),
        Row(testDescription: "the full stop is missing", prefix: "\(time)", codes: ["separator-missing"]),
        Row(testDescription: "the body was signed alone", prefix: "", codes: ["body-signed-alone"]),
        Row(
            testDescription: "milliseconds were signed", prefix: "\(time)000.",
            codes: ["timestamp-milliseconds"]),
        Row(
            testDescription: "milliseconds were sent", prefix: "\(time)000.",
            header: { "t=\(time)000,v1=\($0)" }, codes: ["timestamp-milliseconds"]),
        Row(
            testDescription: "a proxy merged two headers",
            header: { "t=\(time),v1=\($0), t=\(time),v1=\($0)" }, codes: ["header-merged"]),
        Row(testDescription: "an old request", now: time + 301, codes: ["clock-skew"]),
        Row(testDescription: "a clock that is behind", now: time - 4_000, codes: ["clock-skew"]),
        Row(
            testDescription: "two things at once", secret: secret + "\r\n", received: bytes(body + "\n"),
            codes: ["secret-white-space", "body-newline-added"]),
    ]

    static func hex(_ base64: String) -> String {
        (Data(base64Encoded: base64) ?? Data()).map { String(format: "%02x", $0) }.joined()
    }

    /// The base64 of the MAC of `prefix` and `body`.
    static func signature(_ prefix: String, _ body: [UInt8]) throws -> String {
        let key = try HMACSHA256Key(Array(secret.utf8).span)
        return Base64.text(try key.authenticate(prefix: Array(prefix.utf8).span, message: body.span))
    }

    @Test(arguments: rows) func `names what is wrong, by proof`(_ row: Row) throws {
        let signature = try Self.signature(row.prefix, row.signed)
        let capture = Capture(
            fields: [.init("x-opensense-signature", row.header(signature))],
            body: row.received ?? row.signed)
        let diagnosis = SignatureDiagnosis(of: capture, secrets: [try Secret(row.secret)], at: row.now)
        #expect(diagnosis.findings.map(\.code) == row.codes, "\(diagnosis.findings.map(\.message))")
        #expect(diagnosis.isExplained)
        #expect(!"\(diagnosis)".contains(Self.secret))
    }

    @Test func `says so when nothing fits, and what it sees`() throws {
        let header = HeaderField("X-OpenSense-Signature", "t=1,v1=" + (try Self.signature("1.", [1])))
        for (body, codes) in [
            (Self.bytes(Self.body), ["no-hypothesis-fits"]), ([], ["no-hypothesis-fits", "body-empty"]),
            ([0x1F, 0x8B, 8], ["no-hypothesis-fits", "body-gzip"]),
        ] {
            let diagnosis = SignatureDiagnosis(
                of: Capture(fields: [header], body: body), secrets: [try Secret(Self.secret)], at: 1)
            #expect(diagnosis.findings.map(\.code) == codes)
            #expect(!diagnosis.isExplained)
        }
    }

    @Test func `knows OpShift's signature`() throws {
        let signature = Self.hex(try Self.signature("", Self.bytes(Self.body)))
        let capture = Capture(
            fields: [.init("X-Webhook-Signature", signature)], body: Self.bytes(Self.body))
        let diagnosis = SignatureDiagnosis(of: capture, secrets: [try Secret(Self.secret)], at: 1)
        #expect(diagnosis.findings.map(\.code) == ["header-missing", "opshift-signature"])
        #expect(diagnosis.isExplained)
    }

    /// Indenting what is nested without end would cost the square of its depth: gigabytes for this one.
    @Test(.timeLimit(.minutes(1))) func `gives up on a body of brackets`() throws {
        let header = "t=\(Self.time),v1=\(Data(repeating: 1, count: 32).base64EncodedString())"
        let capture = Capture(
            fields: [.init(OpenSenseHeader.signature, header)],
            body: [UInt8](repeating: UInt8(ascii: "["), count: SignatureDiagnosis.bodyBytesMax))
        let diagnosis = SignatureDiagnosis(of: capture, secrets: [try Secret(Self.secret)], at: Self.time)
        #expect(diagnosis.findings.map(\.code) == ["no-hypothesis-fits"])
    }

    /// Indented, these would be two hundred times as long.
    @Test(.timeLimit(.minutes(1))) func `gives up on what grows beyond bounds when it is laid out`() throws {
        let header = "t=\(Self.time),v1=\(Data(repeating: 1, count: 32).base64EncodedString())"
        let body =
            String(repeating: "[", count: 500) + String(repeating: "1,", count: 40_000) + "1"
            + String(repeating: "]", count: 500)
        let capture = Capture(
            fields: [.init(OpenSenseHeader.signature, header)], body: Self.bytes(body))
        let diagnosis = SignatureDiagnosis(of: capture, secrets: [try Secret(Self.secret)], at: Self.time)
        #expect(diagnosis.findings.map(\.code) == ["no-hypothesis-fits"])
    }

    @Test(arguments: [3, 100, 400]) func `finds what was laid out anew, however deep it is nested`(
        _ depth: Int
    ) throws {
        let levels = (0..<depth).map { "\n" + String(repeating: "  ", count: $0 + 1) }
        let opened = levels.map { "[\($0)" }.joined()
        let closed = levels.dropLast().reversed().map { "\($0)]" }.joined() + "\n]"
        let signed = Self.bytes(opened + "1" + closed)
        let received = Self.bytes(
            String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth))
        let header = "t=\(Self.time),v1=\(try Self.signature("\(Self.time).", signed))"
        let capture = Capture(
            fields: [.init(OpenSenseHeader.signature, header)], body: received)
        let diagnosis = SignatureDiagnosis(of: capture, secrets: [try Secret(Self.secret)], at: Self.time)
        #expect(diagnosis.findings.map(\.code) == ["body-reserialised"])
    }

    @Test func `survives any header and any body`() throws {
        var seed = UInt64(7)
        let secret = try Secret("\u{0}")
        for _ in 0..<300 {
            let bytes = (0..<60).map { _ in
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: seed >> 56)
            }
            let header = "t=\(seed),v1=" + String(decoding: bytes, as: UTF8.self)
            _ = SignatureDiagnosis(
                of: Capture(fields: [.init("X-OpenSense-Signature", header)], body: bytes),
                secrets: [secret], at: .min)
        }
    }

    /// A request that nothing explains, with a body as long as bodies are examined.
    private static func unexplained() throws -> Capture {
        let numbers = Array(repeating: "1.5e3", count: 140_000).joined(separator: ", ")
        return Capture(
            fields: [
                HeaderField(
                    OpenSenseHeader.signature,
                    "t=\(time),v1=" + Data(repeating: 7, count: 32).base64EncodedString())
            ], body: bytes("[\(numbers)]"))
    }

    @Test func `bounds what it does for a long body and many secrets, and says so`() throws {
        let secrets = try (0..<8).map { try Secret("a long random string \($0)") }
        let diagnosis = SignatureDiagnosis(of: try Self.unexplained(), secrets: secrets, at: nil)
        #expect(diagnosis.findings.map(\.code) == ["search-cut-short", "no-hypothesis-fits"])
        let one = SignatureDiagnosis(of: try Self.unexplained(), secrets: Array(secrets.prefix(1)), at: nil)
        #expect(one.findings.map(\.code) == ["no-hypothesis-fits"])
    }

    /// The header with the time is not signed, and only the length of the request bounds it.
    @Test func `counts what stands before the body, too`() throws {
        let secrets = try (0..<8).map { try Secret("a long random string \($0)") }
        var capture = try Self.unexplained()
        capture.body = []
        capture.fields.append(
            HeaderField(OpenSenseHeader.timestamp, String(repeating: "1", count: 16 << 20)))
        var work = DiagnosisWork()
        let diagnosis = SignatureDiagnosis(of: capture, secrets: secrets, at: nil, work: &work)
        #expect(diagnosis.findings.map(\.code).contains("search-cut-short"))
        #expect(work.spent <= DiagnosisWork.bytesMax && work.spent > DiagnosisWork.bytesMax - (17 << 20))
    }

    @Test func `verifies a body of any length that a capture may have`() throws {
        let body = [UInt8](repeating: 0x20, count: Capture.bytesMax)
        let header = try WebhookSigner(secret: Secret(Self.secret)).signatureHeader(
            body: body.span, timestamp: 1)
        let capture = Capture(fields: [HeaderField(OpenSenseHeader.signature, header)], body: body)
        let diagnosis = SignatureDiagnosis(of: capture, secrets: [try Secret(Self.secret)], at: nil)
        #expect(diagnosis.isExplained && diagnosis.findings == [])
    }

    @Test func `ends when its task is cancelled`() async throws {
        let (capture, secret) = (try Self.unexplained(), try Secret(Self.secret))
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return SignatureDiagnosis(of: capture, secrets: [secret], at: nil)
        }
        task.cancel()
        let codes = await task.value.findings.map(\.code)
        #expect(codes == ["search-cut-short", "no-hypothesis-fits"])
    }

    @Test func `asks for a secret where it has none`() throws {
        let diagnosis = SignatureDiagnosis(of: try Self.unexplained(), secrets: [], at: nil)
        #expect(diagnosis.findings.map(\.code) == ["no-secret"])
    }
}
