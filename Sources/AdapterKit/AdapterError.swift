/// Why an update cannot be put into a vendor's terms, now or ever.
public struct AdapterError: Error, Hashable, CustomStringConvertible {
    /// One sentence that is safe to log.
    public let description: String

    /// An error explained by `description`, which holds no secret and no text of the event.
    public init(_ description: String) { self.description = description }
}
