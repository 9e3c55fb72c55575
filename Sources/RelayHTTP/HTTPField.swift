/// One header field, with its name as it was written.
package struct HTTPField: Sendable, Hashable {
    /// The name, compared without regard to ASCII case.
    package var name: String
    /// The value without the white space around it.
    package var value: String

    /// Creates a field; nothing is checked before it is sent.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

extension [HTTPField] {
    /// The value of the first field called `name`, or nil.
    package func firstValue(named name: String) -> String? {
        first { ASCII.equalsIgnoringCase($0.name, name) }?.value
    }

    /// The values of all fields called `name`, in the order received.
    package func values(named name: String) -> [String] {
        filter { ASCII.equalsIgnoringCase($0.name, name) }.map(\.value)
    }
}
