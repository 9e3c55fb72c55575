internal import OpenSenseWebhooks

/// A capture, and the diagnosis of its signature.
enum CaptureTarget {
    static let secretText = "the secret of the examples"
    static let secret = made { try Secret(secretText) }
    static let verifier = made { try WebhookVerifier(secrets: [secret]) }
    static let signer = made { try WebhookSigner(secret: secret) }
    static let now = 1_779_005_401
    /// A diagnosis takes as long as the body; more bytes find nothing that fewer do not.
    static let bodyBytesMax = 4_096

    static func check(_ input: [UInt8]) {
        guard let captures = try? Capture.captures(in: input) else { return }
        claim(!captures.isEmpty, "no capture is a fault of its own")
        for capture in captures.prefix(4) where capture.body.count <= bodyBytesMax {
            checkDiagnosis(of: capture)
            checkSigned(capture)
        }
    }

    private static func checkDiagnosis(of capture: Capture) {
        let diagnosis = diagnosis(of: capture)
        let isVerified = isVerified(capture)
        claim(!isVerified || diagnosis.findings.isEmpty, "nothing is wrong with what verifies")
        claim(isVerified || !diagnosis.findings.isEmpty, "something is wrong with what does not verify")
    }

    /// The same body with a right signature, and with one that a line feed at the end has spoilt.
    private static func checkSigned(_ capture: Capture) {
        var capture = capture
        let header = made { try signer.signatureHeader(body: capture.body.span, timestamp: now) }
        capture.fields = [.init(OpenSenseHeader.signature, header)]
        claim(isVerified(capture), "our own signature verifies")
        claim(diagnosis(of: capture).findings.isEmpty, "nothing is wrong with our own signature")
        // Together with a carriage return it would be taken for one line break that was added.
        guard capture.body.last != UInt8(ascii: "\r") else { return }
        capture.body.append(UInt8(ascii: "\n"))
        claim(diagnosis(of: capture).isExplained, "a line feed too many is found")
    }

    private static func diagnosis(of capture: Capture) -> SignatureDiagnosis {
        let diagnosis = SignatureDiagnosis(of: capture, secrets: [secret], at: now)
        for finding in diagnosis.findings {
            claim(!"\(finding)".contains(secretText), "no finding tells the secret")
        }
        return diagnosis
    }

    private static func isVerified(_ capture: Capture) -> Bool {
        let headers = capture.values(OpenSenseHeader.signature)
        return (try? verifier.verify(body: capture.body.span, signatureHeaders: headers, at: now)) != nil
    }
}
