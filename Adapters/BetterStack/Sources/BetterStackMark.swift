internal import AdapterKit
internal import OpenSenseWebhooks

/// What the metadata of an incident say of its origin: by it an incident of ours is found again.
struct BetterStackMark {
    /// The incident, the same in every version of this software.
    let key: String
    /// The update that created it.
    let nonce: String

    init(_ update: IncidentUpdate, nonce: String) {
        key = update.key.vendorKey(charactersMax: BetterStackLimits.keyCharactersMax)
        self.nonce = nonce
    }

    /// The metadata of a create: lists of texts.
    ///
    /// - Source: unconfirmed; a client in production sends lists: connext/everclear, betteruptime.ts (read
    ///   2026-11-26). Better Stack documents no more than that it is an object.
    func metadata(of update: IncidentUpdate) -> JSONObject {
        [
            Self.keyName: [.string(key)], Self.nonceName: [.string(nonce)],
            "opensense_delivery_id": [.string(BetterStackLimits.deliveryID.cutLine(update.deliveryID))],
            "opensense_severity": [.string(update.severity.rawValue)],
        ]
    }

    /// Whether an incident with these metadata has the same key.
    func hasKey(_ metadata: JSONValue?) -> Bool { Self.texts(metadata?[Self.keyName]).contains(key) }

    /// Whether an incident with these metadata was created by the same update.
    func hasNonce(_ metadata: JSONValue?) -> Bool { Self.texts(metadata?[Self.nonceName]).contains(nonce) }

    /// A value in any form: a text, an object with a `value`, or a list of those.
    private static func texts(_ value: JSONValue?) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let items): items.compactMap { $0.text ?? $0["value"]?.text }
        case .object: [value?["value"]?.text].compactMap(\.self)
        default: []
        }
    }

    private static let keyName = "opensense_key"
    private static let nonceName = "opensense_nonce"
}
