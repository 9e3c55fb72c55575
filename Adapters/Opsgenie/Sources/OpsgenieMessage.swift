internal import AdapterKit
internal import OpenSenseWebhooks

/// The bodies of one update's requests, and the alert they are about.
struct OpsgenieMessage {
    let update: IncidentUpdate
    let additions: OpsgenieAdditions

    /// The alert's name: the vendor key with `:` for `/` and `=` for `%`, neither of which a key has.
    ///
    /// It stands in the path of a URL, where many servers refuse an encoded slash or percent sign; whether
    /// Opsgenie does is unconfirmed.
    var alias: String {
        Self.pathSafe(update.key.vendorKey(charactersMax: OpsgenieLimits.aliasCharactersMax))
    }

    /// The alert that a remark belongs to: that of the channel for a silence; nil when there can be none.
    var annotatedAlias: String? {
        guard update.key.isMatchable else { return nil }
        guard update.key.domain == "silence", alias.hasPrefix(Self.silencePrefix) else { return alias }
        return Self.alarmPrefix + alias.dropFirst(Self.silencePrefix.count)
    }

    /// The body of a create.
    func create() throws(AdapterError) -> [UInt8] {
        let details = OpsgenieDetails(update)
        var fields: JSONObject = [
            "alias": .string(alias), "message": .string(update.title(within: OpsgenieLimits.message)),
            "description": .string(OpsgenieLimits.description.cut(details.description(update.briefing))),
            "details": .object(details.fields), "source": .string(Self.name), "user": .string(Self.name),
            "tags": .array(tags.map(JSONValue.string)), "priority": .string(priority),
        ]
        fields["entity"] = (additions.entity ?? update.place).map {
            .string(OpsgenieLimits.entity.cutLine($0))
        }
        if !additions.responders.isEmpty { fields["responders"] = .array(additions.responders) }
        return try JSONBody.encode(.object(fields))
    }

    /// The body of one of the requests about a change.
    func change(_ change: OpsgenieChange) throws(AdapterError) -> [UInt8] {
        switch change {
        case .message:
            try JSONBody.encode(["message": .string(update.title(within: OpsgenieLimits.message))])
        case .priority: try JSONBody.encode(["priority": .string(priority)])
        case .note: try followUp()
        }
    }

    /// The body of an acknowledgement, a close or a note.
    func followUp() throws(AdapterError) -> [UInt8] {
        try JSONBody.encode([
            "note": .string(update.title(within: OpsgenieLimits.note)), "source": .string(Self.name),
            "user": .string(Self.name),
        ])
    }

    private var tags: [String] {
        (["OpenSense", update.event.kind.name, update.event.severity ?? ""] + additions.tags)
            .map(OpsgenieLimits.tag.cutLine).filter { !$0.allSatisfy(\.isWhitespace) }
    }

    /// P5 is left for people: nothing that OpenSense sends is less than information.
    private var priority: String {
        switch update.severity {
        case .critical: "P1"
        case .error: "P2"
        case .warning: "P3"
        case .info: "P4"
        }
    }

    private static func pathSafe(_ key: String) -> String {
        String(key.map { $0 == "/" ? ":" : $0 == "%" ? "=" : $0 })
    }

    private static let name = "OpenSense"
    private static let silencePrefix = "opensense:silence:"
    private static let alarmPrefix = "opensense:alarm:"
}
