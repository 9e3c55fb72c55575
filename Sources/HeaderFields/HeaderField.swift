internal import ASCIIBytes

/// One header field, with its name as it was written.
public struct HeaderField: Sendable, Hashable {
    /// The name, compared without regard to ASCII case.
    public var name: String
    /// The value without the white space around it.
    public var value: String

    /// A field; nothing is checked before it is sent.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension [HeaderField] {
    /// The value of the first field called `name`, or nil.
    public func firstValue(named name: String) -> String? {
        first { ASCII.equalsIgnoringCase($0.name, name) }?.value
    }

    /// The values of all fields called `name`, in the order received.
    public func values(named name: String) -> [String] {
        filter { ASCII.equalsIgnoringCase($0.name, name) }.map(\.value)
    }
}
