import AdapterKit
import Testing
import WebhookAdapter

@Suite struct `Webhook answers` {
    struct Answer: Row {
        let status: Int
        var settings: [String: String] = [:]
        var body = ""
        var retryAfter: String?
        let step: AdapterStep

        var testDescription: String { "\(status) \(settings) \(body)" }
    }

    static let answers: [Answer] = [
        .init(status: 200, step: .done()), .init(status: 299, step: .done()),
        .init(
            status: 301,
            step: .retry(
                after: nil, reason: "status 301: a redirect, which is not followed; check the address")),
        .init(status: 400, body: "no", step: .refused(.content, reason: "status 400: no")),
        .init(
            status: 422, body: #"{"error":"no title"}"#,
            step: .refused(.content, reason: "status 422: no title")),
        .init(status: 401, step: .refused(.credentials, reason: "status 401")),
        .init(status: 404, step: .refused(.credentials, reason: "status 404")),
        .init(status: 410, step: .refused(.credentials, reason: "status 410")),
        .init(status: 409, step: .refused(.content, reason: "status 409")),
        .init(status: 429, retryAfter: "7", step: .retry(after: .seconds(7), reason: "status 429")),
        .init(status: 503, step: .retry(after: nil, reason: "status 503")),
        .init(status: 409, settings: ["doneStatuses": "200-299, 409"], step: .done()),
        .init(
            status: 204, settings: ["doneStatuses": "200"], body: "empty",
            step: .retry(after: nil, reason: "status 204: empty")),
        .init(
            status: 202, settings: ["retryStatuses": "202"], retryAfter: "9",
            step: .retry(after: .seconds(9), reason: "status 202")),
        .init(
            status: 404, settings: ["retryStatuses": "404"], step: .retry(after: nil, reason: "status 404")),
        .init(
            status: 203, settings: ["refusedStatuses": "203"], step: .refused(.content, reason: "status 203")),
        .init(
            status: 404, settings: ["refusedStatuses": "404"], step: .refused(.content, reason: "status 404")),
        .init(
            status: 403, settings: ["refusedStatuses": "403"],
            step: .refused(.credentials, reason: "status 403")),
        .init(
            status: 302, settings: ["refusedStatuses": "300-399"],
            step: .refused(.content, reason: "status 302")),
        .init(
            status: 503, settings: ["retryStatuses": "503"], step: .retry(after: nil, reason: "status 503")),
    ]

    @Test(arguments: answers) func `an answer is judged`(_ row: Answer) throws {
        let update = try Given.update()
        let request = try #require(try Given.request(update, row.settings))
        let fields = row.retryAfter.map { [HeaderField("Retry-After", $0)] } ?? []
        let answer = VendorResponse(status: row.status, fields: fields, body: Array(row.body.utf8))
        let step = try Given.adapter(row.settings).next(
            answer, to: request, for: update, context: Given.context)
        #expect(step == row.step)
    }
}
