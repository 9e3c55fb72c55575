internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// How a delivery is printed, also where it is a dead letter.
extension DeliveryRow {
    static let titles = ["NUMBER", "RECEIVED", "KIND", "VERDICT", "REASON", "INCIDENT", "DELIVERY"]

    /// A cell for each of the titles.
    var columns: [String] {
        [
            "\(sequence)", TextTable.moment(receivedAt), kind.isEmpty ? "-" : kind,
            state?.rawValue ?? "?", reason ?? "-", incident ?? "-", deliveryID,
        ]
    }

    /// Everything about it, for a person.
    var page: String {
        var text = TextTable.fields(
            Array(zip(Self.titles.map { $0.lowercased() }, columns)) + (note.map { [("note", $0)] } ?? []))
        if !jobs.isEmpty {
            text += "\n"
            text += TextTable.text(
                [["JOB", "DESTINATION", "ACTION", "STATE", "TRIED", "ENDED", "REASON"]]
                    + jobs.map { job in
                        [
                            "\(job.number)", job.destination, job.action, job.state?.rawValue ?? "?",
                            "\(job.attempts)",
                            job.finishedAt.map(TextTable.moment) ?? "-", job.reason ?? "-",
                        ]
                    })
        }
        return text + "\nBody:\n" + TextTable.lines(String(decoding: body, as: UTF8.self))
    }

    /// Everything about it, for a program.
    var json: JSONValue {
        var fields: JSONObject = [
            "number": PrintedJSON.number(sequence), "delivery": .string(deliveryID),
            "kind": .string(kind), "receivedAt": .string(TextTable.moment(receivedAt) + "Z"),
            "verdict": .string(state?.rawValue ?? "?"), "reason": reason.map { .string($0) } ?? .null,
            "incident": incident.map { .string($0) } ?? .null, "note": note.map { .string($0) } ?? .null,
        ]
        if !body.isEmpty { fields["body"] = .string(String(decoding: body, as: UTF8.self)) }
        fields["jobs"] = .array(
            jobs.map { job in
                [
                    "id": PrintedJSON.number(job.number), "destination": .string(job.destination),
                    "action": .string(job.action), "state": .string(job.state?.rawValue ?? "?"),
                    "attempts": PrintedJSON.number(job.attempts),
                    "reason": job.reason.map { .string($0) } ?? .null,
                ]
            })
        return .object(fields)
    }
}
