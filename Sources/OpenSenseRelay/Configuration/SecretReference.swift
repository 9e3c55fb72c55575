package import OpenSenseWebhooks

/// Where a secret is: `env:NAME` or `file:PATH`.
///
/// A configuration never holds the secret itself, because files are copied, shown and committed.
package enum SecretReference: Sendable, Hashable {
    /// An environment variable, taken as it is.
    case environment(name: String)
    /// A file; exactly one newline at its end is dropped, because text files end in one.
    case file(path: String)

    /// The longest file that is taken for a secret, in bytes.
    package static let fileBytesMax = 65_536

    /// The reference in `text`.
    ///
    /// - Throws: ``SecretReferenceError`` when it is none.
    package init(_ text: String) throws(SecretReferenceError) {
        if text.hasPrefix("env:"), text.utf8.count > 4 {
            self = .environment(name: String(text.dropFirst(4)))
        } else if text.hasPrefix("file:"), text.utf8.count > 5 {
            self = .file(path: String(text.dropFirst(5)))
        } else {
            throw SecretReferenceError(
                message: "Expected \"env:NAME\" or \"file:PATH\"; a secret itself does not belong here.")
        }
    }

    /// Why a secret's file is better not left as it is; nil for none.
    ///
    /// - Parameter permissions: Who may do what with it, as `chmod` counts.
    package static func doubt(_ path: String, permissions: Int?) -> String? {
        guard let permissions, permissions & 0o006 != 0 else { return nil }
        return
            "every user of this machine can \(permissions & 0o004 != 0 ? "read" : "change") \(path): chmod 600."
    }

    /// Fetches the secret.
    ///
    /// - Throws: ``SecretReferenceError`` when there is none.
    package func secret(
        environment: [String: String], readFile: (String) throws -> [UInt8]
    ) throws(SecretReferenceError) -> Secret {
        var bytes: [UInt8]
        switch self {
        case .environment(let name):
            guard let value = environment[name] else {
                throw SecretReferenceError(message: "The environment variable \(name) is not set.")
            }
            bytes = Array(value.utf8)
        case .file(let path):
            do { bytes = try readFile(path) } catch {
                let reason = FileFault.sentence(error, path)
                throw SecretReferenceError(message: reason)
            }
            guard bytes.count <= Self.fileBytesMax else {
                throw SecretReferenceError(message: "The file \(path) is too long for a secret.")
            }
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        }
        do { return try Secret(bytes: bytes) } catch {
            throw SecretReferenceError(message: "The secret is empty.")
        }
    }
}

/// Why there is no secret where a reference points.
package struct SecretReferenceError: Error, Hashable {
    /// One sentence that is safe to log.
    package let message: String
}
