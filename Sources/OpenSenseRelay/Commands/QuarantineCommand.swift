internal import OpenSenseWebhooks
internal import RelayStorage

/// `quarantine`: requests that no secret of ours had signed.
struct QuarantineCommand: DeskCommand {
    let context: CommandContext

    let help = CommandHelp(
        name: "quarantine", arguments: Self.arguments, argumentCount: 0...1_000,
        summary: "Requests that no secret of ours had signed: list, show, retry, discard.",
        discussion: """
            Should the secret have been wrong on our side, nothing is lost: mend it, restart the relay, retry. A
            retry checks the signature with the secrets that the running relay has, and the age as of when the
            request was received; what holds is relayed as if it had just come. The command waits for what the
            relay makes of it, and exits with 1 where the signature does not hold. Show prints a capture that
            verify takes.
            """,
        options: DeskOptions.options.filter { $0.name != "--reason" } + DeskFilterOptions.timeOptions,
        examples: [
            .init(
                command: "opensense-relay quarantine list --store sqlite:/var/lib/opensense-relay/relay.db",
                summary: "What was turned away?")
        ],
        exitCodes: DeskOptions.exitCodes)

    let titles = ["ID", "RECEIVED", "PATH", "CODE", "RETRY"]

    func list(_ desk: StoreDesk, _ filter: DeskFilter, limit: Int) throws(StoreError) -> [QuarantineRow] {
        try desk.quarantined(filter, limit: limit)
    }

    func all(
        _ desk: StoreDesk, _ filter: DeskFilter, after row: QuarantineRow?, limit: Int
    ) throws(StoreError) -> [QuarantineRow] {
        try desk.quarantined(filter, after: row?.number ?? 0, limit: limit)
    }

    func find(_ id: String, _ desk: StoreDesk) throws(StoreError) -> QuarantineRow? {
        guard let number = Int(id) else { return nil }
        return try desk.quarantined(number)
    }

    func id(_ row: QuarantineRow) -> String { "\(row.number)" }

    func columns(_ row: QuarantineRow) -> [String] {
        [
            "\(row.number)", TextTable.moment(row.receivedAt), row.path, row.code,
            row.isRequested ? "waits" : "-",
        ]
    }

    /// A request that `verify` reads.
    func page(_ row: QuarantineRow, _ desk: StoreDesk) -> String {
        let header = row.header.split(separator: "\n").map { Terminal.plain(String($0)) + "\r\n" }.joined()
        let path = Terminal.plain(row.path)
        let head = "POST \(path) HTTP/1.1\r\n\(header)Content-Length: \(row.body.count)\r\n\r\n"
        // The body is not authentic: control characters are kept from a terminal; a file gets every byte.
        guard !Terminal.isTerminal else {
            return head + TextTable.lines(String(decoding: row.body, as: UTF8.self))
        }
        Terminal.out(Array(head.utf8) + row.body)
        return ""
    }

    func json(_ row: QuarantineRow, of desk: StoreDesk, isWhole: Bool) -> JSONValue {
        [
            "id": .string(id(row)), "receivedAt": .string(TextTable.moment(row.receivedAt) + "Z"),
            "path": .string(row.path), "code": .string(row.code), "header": .string(row.header),
            "body": .string(String(decoding: row.body, as: UTF8.self)),
            "retryRequested": .boolean(row.isRequested),
        ]
    }

    func isForRelay(_ row: QuarantineRow) -> Bool { true }

    func answer(to row: QuarantineRow, _ desk: StoreDesk) throws(StoreError) -> RetryAnswer? {
        guard let row = try desk.quarantined(row.number) else { return .done("was accepted") }
        return row.isRequested ? nil : .refused("is refused still: \(row.code)")
    }

    func retry(_ row: QuarantineRow, _ desk: StoreDesk, isOfAll: Bool) throws(StoreError) -> DeskOutcome {
        try desk.retryQuarantined(row.number)
    }

    /// Nothing is left of it, and so nothing of who has thrown it away either.
    func discard(
        _ row: QuarantineRow, _ desk: StoreDesk, isOfAll: Bool, note: String
    ) throws(StoreError) -> DeskOutcome {
        try desk.discardQuarantined(row.number)
    }
}
