internal import AdapterKit
internal import OpenSenseWebhooks

/// An id as a header field can have it.
enum HeaderID {
    /// The id itself where it is one word of ASCII; else a digest of it, the same each time.
    static func text(_ id: String) throws(AdapterError) -> String {
        let isWord = id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        if isWord, (1...WebhookLimits.idBytesMax).contains(id.utf8.count) { return id }
        return try digest(id)
    }

    /// The id where it has no full stop, else a digest of it.
    ///
    /// A signature over parts between full stops would also hold for other parts.
    ///
    /// - Source: Standard Webhooks specification, "Signature scheme" (read 2026-11-26).
    static func withoutFullStop(_ id: String) throws(AdapterError) -> String {
        try id.contains(".") ? digest(id) : id
    }

    private static func digest(_ id: String) throws(AdapterError) -> String {
        guard let key = try? Secret("opensense-relay delivery id") else {
            throw AdapterError("The delivery's id has no digest.")
        }
        return try "digest-" + HMACSHA256(of: Array(id.utf8), key: key).hexadecimal
    }
}
