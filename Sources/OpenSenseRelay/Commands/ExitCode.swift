/// The exit status of a command.
///
/// - Source: 64 and above are the numbers of sysexits.h.
enum ExitCode: Int32, Comparable {
    /// Yes.
    case success = 0
    /// The answer is no: not verified, not delivered.
    case no = 1
    /// The command was called wrongly.
    case usage = 64
    /// The input is not what it should be.
    case badInput = 65
    /// There is no such file.
    case noInput = 66
    /// Something the command needs is not there: a port, a server, a store.
    case unavailable = 69
    /// The configuration is at fault.
    case configuration = 78

    /// From the best to the worst.
    static func < (left: ExitCode, right: ExitCode) -> Bool { left.rawValue < right.rawValue }
}
