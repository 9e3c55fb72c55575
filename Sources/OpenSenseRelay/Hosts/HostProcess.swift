internal import FoundationEssentials
internal import Glibc

/// The process that the commands run in.
enum HostProcess {
    /// The arguments without the name of the program.
    static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

    /// The environment variables.
    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Whether it may write to the system's own folders.
    static var isRoot: Bool { geteuid() == 0 }

    /// The name of the user that it runs as.
    static var userName: String { ProcessInfo.processInfo.userName }

    /// Sets what holds for the whole process, before any command runs.
    static func prepare() {
        fillStandardStreams()
        // A reader that has gone (`| head`) must not end the process before it has cleaned up.
        signal(SIGPIPE, SIG_IGN)
        // The store holds sensor data: only its owner may read it.
        umask(0o077)
        // A limit on the size of files must be an error of the store, which passes, not the end of the
        // process.
        signal(SIGXFSZ, SIG_IGN)
        forbidCores()
    }

    /// Takes the places of standard streams that are closed, which the next file would have: a store in the
    /// place of standard output would be printed into.
    ///
    /// Each is open for the other direction, so that using it fails.
    private static func fillStandardStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The text is a constant.
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Keeps secrets out of a core.
    ///
    /// There is none, or where another program takes them, none of the memory is in it.
    private static func forbidCores() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        // The structure lives through the call.
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        try? Data("0".utf8).write(to: URL(filePath: "/proc/self/coredump_filter"))
    }

    /// Ends the process once the log is written.
    static func end(_ code: Int32) -> Never {
        Live.logLines.flush()
        exit(code)
    }
}
