import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A relay under test.
struct Relay {
    let program: Program
    let port: Int

    /// Signs and sends a delivery.
    func deliver(_ delivery: TestDelivery) throws -> Answer { try delivery.request().send(to: port) }

    func get(_ path: String) throws -> Answer { try Request(method: "GET", path: path).send(to: port) }

    /// Asks it to stop and waits for its end.
    func stop() async throws -> Program.End {
        program.signal(SIGTERM)
        return try await program.end()
    }
}

/// The emulated vendors.
struct Vendors {
    let program: Program
    let port: Int

    var url: String { "http://127.0.0.1:\(port)" }

    struct Incident: Decodable, Equatable {
        let vendor: String
        let key: String
        var credentialEnd: String?
        let status: String
        let opens: Int
        let pages: Int
    }

    struct Exchange: Decodable {
        let at: Double
        let vendor: String
        let method: String
        let target: String
        let body: String
        let status: Int?
    }

    func incidents() throws -> [Incident] {
        struct Page: Decodable { let incidents: [Incident] }
        return try get("/incidents", Page.self).incidents
    }

    /// Every request that changes something, oldest first.
    func changes() throws -> [Exchange] {
        struct Page: Decodable { let requests: [Exchange] }
        return try get("/requests", Page.self).requests.filter { $0.method == "POST" }
    }

    /// Waits until the incidents are as wanted.
    @discardableResult func incidents(where isWanted: ([Incident]) -> Bool) async throws -> [Incident] {
        try await eventually(
            "the incidents are as wanted, but: \((try? incidents()).map { "\($0)" } ?? "gone")"
        ) {
            let incidents = try incidents()
            return isWanted(incidents) ? incidents : nil
        }
    }

    /// Orders a fault, in the emulators' JSON.
    func inject(_ fault: String) throws {
        let answer = try Request(path: "/faults", body: Array(fault.utf8)).send(to: port)
        guard answer.status == 200 else {
            throw NeverCame(description: "The fault was refused: \(answer.body)")
        }
    }

    /// Takes back every fault.
    func clearFaults() throws {
        _ = try Request(method: "DELETE", path: "/faults").send(to: port)
    }

    private func get<Value: Decodable>(_ path: String, _ type: Value.Type) throws -> Value {
        let answer = try Request(method: "GET", path: path).send(to: port)
        return try JSONDecoder().decode(type, from: Data(answer.body.utf8))
    }
}

extension World {
    /// What a relay reads from its environment: the secret, and the keys of the vendors named.
    static func environment(_ vendors: [String] = ["pagerduty"], at url: String) -> [String: String] {
        var environment = ["OPENSENSE_SECRET": Keys.secret]
        if vendors.contains("pagerduty") {
            environment["PAGERDUTY_ROUTING_KEY"] = Keys.routingKey
            environment["PAGERDUTY_BASE_URL"] = url
        }
        if vendors.contains("opsgenie") {
            environment["OPSGENIE_API_KEY"] = Keys.apiKey
            environment["OPSGENIE_BASE_URL"] = url
        }
        return environment
    }

    /// The words that start a relay on a free port, on a store in the folder.
    var serveWords: [String] {
        ["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:\(path("relay.db"))"]
    }

    /// Starts a relay on a free port and waits until it answers.
    func relay(
        _ vendors: [String] = ["pagerduty"], at url: String, arguments: [String] = []
    ) async throws -> Relay {
        try await relay(start(serveWords + arguments, environment: Self.environment(vendors, at: url)))
    }

    /// Waits until a program that is a relay answers.
    func relay(_ program: Program) async throws -> Relay {
        let port = try await eventually("the relay starts; it wrote: \(program.error)") { () -> Int? in
            guard program.isRunning else { throw NeverCame(description: "The relay ended: \(program.error)") }
            // In either of the two forms of the log.
            let lines = program.error.split(separator: "\n")
            guard let line = lines.first(where: { $0.contains("relay.started") }) else { return nil }
            return line.firstMatch(of: #/port"?[=:]"?([0-9]+)[" ]/#).flatMap { Int($0.1) }
        }
        return Relay(program: program, port: port)
    }

    /// Starts the emulated vendors on a port, or on any free one, and waits until they answer.
    func vendors(port: Int = 0) async throws -> Vendors {
        let program = try start(["sandbox", "--listen", "127.0.0.1:\(port)"])
        let bound = try await eventually("the sandbox starts; it wrote: \(program.error)") { () -> Int? in
            guard program.isRunning else {
                throw NeverCame(description: "The sandbox ended: \(program.error)")
            }
            return program.out.firstMatch(of: #/127\.0\.0\.1:([0-9]+)//#).flatMap { Int($0.1) }
        }
        return Vendors(program: program, port: bound)
    }
}
