internal import Glibc
internal import OpenSenseWebhooks

/// Standard output and standard error.
enum Terminal {
    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes a text to standard output.
    static func out(_ text: String) { write(Array(VisibleText.lines(text).utf8), to: STDOUT_FILENO) }

    /// Writes bytes to standard output.
    static func out(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    /// Writes a text to standard error.
    static func error(_ text: String) { write(Array(VisibleText.lines(text).utf8), to: STDERR_FILENO) }

    /// Untrusted text in one line, with a visible escape for everything that would control a terminal.
    static func plain(_ text: String) -> String { VisibleText.line(text) }

    /// One call for each text, so that lines of several threads do not mix; a reader that has gone is no
    /// fault.
    private static func write(_ whole: [UInt8], to descriptor: Int32) {
        var bytes = whole[...]
        while !bytes.isEmpty {
            // The buffer lives through the call.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
