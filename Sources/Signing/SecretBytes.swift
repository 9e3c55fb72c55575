/// Bytes that must not be seen: overwritten when the last reference goes, described as `<secret>`.
///
/// `@unchecked Sendable`: nothing changes after the initialiser.
@safe package final class SecretBytes: @unchecked Sendable, CustomStringConvertible {
    private let storage: UnsafeMutableBufferPointer<UInt8>

    /// A copy of `bytes`; the caller's copy is the caller's to forget.
    package init(_ bytes: some Collection<UInt8>) {
        unsafe storage = .allocate(capacity: max(bytes.count, 1))
        unsafe storage.initialize(repeating: 0)
        count = bytes.count
        for (index, byte) in bytes.enumerated() { unsafe storage[index] = byte }
    }

    /// How many bytes there are.
    package let count: Int

    /// Gives the bytes to `body`; they must not be kept.
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        unsafe body(UnsafeBufferPointer(rebasing: storage.prefix(count)))
    }

    /// Gives the bytes to `body` without a copy that would have to be overwritten.
    package func withSpan<Result, Failure>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // `self`, and so the storage, lives until this returns; a span cannot leave `body`.
        let bytes = unsafe UnsafeBufferPointer(rebasing: storage.prefix(count))
        return try unsafe body(bytes.span)
    }

    /// A copy of the bytes, for the one place that puts them on the wire.
    package var revealed: [UInt8] { unsafe withBytes { unsafe Array($0) } }

    package var description: String { "<secret>" }

    deinit {
        unsafe Memory.wipe(UnsafeMutableRawBufferPointer(storage))
        unsafe storage.deallocate()
    }
}
