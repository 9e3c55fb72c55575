/// The bytes of one connection that have come and are not read yet.
package struct InputBuffer: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    /// An empty one.
    package init() {}

    /// What an idle connection may hold on to, in bytes: thousands of them may be open.
    private static let keptCapacityMax = 1_024

    /// How many bytes there are.
    package var count: Int { bytes.count - start }

    /// Gives the bytes to `body`.
    func withSpan<Result, Failure>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(bytes.span.extracting(start..<bytes.count))
    }

    subscript(index: Int) -> UInt8 { bytes[start + index] }

    /// A copy of the first `count` bytes, which are then read.
    mutating func take(_ count: Int) -> [UInt8] {
        defer { drop(count) }
        return Array(bytes[start..<start + count])
    }

    /// Moves the first `count` bytes to the end of `other`.
    mutating func move(_ count: Int, to other: inout [UInt8]) {
        other.append(contentsOf: bytes[start..<start + count])
        drop(count)
    }

    /// Passes the first `count` bytes over.
    mutating func drop(_ count: Int) {
        start += count
        guard start == bytes.count else { return }
        start = 0
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacityMax)
    }

    /// Gives back room that a few bytes do not need.
    package mutating func trim() {
        guard bytes.capacity > Self.roomMax, count <= Self.roomMax / 2 else { return }
        bytes = Array(bytes[start...])
        start = 0
    }

    /// Up to here a buffer keeps its room, in bytes.
    private static let roomMax = 4_096

    /// Adds the first `count` bytes of `new`.
    package mutating func append(_ count: Int, of new: [UInt8]) {
        if start > 0 {
            // What was read leaves before anything is added, so that the buffer is as long as what is unread.
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: new[..<count])
    }
}
