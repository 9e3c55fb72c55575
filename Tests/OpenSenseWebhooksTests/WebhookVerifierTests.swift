import OpenSenseWebhooks
import Testing

@Suite struct `Webhook verifier` {
    /// The sender's documented sample, and its signature as the sender's own Python computes it.
    static let body = Array(#"{"event":{"kind":"alarm_opened"},"delivery":{"id":"wh_4f3c1a"}}"#.utf8)
    static let secret = "a long random string"
    static let time = 1_717_248_000
    static let header = "t=1717248000,v1=bGequzFyUQqYU7olok+Jea21DZrk52HQPLXfl+TicpA="

    func verifier(_ secrets: String..., tolerance: Int = 300) throws -> WebhookVerifier {
        try WebhookVerifier(
            secrets: secrets.map { try Secret($0) }, tolerance: TimestampTolerance(seconds: tolerance))
    }

    func failure(
        _ verifier: WebhookVerifier, _ headers: [String], body: [UInt8] = body, at now: Int = time
    ) -> VerificationError? {
        do throws(VerificationError) {
            _ = try verifier.verify(body: body.span, signatureHeaders: headers, at: now)
            return nil
        } catch { return error }
    }

    @Test func `the signature that the sender's own code computes holds`() throws {
        let proof = try verifier(Self.secret).verify(
            body: Self.body.span, signatureHeaders: [Self.header], at: Self.time + 5)
        #expect(proof.timestamp == Self.time)
        #expect(proof.ageSeconds == 5)
        #expect(proof.secretIndex == 0)
        #expect(Self.header.hasSuffix(proof.signatureText))
    }

    @Test(arguments: [(-301, false), (-300, true), (0, true), (300, true), (301, false)])
    func `300 s from the clock pass, 301 do not, either way`(age: Int, passes: Bool) throws {
        let error = failure(try verifier(Self.secret), [Self.header], at: Self.time + age)
        let expected = VerificationError.timestampOutsideTolerance(ageSeconds: age, toleranceSeconds: 300)
        #expect(error == (passes ? nil : expected))
    }

    @Test func `the signature is judged before the age`() throws {
        let error = failure(try verifier("another secret"), [Self.header], at: 0)
        #expect(error == .signatureMismatch(signatures: 1, secrets: 1))
    }

    @Test func `any of several secrets may match, and the result names it`() throws {
        let several = try verifier("old", Self.secret, "new")
        let proof = try several.verify(body: Self.body.span, signatureHeaders: [Self.header], at: Self.time)
        #expect(proof.secretIndex == 1)
        #expect(proof.secretFingerprint == several.fingerprints[1])
    }

    @Test func `any of several signatures may match, while the sender rotates`() throws {
        let signer = try WebhookSigner(secret: Secret("the sender's new secret"))
        let other = try signer.signatureHeader(body: Self.body.span, timestamp: Self.time)
        let both = Self.header + other.dropFirst("t=1717248000".count)
        #expect(failure(try verifier(Self.secret), [both]) == nil)
        #expect(failure(try verifier("the sender's new secret"), [both]) == nil)
        #expect(
            failure(try verifier("neither", "nor"), [both]) == .signatureMismatch(signatures: 2, secrets: 2))
    }

    @Test func `every bit of the body counts`() throws {
        let strict = try verifier(Self.secret)
        for bit in 0..<Self.body.count * 8 {
            var body = Self.body
            body[bit / 8] ^= 1 << (bit % 8)
            #expect(
                failure(strict, [Self.header], body: body) == .signatureMismatch(signatures: 1, secrets: 1))
        }
    }

    @Test func `the digits of t are signed as they stand`() throws {
        let zeros = "t=0" + Self.header.dropFirst(2)
        #expect(failure(try verifier(Self.secret), [zeros]) == .signatureMismatch(signatures: 1, secrets: 1))
    }

    @Test func `no header and two headers are refused`() throws {
        let strict = try verifier(Self.secret)
        #expect(failure(strict, []) == .headerMissing)
        #expect(failure(strict, [Self.header, Self.header]) == .headerMalformed(.headerRepeated, column: 1))
    }

    @Test(arguments: [0, 1, 20_000, 1_048_576])
    func `what the signer signs verifies, whatever the body`(size: Int) throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let header = try WebhookSigner(secret: Secret(Self.secret)).signatureHeader(
            body: body.span, timestamp: 0)
        #expect(failure(try verifier(Self.secret), [header], body: body, at: 0) == nil)
    }

    @Test func `a verifier needs 1 to 8 secrets`() {
        #expect(throws: VerifierSetupError.noSecret) { try WebhookVerifier(secrets: []) }
        #expect(throws: VerifierSetupError.tooManySecrets(count: 9)) {
            try WebhookVerifier(secrets: (0..<9).map { try Secret("\($0)") })
        }
    }

    @Test func `codes are stable`() {
        let codes = [
            VerificationError.headerMissing, .headerMalformed(.tooLong, column: 1),
            .signatureMismatch(signatures: 1, secrets: 1),
            .timestampOutsideTolerance(ageSeconds: 301, toleranceSeconds: 300), .cryptographyUnavailable,
        ].map(\.code)
        #expect(
            codes == [
                "header-missing", "header-malformed", "signature-mismatch", "timestamp-outside-tolerance",
                "cryptography-unavailable",
            ])
    }
}

@Suite struct `Secrets` {
    @Test func `an empty secret is refused`() {
        #expect(throws: SecretError.empty) { try Secret("") }
    }

    @Test func `short secrets and white space at an end are warned of, and used as they are`() throws {
        #expect(try Secret("123456789012345").warnings == [.short(bytes: 15)])
        #expect(try Secret("1234567890123456").warnings == [])
        #expect(try Secret("1234567890123456\n").warnings == [.whiteSpaceAtAnEnd])
        #expect(try Secret(" 1234567890123456").warnings == [.whiteSpaceAtAnEnd])
        #expect(try Secret("1234567890123456\n").revealedText() == "1234567890123456\n")
    }

    @Test func `nothing that describes a secret shows it`() throws {
        let secret = try Secret("do not show me")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, secret.fingerprint] {
            #expect(!text.contains("show me"))
        }
        #expect(secret.fingerprint.count == 8)
        #expect(secret.fingerprint == (try Secret("do not show me")).fingerprint)
        #expect(secret.fingerprint != (try Secret("do not show you")).fingerprint)
    }

    @Test(arguments: [0, 86_401, -1, Int.max, Int.min])
    func `a tolerance outside 1 to 86,400 s is refused`(seconds: Int) {
        #expect(throws: TimestampToleranceError.self) { try TimestampTolerance(seconds: seconds) }
    }

    @Test(arguments: [Int.min, Int.max]) func `no age is too large to be judged`(age: Int) {
        #expect(!TimestampTolerance.standard.accepts(ageSeconds: age))
    }
}
