import AdapterKit
import Testing

/// An answer to one of the requests for an update, and what follows.
struct IncidentsAnswer: Row {
    let testDescription: String
    var action = IncidentUpdate.Action.open
    var progress: String?
    let answer: Given
    let next: Next

    enum Given: Sendable {
        /// To the first page of the list.
        case list(String)
        /// To the list, with any status.
        case listStatus(Int)
        /// To what changes something.
        case change(Int, String)
    }

    enum Next: Equatable {
        case done(String?)
        case post(String)
        case get(page: Int)
        case getLater
        case retry(String)
        case refused(Refusal)
        case other
    }

    static func item(
        _ id: String = #""25""#, key: String = "opensense/alarm/s/d/c", nonce: String = "n",
        more: String = #""resolved_at":null,"status":"Started""#
    ) -> String {
        let metadata = """
            "opensense_key":[{"type":"String","value":"\(key)"}],"opensense_nonce":[{"value":"\(nonce)"}]
            """
        return #"{"id":\#(id),"attributes":{\#(more),"metadata":{\#(metadata)}}}"#
    }

    static func list(_ items: [String], next: String = "null") -> String {
        #"{"data":[\#(items.joined(separator: ","))],"pagination":{"next":\#(next)}}"#
    }

    static let create = "/api/v3/incidents"
    static let nextPage = #""https://uptime.betterstack.com/api/v3/incidents?page=2""#

    static let lists: [IncidentsAnswer] = [
        IncidentsAnswer(testDescription: "nothing is there", answer: .list(list([])), next: .post(create)),
        IncidentsAnswer(
            testDescription: "what this update created", answer: .list(list([item()])), next: .done("25")),
        IncidentsAnswer(
            testDescription: "a number for an id", answer: .list(list([item("25")])), next: .done("25")),
        IncidentsAnswer(
            testDescription: "plain texts as metadata",
            answer: .list(
                list([
                    #"{"id":"7","attributes":{"metadata":{"opensense_key":"opensense/alarm/s/d/c","opensense_nonce":"n"}}}"#
                ])), next: .done("7")),
        IncidentsAnswer(
            testDescription: "another incident", answer: .list(list([item(key: "opensense/alarm/s/d/x")])),
            next: .post(create)),
        IncidentsAnswer(
            testDescription: "an older one of the alarm does not keep a new one from paging",
            answer: .list(list([item(nonce: "older")])), next: .post(create)),
        IncidentsAnswer(
            testDescription: "one that was resolved meanwhile",
            answer: .list(list([item(more: #""resolved_at":"2026-01-01T00:00:00Z""#)])), next: .post(create)),
        IncidentsAnswer(
            testDescription: "one whose status is resolved",
            answer: .list(list([item(more: #""status":"Resolved""#)])), next: .post(create)),
        IncidentsAnswer(
            testDescription: "an id that cannot stand in an address", answer: .list(list([item(#""../1""#)])),
            next: .post(create)),
        IncidentsAnswer(
            testDescription: "another page", answer: .list(list([], next: nextPage)), next: .get(page: 2)),
        IncidentsAnswer(
            testDescription: "a full page without a word about the next",
            answer: .list(#"{"data":[\#(Array(repeating: "{}", count: 20).joined(separator: ","))]}"#),
            next: .get(page: 2)),
        IncidentsAnswer(
            testDescription: "no list", answer: .list("<p>Sign in</p>"),
            next: .retry("status 200 with a web page is no answer of the vendor's")),
        IncidentsAnswer(
            testDescription: "an object without a list", answer: .list("{}"),
            next: .retry("status 200 without a list of incidents")),
        IncidentsAnswer(
            testDescription: "a page that was cut", answer: .list(String(repeating: "[", count: 65_536)),
            next: .get(page: 2)),
        IncidentsAnswer(
            testDescription: "a long page that was not", answer: .list(String(repeating: "[", count: 65_535)),
            next: .retry("status 200 without a list of incidents")),
        IncidentsAnswer(
            testDescription: "no list and 500", answer: .listStatus(500), next: .retry("status 500")),
        IncidentsAnswer(
            testDescription: "no list and 401", answer: .listStatus(401), next: .refused(.credentials)),
        IncidentsAnswer(
            testDescription: "no list and 404", answer: .listStatus(404), next: .refused(.content)),
        IncidentsAnswer(
            testDescription: "to acknowledge what is there", action: .acknowledge,
            answer: .list(list([item(nonce: "older")])), next: .post("\(create)/25/acknowledge")),
        IncidentsAnswer(
            testDescription: "to resolve what is there", action: .resolve,
            answer: .list(list([item(nonce: "older")])), next: .post("\(create)/25/resolve")),
        IncidentsAnswer(
            testDescription: "to comment on what is there", action: .update,
            answer: .list(list([item(nonce: "older")])), next: .post("/api/v2/incidents/25/comments")),
        IncidentsAnswer(
            testDescription: "to resolve what is not there yet", action: .resolve, answer: .list(list([])),
            next: .getLater),
        IncidentsAnswer(
            testDescription: "to resolve what is not there", action: .resolve, progress: "looking-again",
            answer: .list(list([])), next: .done(nil)),
    ]

    static let changes: [IncidentsAnswer] = [
        IncidentsAnswer(
            testDescription: "created", answer: .change(201, #"{"data":{"id":"123456789"}}"#),
            next: .done("123456789")),
        IncidentsAnswer(
            testDescription: "created without an id", answer: .change(201, "{}"), next: .done(nil)),
        IncidentsAnswer(
            testDescription: "a proxy's page", answer: .change(200, "<p>Welcome</p>"),
            next: .retry("status 200 with a web page is no answer of the vendor's")),
        IncidentsAnswer(
            testDescription: "a 200 without an id", answer: .change(200, "{}"),
            next: .retry("status 200 without the incident's id")),
        IncidentsAnswer(
            testDescription: "a create for a team that is not there", answer: .change(404, ""),
            next: .refused(.content)),
        IncidentsAnswer(
            testDescription: "a create in conflict", answer: .change(409, ""), next: .refused(.content)),
        IncidentsAnswer(testDescription: "too fast", answer: .change(429, ""), next: .retry("status 429")),
        IncidentsAnswer(
            testDescription: "acknowledged already", action: .acknowledge,
            answer: .change(409, #"{"errors":"Incident was already acknowledged"}"#), next: .done(nil)),
        IncidentsAnswer(
            testDescription: "resolved already", action: .resolve,
            answer: .change(409, #"{"errors":"Incident was already resolved"}"#), next: .done(nil)),
        IncidentsAnswer(
            testDescription: "deleted", action: .resolve, answer: .change(404, ""), next: .done(nil)),
        IncidentsAnswer(
            testDescription: "a resolve of a token that is not valid", action: .resolve,
            answer: .change(401, ""), next: .refused(.credentials)),
        IncidentsAnswer(
            testDescription: "a resolve that may pass later", action: .resolve, answer: .change(502, ""),
            next: .retry("status 502")),
    ]
}
