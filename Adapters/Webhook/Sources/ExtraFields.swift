internal import AdapterKit

/// The header fields that a configuration adds to each request.
struct ExtraFields {
    let fields: [HeaderField]

    /// - Throws: ``AdapterSettingError`` for a field that is malformed, given twice, or set by others.
    init(_ text: String) throws(AdapterSettingError) {
        let lines = text.split { $0 == ";" || $0.isNewline }.map(Self.trimmed).filter { !$0.isEmpty }
        guard lines.count <= WebhookLimits.fieldsMax else {
            throw Self.error("has more than \(WebhookLimits.fieldsMax) fields.")
        }
        var fields: [HeaderField] = []
        var names: Set<String> = []
        for (index, line) in lines.enumerated() {
            let field = try Self.field(line, number: index + 1)
            guard names.insert(field.name.lowercased()).inserted else {
                throw Self.error("has the name of field \(index + 1) twice.")
            }
            fields.append(field)
        }
        self.fields = fields
    }

    private static func field(_ line: String, number: Int) throws(AdapterSettingError) -> HeaderField {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.allSatisfy(isToken) else {
            throw error("has a field \(number) that is not a name, a colon and a value.")
        }
        let (name, value) = (String(parts[0]), trimmed(parts[1]))
        guard !value.isEmpty, value.utf8.count <= WebhookLimits.fieldBytesMax,
            value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            throw error(
                "has a field \(number) whose value is not 1 to \(WebhookLimits.fieldBytesMax) characters of ASCII."
            )
        }
        if let problem = problem(with: name.lowercased()) { throw error("has a field \(number) \(problem)") }
        return HeaderField(name, value)
    }

    /// Why a name may not be set, completing "a field that"; nil for one that may.
    private static func problem(with name: String) -> String? {
        if credentials.contains(name) {
            return "for a credential, which would be shown: set signature to bearer, or use the address."
        }
        if clients.contains(name) || name.hasPrefix("proxy-") { return "that the HTTP client sets." }
        if ours.contains(name) || ourPrefixes.contains(where: name.hasPrefix) {
            return "that the adapter sets."
        }
        return nil
    }

    private static let credentials: Set = ["authorization", "cookie", "proxy-authorization"]
    private static let clients: Set = [
        "host", "content-length", "user-agent", "transfer-encoding", "connection", "keep-alive", "expect",
        "te", "trailer", "upgrade", "accept-encoding",
    ]
    private static let ours: Set = ["content-type", "content-encoding", "x-webhook-signature"]
    private static let ourPrefixes = ["x-opensense-", "webhook-", "ce-"]

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank = { (letter: Character) in letter == " " || letter == "\t" }
        return String(String(text.drop(while: isBlank).reversed()).drop(while: isBlank).reversed())
    }

    /// A byte of a header name (RFC 9110, section 5.6.2).
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    private static func error(_ problem: String) -> AdapterSettingError {
        AdapterSettingError(setting: WebhookSettings.Name.headers, problem)
    }
}
