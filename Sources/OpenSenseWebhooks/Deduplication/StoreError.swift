/// Why a store could not do something.
///
/// Safe to log: it names files, counts and codes, never what was to be stored.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is; the raw value is its stable name.
    public enum Kind: String, Sendable, Hashable {
        /// No room on the disk, or a limit on the file's size.
        case full
        /// The disk, the file system or the database's own machine failed.
        case inputOutput = "input-output"
        /// The file is not writable, or its folder does not exist.
        case unwritable
        /// Another process has the store open.
        case inUse = "in-use"
        /// A newer version of this software wrote the store.
        case newerVersion = "newer-version"
        /// It is not a store of this software, or it is damaged.
        case damaged
        /// The store has been closed.
        case closed
        /// More is waiting, or being handled, than the store takes on.
        case overloaded
        /// The database server cannot be reached, or the connection to it broke.
        case unreachable
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// One sentence for a person.
    public let description: String

    /// A failure.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
