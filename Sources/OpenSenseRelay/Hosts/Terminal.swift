internal import Glibc
internal import OpenSenseWebhooks
internal import Synchronization

/// Standard output and standard error.
///
/// Whatever text goes there is shown as ``VisibleText`` has it: strangers' words are in most of them.
enum Terminal {
    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes a text to standard output.
    static func out(_ text: String) { out(Array(VisibleText.lines(text).utf8)) }

    /// Writes bytes to standard output, as they are.
    static func out(_ bytes: [UInt8]) {
        guard let number = write(bytes, to: STDOUT_FILENO) else { return }
        failure.withLock { $0 = $0 ?? number }
    }

    /// Writes a text to standard error.
    static func error(_ text: String) { _ = write(Array(VisibleText.lines(text).utf8), to: STDERR_FILENO) }

    /// Writes lines of the log, which escapes what it quotes, to standard error as they are.
    static func log(_ lines: String) { _ = write(Array(lines.utf8), to: STDERR_FILENO) }

    /// Untrusted text in one line, with a visible escape for everything that would control a terminal.
    static func plain(_ text: String) -> String { VisibleText.line(text) }

    /// Why standard output was not written as a whole, in a sentence; nil when it was, or when its reader
    /// has gone: `| head -1` has what it wants.
    static var outputFault: String? {
        guard let number = failure.withLock(\.self), number != EPIPE else { return nil }
        return
            "Standard output could not be written: \(FileFault.words(number)). What was printed is not whole."
    }

    /// The number of the first failure to write to standard output.
    private static let failure = Mutex<Int32?>(nil)

    /// One call for each text, so that lines of several threads do not mix.
    ///
    /// - Returns: The number of a failure.
    private static func write(_ whole: [UInt8], to descriptor: Int32) -> Int32? {
        var bytes = whole[...]
        while !bytes.isEmpty {
            // The buffer lives through the call.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {  // another program has made the pipe one that does not block
                awaitRoom(descriptor)
                continue
            }
            guard count > 0 else { return errno }
            bytes = bytes.dropFirst(count)
        }
        return nil
    }

    private static func awaitRoom(_ descriptor: Int32) {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // The structure lives through the call.
        _ = unsafe poll(&wanted, 1, -1)
    }
}
