import BetterStackEmulator
import Testing
import VendorSandbox

@Suite struct `Better Stack incidents emulator` {
    static let incidents = "/api/v3/incidents"
    static var fields: [String: Any] {
        [
            "summary": "Too warm", "requester_email": "a@example.com", "name": "Freezer", "call": true,
            "metadata": ["k": ["v"], "l": "w"] as [String: Any],
        ]
    }

    static func with(_ name: String, _ value: Any?) -> [String: Any] {
        var fields = fields
        fields[name] = value
        return fields
    }

    @Test func `a create is 201 with an id, and the same again is another incident`() {
        var emulator = BetterStackIncidentsEmulator()
        let answers = [1.0, 2].map { emulator.respond(to: post(Self.incidents, Self.fields), at: $0) }
        #expect(answers.map(\.status) == [201, 201])
        #expect(answers.map(\.id) == ["1", "2"])
        #expect(emulator.incidents.map(\.summary) == ["Freezer", "Freezer"])
        #expect(emulator.incidents.map(\.pages) == [1, 1])
    }

    struct Fault: Row {
        let testDescription: String
        let change: @Sendable () -> [String: Any]
        var faults: [String: String] = [:]
    }

    static let faults: [Fault] = [
        Fault(testDescription: "nothing wrong", change: { fields }),
        Fault(testDescription: "team_wait", change: { with("team_wait", 180) }),
        Fault(
            testDescription: "no summary", change: { with("summary", nil) },
            faults: ["summary": "Can't be blank."]),
        Fault(
            testDescription: "a blank address", change: { with("requester_email", " ") },
            faults: ["requester_email": "Can't be blank."]),
        Fault(
            testDescription: "a text for a flag", change: { with("call", "yes") },
            faults: ["call": "is invalid."]
        ),
        Fault(
            testDescription: "a number for a text", change: { with("policy_id", 7) },
            faults: ["policy_id": "is invalid."]),
        Fault(
            testDescription: "metadata in depth", change: { with("metadata", ["k": [["v"]]]) },
            faults: ["metadata": "is invalid."]),
        Fault(
            testDescription: "an unknown member", change: { with("sumary", "Too warm") },
            faults: ["sumary": "is invalid."]),
    ]

    @Test(arguments: faults) func `a create names each field that is wrong`(_ row: Fault) {
        var emulator = BetterStackIncidentsEmulator()
        let answer = emulator.respond(to: post(Self.incidents, row.change()), at: 1)
        #expect(answer.status == (row.faults.isEmpty ? 201 : 422))
        #expect(answer.faults == row.faults)
        #expect(emulator.incidents.count == (row.faults.isEmpty ? 1 : 0))
    }

    @Test(arguments: [
        ("", 401), ("Bearer ", 401), ("Token t", 401), ("Bearer wrong", 401), ("Bearer t", 201),
    ])
    func `only a token that exists is taken`(_ value: String, _ status: Int) {
        var emulator = BetterStackIncidentsEmulator(apiTokens: ["t"])
        let request = post(Self.incidents, Self.fields, .init("Authorization", value))
        #expect(emulator.respond(to: request, at: 1).status == status)
    }

    @Test func `an incident is acknowledged and resolved once, each again is 409, and an unknown one 404`() {
        var emulator = BetterStackIncidentsEmulator()
        _ = emulator.respond(to: post(Self.incidents, Self.fields), at: 1)
        func answer(_ path: String, _ fields: [String: Any] = [:]) -> (Int, String?) {
            let answer = emulator.respond(to: post("\(Self.incidents)/\(path)", fields), at: 2)
            return (answer.status, answer.object["errors"] as? String)
        }
        #expect(answer("1/acknowledge", ["acknowledged_by": "A person"]) == (200, nil))
        #expect(answer("1/acknowledge") == (409, "Incident was already acknowledged"))
        #expect(emulator.incidents.map(\.status) == [.acknowledged])
        #expect(answer("1/resolve", ["resolved_by": 7]).0 == 422)
        #expect(answer("1/resolve", ["resolved_by": "A person"]) == (200, nil))
        #expect(answer("1/resolve") == (409, "Incident was already resolved"))
        #expect(answer("1/acknowledge") == (409, "Incident was already resolved"))
        #expect(answer("2/resolve").0 == 404)
        #expect(answer("1/explode").0 == 404)
        #expect(emulator.incidents.map(\.resolvedAt) == [2])
    }

    @Test func `a comment is kept with the incident and must not be blank`() {
        var emulator = BetterStackIncidentsEmulator()
        _ = emulator.respond(to: post(Self.incidents, Self.fields), at: 1)
        func status(_ id: Int, _ content: String) -> Int {
            emulator.respond(to: post("/api/v2/incidents/\(id)/comments", ["content": content]), at: 2).status
        }
        #expect(status(1, "Looking") == 201)
        #expect(status(1, " ") == 422)
        #expect(status(2, "Looking") == 404)
        #expect(emulator.incidents.map(\.notes) == [["Looking"]])
    }

    @Test func `a list has the newest first, in pages, with metadata and what the query asks for`() {
        var emulator = BetterStackIncidentsEmulator(visibilitySeconds: 5)
        for time in 1...13 { _ = emulator.respond(to: post(Self.incidents, Self.fields), at: Double(time)) }
        _ = emulator.respond(to: post("\(Self.incidents)/13/resolve", [:]), at: 14)
        _ = emulator.respond(to: post("\(Self.incidents)/12/acknowledge", [:]), at: 14)
        func list(_ query: String, at now: Double = 18) -> SandboxResponse {
            emulator.respond(to: get("\(Self.incidents)?\(query)"), at: now)
        }
        #expect(list("").ids == (4...13).reversed().map(String.init))
        #expect(list("page=2").ids == ["3", "2", "1"])
        #expect(list("page=3").ids == [])
        #expect(list("per_page=51").ids.count == 13)
        #expect(list("resolved=true").ids == ["13"])
        #expect(list("resolved=false&acknowledged=true").ids == ["12"])
        #expect(list("resolved=false&per_page=5").ids == ["12", "11", "10", "9", "8"])
        #expect(list("per_page=50", at: 14).ids.first == "9", "a new one is not shown for 5 s")
        func next(_ query: String) -> String? {
            (list(query).object["pagination"] as? [String: Any])?["next"] as? String
        }
        #expect(next("")?.hasSuffix("page=2") == true)
        #expect(next("page=2") == nil)
        let first = (list("").object["data"] as? [[String: Any]])?.first?["attributes"] as? [String: Any]
        let metadata = first?["metadata"] as? [String: [[String: String]]]
        #expect(
            metadata == ["k": [["type": "String", "value": "v"]], "l": [["type": "String", "value": "w"]]])
        #expect(first?["status"] as? String == "Resolved")
        #expect(first?["resolved_at"] as? String == "1970-01-01T00:00:14.000Z")
    }

    @Test func `a body without its type and another method are refused`() {
        var emulator = BetterStackIncidentsEmulator()
        var request = post(Self.incidents, Self.fields)
        request.headers.removeLast()
        #expect(emulator.respond(to: request, at: 1).status == 400)
        request.method = "PUT"
        #expect(emulator.respond(to: request, at: 1).status == 404)
        #expect(emulator.log.map(\.outcome) == [.refused, .refused])
        #expect(emulator.takes(path: "/api/v2/incidents/1/comments"))
        #expect(!emulator.takes(path: "/api/v3/incidentsx"))
    }
}
