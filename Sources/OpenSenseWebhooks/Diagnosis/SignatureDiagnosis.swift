internal import Signing

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Says why a signature does not hold, and what would make it right.
///
/// It tries what usually goes wrong: a secret that was copied with a line break, a body that a framework
/// parsed and wrote again, a header that a proxy merged. A hypothesis is a finding only when the signature
/// holds under it, so a finding is a proof, not a guess; at most two of them are combined. It is for people
/// and takes its time, which is bounded whatever the body holds; it ends early when its task is cancelled.
/// Receiving deliveries pays nothing for it.
///
/// No finding holds a secret, a signature or a byte of the body. <doc:MySignatureFails> lists all of them.
public struct SignatureDiagnosis: Sendable, Hashable {
    /// The longest body for which hypotheses about the body are tried, in bytes.
    public static let bodyBytesMax = JSONLayout.inputBytesMax

    /// What is wrong; empty when the request verifies.
    public let findings: [SignatureFinding]

    /// Whether the signature can be made to hold: false when no hypothesis fits.
    public let isExplained: Bool

    /// Examines a request.
    ///
    /// - Parameters:
    ///   - capture: The request.
    ///   - secrets: The secrets that should verify it; the first ``WebhookVerifier/secretsMax`` are tried.
    ///   - tolerance: How far the signed time may lie from `now`.
    ///   - now: The clock, in seconds since 1970-01-01T00:00:00Z; nil leaves the age alone.
    public init(
        of capture: Capture, secrets: [Secret], tolerance: TimestampTolerance = .standard, at now: Int?
    ) {
        var work = DiagnosisWork()
        self.init(of: capture, secrets: secrets, tolerance: tolerance, at: now, work: &work)
    }

    /// Examines a request and counts what it costs.
    package init(
        of capture: Capture, secrets: [Secret], tolerance: TimestampTolerance = .standard, at now: Int?,
        work: inout DiagnosisWork
    ) {
        var examination = Examination(capture, secrets: secrets, tolerance: tolerance, now: now, work)
        isExplained = examination.diagnose()
        findings = examination.findings
        work = examination.work
    }
}

/// The examination of one request.
private struct Examination {
    let capture: Capture
    let secrets: [Secret]
    let tolerance: TimestampTolerance
    let now: Int?
    var findings: [SignatureFinding] = []
    var work: DiagnosisWork

    init(
        _ capture: Capture, secrets: [Secret], tolerance: TimestampTolerance, now: Int?, _ work: DiagnosisWork
    ) {
        self.work = work
        self.capture = capture
        self.secrets = Array(secrets.prefix(WebhookVerifier.secretsMax))
        self.tolerance = tolerance
        self.now = now
    }

    /// - Returns: Whether everything that is wrong was found.
    mutating func diagnose() -> Bool {
        let headers = capture.values(OpenSenseHeader.signature)
        guard !headers.isEmpty else { return explainMissingHeader() }
        if headers.count > 1 {
            add("header-repeated", "The signature header appears \(headers.count) times: a proxy adds to it.")
        }
        let header = LenientSignatureHeader(headers.joined(separator: ","))
        findings += header.findings
        guard !header.timestamps.isEmpty, !header.signatures.isEmpty else {
            explainBody()
            return false
        }
        guard !secrets.isEmpty else {
            add("no-secret", "No secret was given to try: name the one that OpenSense shows for the webhook.")
            explainBody()
            return false
        }
        guard let proof = search(header) else {
            if work.isCutShort {
                add(
                    "search-cut-short",
                    "Not everything was tried, as the body is long or the search was cancelled: "
                        + "try it with one secret, or with a shorter delivery.")
            }
            add(
                "no-hypothesis-fits",
                "The secret is another one, or the body was changed in a way that is not among those tried.")
            explainBody()
            return false
        }
        findings += proof.findings
        explainAge(proof.timestamp)
        return true
    }

    private mutating func add(_ code: String, _ message: String) {
        findings.append(SignatureFinding(code: code, message: message))
    }

    // MARK: The search

    private struct Proof {
        var findings: [SignatureFinding]
        var timestamp: String
    }

    /// Looks for what was signed: first with nothing changed, then with one thing, then with two.
    ///
    /// Each body is made once, as making one may cost more than all that is tried with it.
    private mutating func search(_ header: LenientSignatureHeader) -> Proof? {
        let bodies = BodyHypotheses.all(capture.body)
        let mayTryBodies = capture.body.count <= SignatureDiagnosis.bodyBytesMax
        let attempts = attempts(header)
        var withTwo: Proof?
        for (number, makeBody) in bodies.prefix(mayTryBodies ? bodies.count : 1).enumerated() {
            // The first is the body as it was received.
            let toMake = number == 0 ? 0 : capture.body.count * DiagnosisWork.bytesToMakeOne
            guard work.spend(toMake), let body = makeBody() else { continue }
            let own = body.code == nil ? 0 : 1
            for changes in own...1 {
                if let proof = search(header, body, attempts, changes: changes - own) { return proof }
            }
            withTwo = withTwo ?? search(header, body, attempts, changes: 2 - own)
        }
        return withTwo
    }

    /// A secret, and what is signed before the body.
    private struct Attempt {
        let key: HMACSHA256Key
        let secret: Hypothesis
        let prefix: Hypothesis

        /// How many of the two are changed.
        var changes: Int { (secret.code == nil ? 0 : 1) + (prefix.code == nil ? 0 : 1) }
    }

    private func attempts(_ header: LenientSignatureHeader) -> [Attempt] {
        let prefixes = header.prefixes(unsignedTimestamp: capture.values(OpenSenseHeader.timestamp).first)
        return secrets.flatMap { SecretHypotheses.all($0.bytes.revealed) }.flatMap { secret -> [Attempt] in
            guard let key = try? HMACSHA256Key(secret.bytes.span) else { return [] }
            return prefixes.map { Attempt(key: key, secret: secret, prefix: $0) }
        }
    }

    /// Tries one body with so many changes of the secret and of what is signed before the body.
    private mutating func search(
        _ header: LenientSignatureHeader, _ body: Hypothesis, _ attempts: [Attempt], changes: Int
    ) -> Proof? {
        for attempt in attempts where attempt.changes == changes {
            guard work.spend(attempt.prefix.bytes.count + body.bytes.count),
                let mac = try? attempt.key.authenticate(
                    prefix: attempt.prefix.bytes.span, message: body.bytes.span),
                let match = header.signatures.first(where: { $0.digest == mac })
            else { continue }
            let found = [match.finding, attempt.secret.finding, attempt.prefix.finding, body.finding]
            return Proof(findings: found.compactMap(\.self), timestamp: header.timestamps[0])
        }
        return nil
    }

    // MARK: What can be said without a proof

    private mutating func explainMissingHeader() -> Bool {
        add(
            "header-missing",
            "There is no \(OpenSenseHeader.signature) header: a proxy dropped it, or it is not OpenSense.")
        explainBody()
        guard let foreign = capture.values("X-Webhook-Signature").first else { return false }
        let digest = SecretHypotheses.hexadecimal(foreign).flatMap(Digest32.init(bytes:))
        let isOurs = secrets.contains { secret in
            let key = try? HMACSHA256Key(secret.bytes.revealed.span)
            let nothing: [UInt8] = []
            return digest != nil
                && (try? key?.authenticate(prefix: nothing.span, message: capture.body.span)) == digest
        }
        add(
            "opshift-signature",
            "The request is signed as OpShift signs (X-Webhook-Signature, hexadecimal, the body alone)"
                + (isOurs ? ", with this very secret." : "."))
        return isOurs
    }

    private mutating func explainBody() {
        if capture.body.isEmpty {
            add("body-empty", "The body is empty: a redirect on the way may have lost it.")
        } else if capture.body.starts(with: [0x1F, 0x8B]) {
            add("body-gzip", "The body is compressed with gzip: verify what it was before it was compressed.")
        }
    }

    /// A right signature can still be too old.
    private mutating func explainAge(_ text: String) {
        guard var timestamp = Int(text) else { return }
        if text.count > SignatureHeader.timestampDigitsMax {
            add("timestamp-milliseconds", "The timestamp counts milliseconds: the sender must send seconds.")
            timestamp /= 1_000
        }
        guard let (age, overflow) = now?.subtractingReportingOverflow(timestamp), !overflow,
            !tolerance.accepts(ageSeconds: age)
        else { return }
        add(
            "clock-skew",
            age > 0
                ? "The signature is right and \(age) s old: it was kept or replayed, or this clock is that much ahead."
                : "The signature is right and \(age.magnitude) s in the future: this clock is behind, or the sender's ahead."
        )
    }
}
