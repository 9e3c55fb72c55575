import OpenSenseWebhooks

/// The library, by both of its ways in.
enum Ours {
    static func contenders(body: [UInt8], header: String, verifier: WebhookVerifier) -> [Contender] {
        let (headers, bytes) = ([header], Array(header.utf8))
        return [
            Contender(name: Names.ours) {
                accepts { () throws(VerificationError) in
                    try verifier.verify(
                        body: body.span, header: SignatureHeader(bytes.span), at: Message.timestamp)
                }
            },
            Contender(name: Names.oursByHeaders) {
                accepts { () throws(VerificationError) in
                    try verifier.verify(
                        body: body.span, signatureHeaders: headers, at: Message.timestamp)
                }
            },
        ]
    }

    /// Requests that are refused, each for another reason; `verify` tells whether it was.
    static func refusals(body: [UInt8], header: String, verifier: WebhookVerifier) -> [Contender] {
        let now = Message.timestamp
        let otherBody = body + [0]
        func refusal(_ name: String, _ headers: [String], _ body: [UInt8], _ now: Int) -> Contender {
            Contender(name: name) {
                !accepts { () throws(VerificationError) in
                    try verifier.verify(body: body.span, signatureHeaders: headers, at: now)
                }
            }
        }
        return [
            refusal("no header", [], body, now),
            refusal("a header that is no list of pairs", ["nonsense"], body, now),
            refusal("a header without a signature", ["t=\(now)"], body, now),
            refusal("another body than was signed", [header], otherBody, now),
            refusal("signed too long ago", [header], body, now + 301),
        ]
    }

    private static func accepts(
        _ verification: () throws(VerificationError) -> VerifiedSignature
    ) -> Bool {
        do {
            return try verification().timestamp == Message.timestamp
        } catch { return false }
    }
}
