internal import AdapterKit
internal import OpenSenseWebhooks

/// A page of the open incidents.
struct BetterStackList {
    private let incidents: [JSONValue]
    /// Whether there is a page behind this one.
    let hasNext: Bool

    /// The list in `answer`; nil when it has none that can be read.
    ///
    /// One that was cut counts as a page without incidents of ours: it would be cut on every attempt, and the
    /// alarm would never be sent.
    init?(_ answer: VendorResponse) {
        guard let body = JSONBody.decode(answer.body), let items = body["data"]?.items else {
            guard answer.body.count >= BetterStackLimits.answerBytesMax else { return nil }
            (incidents, hasNext) = ([], true)
            return
        }
        incidents = items
        hasNext =
            switch body["pagination"]?["next"] {
            case .string(let next): !next.isEmpty
            case .null: false
            // Without a word about it a full page may have another behind it.
            default: items.count >= BetterStackLimits.incidentsPerPage
            }
    }

    /// The id of an open incident that the update of `mark` created.
    func created(by mark: BetterStackMark) -> String? { id { mark.hasKey($0) && mark.hasNonce($0) } }

    /// The id of an open incident with the key of `mark`.
    func incident(of mark: BetterStackMark) -> String? { id(where: mark.hasKey) }

    private func id(where isSought: (JSONValue?) -> Bool) -> String? {
        incidents.filter { !Self.isOver($0) && isSought($0["attributes"]?["metadata"]) }
            .compactMap(Self.id).first
    }

    /// The id of an incident, when it is one that can stand in an address.
    static func id(of incident: JSONValue?) -> String? {
        let id: String
        switch incident?["id"] {
        case .string(let text): id = text
        case .number(let number): id = number.text
        default: return nil
        }
        return isID(id) ? id : nil
    }

    /// Whether `text` can be an incident's id.
    static func isID(_ text: String) -> Bool {
        (1...BetterStackLimits.incidentIDCharactersMax).contains(text.utf8.count)
            && BetterStackAddress.isToken(text)
    }

    /// The query asks for open ones alone; what it is answered is looked at all the same.
    private static func isOver(_ incident: JSONValue) -> Bool {
        let attributes = incident["attributes"]
        return attributes?["resolved_at"]?.text != nil
            || attributes?["status"]?.text?.lowercased() == "resolved"
    }
}
