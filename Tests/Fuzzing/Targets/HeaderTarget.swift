internal import OpenSenseWebhooks
internal import Signing

/// The signature header: everything before the first line feed of an input; what follows is the body.
enum HeaderTarget {
    static let secret = "a long random string"
    static let verifier = made { try WebhookVerifier(secrets: [Secret(secret)]) }
    static let key = made { try HMACSHA256Key(Array(secret.utf8).span) }

    static func check(_ input: [UInt8]) {
        let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.count
        let (text, body) = (Array(input[..<end]), Array(input[end...].dropFirst()))
        let header: SignatureHeader
        do throws(VerificationError) {
            header = try SignatureHeader(text.span)
        } catch {
            return checkFault(error, text)
        }
        claim((0...999_999_999_999).contains(header.timestamp), "the timestamp has at most 12 digits")
        claim((1...16).contains(header.signatureCount), "there are 1 to 16 signatures")

        let outcome = outcome(of: header, body)
        if let string = String(validating: text, as: UTF8.self) {
            claim(self.outcome(of: string, body) == outcome, "text and bytes are judged alike")
        }
        let signatures = (0..<header.signatureCount).map { Base64.text(header.signature($0)) }
        let rebuilt = written(header, signatures)
        claim(self.outcome(of: rebuilt, body) == outcome, "what was read and written again verifies the same")

        let right = made {
            try header.withSignedPrefix { prefix in try key.authenticate(prefix: prefix, message: body.span) }
        }
        let isSigned = signatures.contains(Base64.text(right))
        claim(
            outcome == (isSigned ? .success(Base64.text(right)) : .failure(mismatch(header))),
            "a right signature is enough, and nothing else is")
        claim(
            self.outcome(of: written(header, [Base64.text(right)]), body) == .success(Base64.text(right)),
            "our own signature verifies")
    }

    private static func checkFault(_ error: VerificationError, _ text: [UInt8]) {
        guard case .headerMalformed(_, let column) = error else {
            fatalError("a parser found that \(error.code)")
        }
        claim((1...text.count + 1).contains(column), "column \(column) is in the header")
    }

    private static func mismatch(_ header: SignatureHeader) -> VerificationError {
        .signatureMismatch(signatures: header.signatureCount, secrets: 1)
    }

    /// The digits stand as they stood, since they are signed with their leading zeros.
    private static func written(_ header: SignatureHeader, _ signatures: [String]) -> String {
        let digits = header.withSignedPrefix { prefix in (0..<prefix.count - 1).map { prefix[$0] } }
        return (["t=" + String(decoding: digits, as: UTF8.self)] + signatures.map { "v1=" + $0 })
            .joined(separator: ",")
    }

    private typealias Outcome = Result<String, VerificationError>

    private static func outcome(of header: SignatureHeader, _ body: [UInt8]) -> Outcome {
        Result { () throws(VerificationError) in
            try verifier.verify(body: body.span, header: header, at: header.timestamp).signatureText
        }
    }

    private static func outcome(of header: String, _ body: [UInt8]) -> Outcome {
        Result { () throws(VerificationError) in
            let now = try SignatureHeader(header.utf8.span).timestamp
            return try verifier.verify(body: body.span, signatureHeaders: [header], at: now).signatureText
        }
    }
}
