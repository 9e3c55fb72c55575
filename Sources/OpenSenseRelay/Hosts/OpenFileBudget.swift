#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// How the files that a process may have open are divided, so that connections of strangers never use up
/// what the store, the resolver and the connections to vendors need.
package struct OpenFileBudget: Sendable, Hashable {
    /// The most files that may be open.
    ///
    /// - Unit: file descriptors.
    package let limit: Int

    /// The least limit that a relay can work with.
    package static let limitMin = 128

    /// A budget within `limit`; nil when that is less than ``limitMin``.
    package init?(limit: Int) {
        guard limit >= Self.limitMin else { return nil }
        self.limit = limit
    }

    /// Connections that a server for the administration may have open.
    package var adminConnectionsMax: Int { min(32, limit / 16) }

    /// Connections to vendors, idle ones included.
    package var clientConnectionsMax: Int { min(256, limit / 4) }

    /// Connections of senders and strangers.
    package var serverConnectionsMax: Int {
        min(16_384, limit - Self.ownFiles - clientConnectionsMax - adminConnectionsMax)
    }

    /// Files of the process itself; an idle relay on SQLite has 25 open.
    ///
    /// Streams, stores, listening sockets, wake-up pipes, name resolution, certificates, what libdispatch
    /// reads in /proc.
    private static let ownFiles = 64

    /// Raises the process's limit as far as it may be, but not beyond what a relay can use, and gives it.
    ///
    /// Some libraries walk through all numbers up to the limit, so a needless million is not asked for.
    package static func raiseLimit() -> Int {
        var limit = rlimit()
        // The structure lives through each call.
        guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
        let wanted = rlim_t(usefulLimit)
        if limit.rlim_cur < wanted, limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = min(wanted, limit.rlim_max)
            unsafe setrlimit(resource, &limit)
            unsafe getrlimit(resource, &limit)
        }
        return Int(clamping: limit.rlim_cur)
    }

    private static let usefulLimit = 20_480

    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif
}
