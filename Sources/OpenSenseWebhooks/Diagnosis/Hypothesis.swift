/// One way in which what was signed may differ from what was received, and the bytes if it were so.
struct Hypothesis {
    /// The stable name; nil for "just as it was received".
    let code: String?
    /// One sentence that says what is wrong and what would make it right.
    let message: String
    /// The bytes under this hypothesis.
    let bytes: [UInt8]

    /// Just as it was received.
    static func asReceived(_ bytes: [UInt8]) -> Hypothesis {
        Hypothesis(code: nil, message: "", bytes: bytes)
    }

    /// The finding that the hypothesis is when it fits.
    var finding: SignatureFinding? {
        code.map { SignatureFinding(code: $0, message: message) }
    }
}

extension [Hypothesis] {
    /// Adds a hypothesis unless it is what has been tried already.
    mutating func add(_ code: String, _ message: String, _ bytes: [UInt8]?) {
        guard let bytes, !contains(where: { $0.bytes == bytes }) else { return }
        append(Hypothesis(code: code, message: message, bytes: bytes))
    }
}
