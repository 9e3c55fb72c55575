internal import Testing

@testable internal import OpenSenseRelay

@Suite struct `Sockets of a supervisor` {
    private static func sockets(_ environment: [String: String]) throws -> InheritedSockets {
        try InheritedSockets(environment: environment, processID: 7)
    }

    @Test(
        arguments: [
            ([:], nil, nil), (["LISTEN_FDS": "1"], nil, nil),
            (["LISTEN_PID": "8", "LISTEN_FDS": "1"], nil, nil),
            (["LISTEN_PID": "7", "LISTEN_FDS": "0"], nil, nil),
            (["LISTEN_PID": "7", "LISTEN_FDS": "1"], 3, nil),
            (["LISTEN_PID": "7", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "relay.socket"], 3, nil),
            (["LISTEN_PID": "7", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "admin"], nil, 3),
            (["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "admin:x"], 4, 3),
            (["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "x:admin"], 3, 4),
        ] as [([String: String], Int32?, Int32?)])
    func `are known by their names`(_ row: (environment: [String: String], door: Int32?, admin: Int32?))
        throws
    {
        let sockets = try Self.sockets(row.environment)
        #expect(sockets.frontDoor == row.door)
        #expect(sockets.admin == row.admin)
    }

    @Test(arguments: ["abc", "-1", "1x", "", "99999999999999999999"])
    func `are a number`(_ number: String) {
        #expect(throws: CommandError.self) { try Self.sockets(["LISTEN_PID": "7", "LISTEN_FDS": number]) }
    }

    @Test(arguments: ["x:y", "admin:admin", "x", "x:admin:y"])
    func `are refused when there are too many`(_ names: String) {
        let environment = [
            "LISTEN_PID": "7", "LISTEN_FDS": "\(max(names.split(separator: ":").count, 2))",
            "LISTEN_FDNAMES": names,
        ]
        #expect(throws: CommandError.self) { try Self.sockets(environment) }
    }
}
