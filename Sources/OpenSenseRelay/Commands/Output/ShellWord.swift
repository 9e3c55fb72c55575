internal import AdapterKit

/// A word for a shell, in single quotes.
enum ShellWord {
    static func quoted(_ text: String) -> String { "'\(escaped(text))'" }

    /// `text` as it stands between single quotes.
    static func escaped(_ text: String) -> String { text.replacingBytes(of: "'", with: "'\\''") }
}
