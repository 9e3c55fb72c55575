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

    /// Sets what holds for the whole process, before any command runs.
    static func prepare() {
        // A reader that has gone (`| head`) must not end the process before it has cleaned up.
        signal(SIGPIPE, SIG_IGN)
        // The store holds sensor data: only its owner may read it.
        umask(0o077)
        // A limit on the size of files must be an error of the store, which passes, not the end of the
        // process.
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Ends the process once the log is written.
    static func end(_ code: Int32) -> Never {
        Live.logLines.flush()
        exit(code)
    }
}
