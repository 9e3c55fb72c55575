internal import Glibc
internal import HTTPServer

/// The sockets that a supervisor listens on for the relay (sd_listen_fds(3)).
///
/// They stay open while the relay is restarted: what connects meanwhile waits, and nothing is refused.
package struct InheritedSockets: Sendable, Hashable {
    /// Where deliveries come; nil for the configuration's address.
    package var frontDoor: Int32?
    /// Where health is asked for, named `admin`; nil for the configuration's address.
    package var admin: Int32?

    /// None.
    package init() {}

    /// Those that the environment of the process `processID` names.
    ///
    /// - Throws: ``CommandError`` with code 78 for more than there is a use for.
    init(environment: [String: String], processID: Int = Int(getpid())) throws(CommandError) {
        guard environment["LISTEN_PID"].flatMap({ Int($0) }) == processID,
            let number = environment["LISTEN_FDS"]
        else { return }
        guard let count = Int(number), count >= 0 else {
            throw CommandError(.configuration, "LISTEN_FDS is not a number of sockets; unset it.")
        }
        let names = environment["LISTEN_FDNAMES"].map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }
        for index in 0..<min(count, Self.countMax + 1) {
            let descriptor = Self.first + Int32(index)
            let isAdmin = names.map { index < $0.count && $0[index] == "admin" } ?? false
            guard (isAdmin ? admin : frontDoor) == nil else {
                throw CommandError(
                    .configuration,
                    "The socket unit passes \(count) sockets; pass one for deliveries and at most one more, "
                        + "with FileDescriptorName=admin.")
            }
            if isAdmin { admin = descriptor } else { frontDoor = descriptor }
        }
    }

    /// The first descriptor that is passed on.
    private static let first: Int32 = 3
    private static let countMax = 2
}
