import OpenSenseWebhooks

/// What the diagnosis of a signature costs at worst: bodies and headers that nothing explains, as long as
/// they are examined, so that everything is tried.
enum DiagnosisCost {
    private static let bytes = SignatureDiagnosis.bodyBytesMax

    static func measure() throws {
        for secrets in [1, WebhookVerifier.secretsMax] {
            for (name, body) in bodies {
                try measure("\(name), \(secrets) secrets", Array(body().utf8), secrets: secrets)
            }
            let time = String(repeating: "1", count: 8 << 20)
            try measure(
                "no body, 8 MiB of unsigned timestamp, \(secrets) secrets", [], secrets: secrets, time: time)
            let many = String(repeating: "t=1,", count: 16) + String(repeating: "v1=\(mac),", count: 16)
            try measure(
                "no body, 16 timestamps and signatures, \(secrets) secrets", [], secrets: secrets,
                header: many)
        }
    }

    /// A signature of nothing.
    private static let mac = String(repeating: "BwcH", count: 10) + "Bwc="

    private static let bodies: [(String, @Sendable () -> String)] = [
        ("numbers", { "[" + String(repeating: "1,", count: bytes / 2 - 2) + "1]" }),
        (
            "open arrays and their ends",
            { String(repeating: "[", count: bytes / 2) + String(repeating: "]", count: bytes / 2) }
        ),
        ("empty arrays", { "[" + String(repeating: "[],", count: bytes / 3 - 2) + "[]]" }),
        (
            "numbers nested 500 deep",
            {
                String(repeating: "[", count: 500) + String(repeating: "1,", count: bytes / 2 - 1_000) + "1"
                    + String(repeating: "]", count: 500)
            }
        ),
        (
            "arrays nested 100 deep, again and again",
            {
                let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
                return "[" + Array(repeating: deep, count: bytes / 202).joined(separator: ",") + "]"
            }
        ),
        ("escapes of letters", { "[\"" + String(repeating: "\\u00e9", count: bytes / 6 - 2) + "\"]" }),
        ("escaped slashes", { "[\"" + String(repeating: "\\/", count: bytes / 2 - 4) + "\"]" }),
        ("slashes", { "[\"" + String(repeating: "/", count: bytes - 8) + "\"]" }),
        ("letters of two bytes", { "[\"" + String(repeating: "é", count: bytes / 2 - 4) + "\"]" }),
        ("line feeds", { "[" + String(repeating: "\n", count: bytes - 4) + "1]" }),
        (
            "names to sort",
            {
                let names = (0..<bytes / 14).map { "\"n\(9_000_000 - $0)\":1" }
                return "{" + names.joined(separator: ",") + "}"
            }
        ),
        ("nothing that is JSON", { String(repeating: "x", count: bytes) }),
    ]

    private static func measure(
        _ what: String, _ body: [UInt8], secrets count: Int, time: String = "1", header: String? = nil
    ) throws {
        let secrets = try (0..<count).map { try Secret("whsec_0123456789abcdef0123456789abcde\($0)") }
        let fields = [
            (name: OpenSenseHeader.signature, value: header ?? "t=1,v1=\(mac)"),
            (name: OpenSenseHeader.timestamp, value: time),
        ]
        let capture = Capture(fields: fields.map { .init($0.name, $0.value) }, body: body)
        let clock = ContinuousClock()
        var (best, work, codes) = (Duration.seconds(3_600), DiagnosisWork(), [String]())
        for _ in 0..<3 {
            work = DiagnosisWork()
            best = min(
                best,
                clock.measure {
                    codes = SignatureDiagnosis(of: capture, secrets: secrets, at: nil, work: &work)
                        .findings.map(\.code)
                })
        }
        let milliseconds = best / .milliseconds(1)
        print(
            "\(what): \(Int(milliseconds)) ms, work \(work.spent >> 20) of \(DiagnosisWork.bytesMax >> 20) MiB"
                + (codes.contains("search-cut-short") ? ", cut short" : ""))
    }
}
