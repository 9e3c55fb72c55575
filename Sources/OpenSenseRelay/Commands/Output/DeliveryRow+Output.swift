internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// How a delivery is printed, also where it is a dead letter.
extension DeliveryRow {
    static let titles = [
        "NUMBER", "RECEIVED", "KIND", "TO", "STATE", "DELAY", "TRIED", "INCIDENT", "DELIVERY", "REASON",
    ]

    /// A cell for each of the titles.
    var columns: [String] {
        [
            "\(sequence)", TextTable.moment(receivedAt), kind.isEmpty ? "-" : kind,
            jobs.isEmpty ? "-" : Self.list(jobs.map(\.destination)), shownState,
            delay.map(TextTable.duration) ?? "-", jobs.isEmpty ? "-" : tries,
            incident ?? "-", deliveryID,
            (jobs.compactMap { $0.isOpen ? $0.reason : nil } + [reason].compactMap(\.self)).first ?? "-",
        ]
    }

    /// The states of its updates, or what was decided of it where there are none.
    var shownState: String {
        jobs.isEmpty ? state?.rawValue ?? "?" : Self.list(jobs.map(\.shownState))
    }

    /// How often its updates were tried.
    private var tries: String {
        TextTable.tries(
            jobs.map(\.attempts).reduce(0, +), inAll: jobs.map(\.attemptsInAll).reduce(0, +))
    }

    /// How long it took until the last of its updates was delivered, in milliseconds; nil while none is.
    private var delay: Int? { jobs.compactMap { $0.delay(since: receivedAt) }.max() }

    /// What is different in a list, in its order.
    private static func list(_ words: [String]) -> String {
        var different: [String] = []
        for word in words where !different.contains(word) { different.append(word) }
        return different.joined(separator: ",")
    }

    /// Everything about it, for a person.
    ///
    /// - Parameter attempts: What is kept of the attempts at each of its updates, by the update's number.
    func page(attempts: [Int: [AttemptRow]] = [:]) -> String {
        var text = TextTable.fields(
            [
                ("number", "\(sequence)"), ("delivery", deliveryID),
                ("received", TextTable.moment(receivedAt)),
                ("kind", kind.isEmpty ? "-" : kind), ("decided", state?.rawValue ?? "?"),
                ("reason", reason ?? "-"),
                ("incident", incident ?? "-"),
            ] + (note.map { [("note", $0)] } ?? []))
        if !jobs.isEmpty {
            let titles = ["UPDATE", "TO", "ACTION", "STATE", "TRIED", "DELAY", "NEXT", "REASON"]
            text += "\n" + TextTable.text([titles] + jobs.map { $0.columns(receivedAt: receivedAt) })
        }
        for job in jobs {
            guard let made = attempts[job.number], !made.isEmpty else { continue }
            text += "\nAttempts at \(job.number):\n"
            text += TextTable.text(made.map(\.columns))
        }
        return text + "\nBody:\n" + TextTable.lines(String(decoding: body, as: UTF8.self))
    }

    /// It for a program.
    ///
    /// - Parameter attempts: What is kept of the attempts at each of its updates; nil where it was not read.
    func json(attempts: [Int: [AttemptRow]]? = nil) -> JSONValue {
        var fields: JSONObject = [
            "number": PrintedJSON.number(sequence), "delivery": .string(deliveryID),
            "kind": .string(kind), "receivedAt": .string(TextTable.moment(receivedAt) + "Z"),
            "verdict": .string(state?.rawValue ?? "?"), "reason": reason.map { .string($0) } ?? .null,
            "incident": incident.map { .string($0) } ?? .null, "note": note.map { .string($0) } ?? .null,
        ]
        if !body.isEmpty { fields["body"] = .string(String(decoding: body, as: UTF8.self)) }
        fields["jobs"] = .array(jobs.map { $0.json(receivedAt: receivedAt, attempts: attempts?[$0.number]) })
        return .object(fields)
    }

    /// What a relay made of being asked to read it again; nil while none has.
    var answer: RetryAnswer? {
        switch state {
        case .replaced: .done("was read; another delivery has taken its place")
        case .deadLetter: isRequested ? nil : .refused("cannot be read by this version either")
        default: .refused("is no dead letter any more")
        }
    }
}

extension DeliveryRow.Job {
    /// Its state, where `retrying` is to wait after an attempt.
    var shownState: String {
        state == .pending && attempts > 0 ? DeskFilter.retrying : state?.rawValue ?? "?"
    }

    /// How long after its delivery's receipt it was delivered, in milliseconds; nil where it was not.
    func delay(since receivedAt: WallTime) -> Int? {
        state == .delivered ? finishedAt.map { max($0.milliseconds(since: receivedAt), 0) } : nil
    }

    func columns(receivedAt: WallTime) -> [String] {
        [
            "\(number)", destination, action, shownState, TextTable.tries(attempts, inAll: attemptsInAll),
            delay(since: receivedAt).map(TextTable.duration) ?? "-",
            isOpen ? dueAt.map { $0.unixMilliseconds == 0 ? "now" : TextTable.moment($0) } ?? "-" : "-",
            reason ?? "-",
        ]
    }

    func json(receivedAt: WallTime, attempts made: [AttemptRow]?) -> JSONValue {
        var fields: JSONObject = [
            "id": PrintedJSON.number(number), "destination": .string(destination),
            "action": .string(action), "state": .string(state?.rawValue ?? "?"),
            "attempts": PrintedJSON.number(attempts),
            "attemptsInAll": PrintedJSON.number(attemptsInAll),
            "delayMilliseconds": PrintedJSON.number(delay(since: receivedAt)),
            "reason": reason.map { .string($0) } ?? .null,
        ]
        if let made { fields["exchanges"] = .array(made.map(\.json)) }
        return .object(fields)
    }
}

extension AttemptRow {
    /// A line: its place, when, how long, what was sent to where, and the answer's first line.
    var columns: [String] {
        [
            "\(number)", TextTable.moment(at), exchange.milliseconds.map(TextTable.duration) ?? "-",
            Self.firstLine(exchange.request), Self.firstLine(exchange.answer),
        ]
    }

    var json: JSONValue {
        [
            "number": PrintedJSON.number(number), "at": .string(TextTable.moment(at) + "Z"),
            "milliseconds": PrintedJSON.number(exchange.milliseconds), "request": .string(exchange.request),
            "answer": .string(exchange.answer), "answerBytes": PrintedJSON.number(exchange.answerBytes),
        ]
    }

    private static func firstLine(_ text: String) -> String {
        String(text.split(separator: "\n", maxSplits: 1).first ?? "-")
    }
}
