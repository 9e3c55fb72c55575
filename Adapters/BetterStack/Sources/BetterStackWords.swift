internal import AdapterKit
internal import OpenSenseWebhooks

/// What Better Stack says of a request that it does not take.
enum BetterStackWords {
    /// The words of `answer`, uncut: `errors` is one text, or the faults of each field by its name.
    ///
    /// - Source: vendors.md, section 3 (read 2026-11-20): `{"errors":"…"}` of a 409, and
    ///   `{"errors":{"name":["Can't be blank."]}}`.
    static func explanation(of answer: VendorResponse) -> String {
        let body = JSONBody.decode(answer.body)
        switch body?["errors"] {
        case .string(let text): return text
        case .array(let items): return items.compactMap(\.text).joined(separator: "; ")
        case .object(let faults):
            return faults.sortedByName.map { "\($0.name) \(words(of: $0.value))" }.joined(separator: "; ")
        default: break
        }
        return body?["message"]?.text ?? body?["error"]?.text ?? String(decoding: answer.body, as: UTF8.self)
    }

    private static func words(of fault: JSONValue) -> String {
        let texts = fault.items?.compactMap(\.text) ?? [fault.text].compactMap(\.self)
        return texts.isEmpty ? "is wrong" : texts.joined(separator: ", ")
    }
}
