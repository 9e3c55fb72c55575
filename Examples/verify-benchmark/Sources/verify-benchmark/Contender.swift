/// One way to find out whether a message is authentic, ready to do so again and again.
struct Contender {
    /// What the table calls it.
    let name: String
    /// Verifies once; false when it does not hold, which would make the figures worthless.
    let verify: () -> Bool
}

/// What is signed in every measurement, and with what.
enum Message {
    static let secret = "a secret for benchmarks only"
    static let timestamp = 1_717_248_000
    /// The bodies' lengths in bytes: half a KiB, one, twenty, a quarter of a MiB.
    static let sizes = [512, 1_024, 20_480, 262_144]

    /// A JSON document of exactly `size` bytes; the same as in peers.py.
    static func body(size: Int) -> [UInt8] {
        let (start, end) = (Array(#"{"padding":""#.utf8), Array(#""}"#.utf8))
        return start + Array(repeating: UInt8(ascii: "a"), count: size - start.count - end.count) + end
    }
}
