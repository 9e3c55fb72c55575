import OpenSenseWebhooks
import Testing

@Suite struct `A judge` {
    static let signedAt = 1_779_005_401
    static let body = Array(#"{"event":{"kind":"alarm_opened"},"delivery":{"id":"wh_1"}}"#.utf8)

    /// What is wrong with a request, and what the judge says, in a word.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var body = `A judge`.body
        var signedBody: [UInt8]?
        var signatures = 1
        var deliveryID: String? = "wh_1"
        var timestamp: String? = "\(signedAt)"
        var late = 0
        var staleness = ResponsePolicy.Staleness.askAgain
        var headers = ResponsePolicy.HeaderDisagreement.report
        var says: String
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "as it should be", says: "authentic wh_1"),
        Row(name: "no unsigned header", deliveryID: nil, timestamp: nil, says: "authentic wh_1"),
        Row(name: "another body", signedBody: [], says: "not ours signature-mismatch"),
        Row(name: "no signature", signatures: 0, says: "refused 401 unauthenticated header-missing"),
        Row(name: "two signatures", signatures: 2, says: "refused 401 unauthenticated header-malformed"),
        Row(name: "the last second", late: 300, says: "authentic wh_1"),
        Row(
            name: "too late", late: 301,
            says: "refused 429 timestamp-outside-tolerance timestamp-outside-tolerance"),
        Row(
            name: "too late, rejected", late: 301, staleness: .reject,
            says: "refused 401 timestamp-outside-tolerance timestamp-outside-tolerance"),
        Row(
            name: "too early", late: -301,
            says: "refused 429 timestamp-outside-tolerance timestamp-outside-tolerance"),
        Row(
            name: "another id", deliveryID: "wh_2",
            says: "authentic wh_1 but X-OpenSense-Delivery-Id"),
        Row(
            name: "an id that is equal as characters only", body: Array(eWithAccent.utf8),
            deliveryID: "e\u{301}", says: "authentic \u{E9} but X-OpenSense-Delivery-Id"),
        Row(
            name: "another time", timestamp: "1",
            says: "authentic wh_1 but X-OpenSense-Timestamp"),
        Row(
            name: "a time that is none", timestamp: "soon",
            says: "authentic wh_1 but X-OpenSense-Timestamp"),
        Row(
            name: "another id, rejected", deliveryID: "wh_2", headers: .reject,
            says: "refused 401 header-disagrees X-OpenSense-Delivery-Id"),
        Row(name: "no JSON", body: Array("{".utf8), says: "authentic and unreadable"),
        Row(
            name: "no JSON, another time", body: Array("{".utf8), timestamp: "1",
            says: "authentic and unreadable but X-OpenSense-Timestamp"),
    ]

    private static let eWithAccent =
        #"{"event":{"kind":"alarm_opened"},"delivery":{"id":"\u00e9"}}"#

    @Test(arguments: rows) func `says what a request is`(_ row: Row) throws {
        let secret = try Secret("a secret for this test")
        let signed = row.signedBody ?? row.body
        let signature = try WebhookSigner(secret: secret).signatureHeader(
            body: signed.span, timestamp: Self.signedAt)
        var headers = Array(repeating: ("X-OpenSense-Signature", signature), count: row.signatures)
        if let id = row.deliveryID { headers.append((OpenSenseHeader.deliveryID, id)) }
        if let time = row.timestamp { headers.append((OpenSenseHeader.timestamp, time)) }
        let judge = WebhookJudge(
            verifier: try WebhookVerifier(secrets: [secret]), staleness: row.staleness,
            headerDisagreement: row.headers)
        let request = WebhookRequest(headers: headers, body: row.body) { ($0.0, $0.1) }
        #expect(words(judge.judge(request, at: Self.signedAt + row.late)) == row.says)
    }

    private func words(_ judgement: WebhookJudgement) -> String {
        switch judgement {
        case .authentic(let authentic):
            let content = authentic.signedID.map { " \($0)" } ?? " and unreadable"
            return "authentic\(content)" + (authentic.disagreeingHeader.map { " but \($0)" } ?? "")
        case .notOurs(let error): return "not ours \(error.code)"
        case .refused(let refusal):
            let answer = "refused \(refusal.response.status) \(refusal.response.code)"
            switch refusal.reason {
            case .verification(let error): return "\(answer) \(error.code)"
            case .headerDisagrees(let name, _): return "\(answer) \(name)"
            }
        }
    }
}
