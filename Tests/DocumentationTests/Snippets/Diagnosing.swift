import OpenSenseWebhooks

/// The snippet that finds out why a signature fails.
struct Diagnosing {
    let service: Service

    func diagnose(
        _ headers: [(name: String, value: String)], _ body: [UInt8], _ secret: Secret, _ unixSeconds: Int
    ) {
        let log = service.log
        // snippet: diagnosis
        let fields = headers.map { HeaderField($0.name, $0.value) }
        let diagnosis = SignatureDiagnosis(
            of: Capture(fields: fields, body: body), secrets: [secret], at: unixSeconds)
        for finding in diagnosis.findings { log("\(finding.code): \(finding.message)") }
        // snippet end
    }
}
