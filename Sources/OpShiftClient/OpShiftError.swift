public import OpenSenseWebhooks

/// Why a call to OpShift came to nothing.
public struct OpShiftError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was at fault.
    @nonexhaustive public enum Cause: Sendable, Hashable {
        /// An argument, by its name; nothing was sent.
        case argument(String)
        /// The network: no name, no connection, no answer in time.
        case network
        /// OpShift refused; ``statusCode`` says how.
        case refusal
        /// An answer that says yes and cannot be read.
        case answer
    }

    /// What was at fault.
    public let cause: Cause
    /// The HTTP status; 0 for a failure of the network; nil where nothing was sent.
    public let statusCode: Int?
    /// One sentence for a person, without the secret.
    public let message: String
    /// The JSON that came with a refusal, if it is JSON.
    public let body: JSONValue?

    /// The message, with the status or the argument in front.
    public var description: String {
        switch cause {
        case .argument(let name): "OpShift: \(name): \(message)"
        case .network: "OpShift could not be reached: \(message)"
        case .refusal, .answer: "OpShift answered \(statusCode ?? 0): \(message)"
        }
    }

    /// A failure of the network, as a transport of your own throws it.
    public static func network(_ message: String) -> OpShiftError {
        OpShiftError(cause: .network, statusCode: 0, message: message, body: nil)
    }

    static func argument(_ name: String, _ message: String) -> OpShiftError {
        OpShiftError(cause: .argument(name), statusCode: nil, message: message, body: nil)
    }
}
