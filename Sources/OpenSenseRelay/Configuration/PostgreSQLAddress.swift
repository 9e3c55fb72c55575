internal import RelayStorage

/// A `postgres://` address, which may hold a password: it is written nowhere but with the password masked.
///
/// It is taken apart byte by byte, as libpq does it: a `:` or an `@` with a combining accent behind it is
/// another character, and the same byte.
package struct PostgreSQLAddress: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What libpq is given.
    package let connectionString: String
    /// The address with every password masked.
    package let description: String
    /// The address without any password, for a command that a person is to run.
    package let withoutPassword: String

    /// The address in `postgres://…` or `postgresql://…`; nil for anything else.
    ///
    /// A password with an `@`, a `/` or a `:` that is not percent-encoded is refused, because libpq would
    /// take a part of it for the name of a host, and say so. So is a port that is no number: it may be a
    /// password that lacks its host.
    package init?(_ text: String) {
        // The server cannot have a zero byte, nor can an argument of libpq.
        guard !text.utf8.contains(0), let parts = AddressParts(Array(text.utf8)),
            PostgreSQLJournal.isWellFormed(text)
        else { return nil }
        connectionString = text
        description = parts.masked
        withoutPassword = parts.withoutPassword
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The parts of an address between its delimiters.
private struct AddressParts {
    private typealias Bytes = ArraySlice<UInt8>

    private let scheme: Bytes
    /// Before the `@`; nil where there is none.
    private let user: (name: Bytes, hasPassword: Bool)?
    /// Hosts, ports and the name of the database.
    private let place: Bytes
    /// Behind the `?`; nil where there is none.
    private let settings: [Bytes]?

    /// nil where libpq could take a password for something else.
    init?(_ text: [UInt8]) {
        guard let scheme = Self.schemes.first(where: { text.starts(with: $0) }) else { return nil }
        self.scheme = text[..<scheme.count]
        let rest = text[scheme.count...]
        let authority = rest.prefix { $0 != Self.slash && $0 != Self.question }
        let ends = authority.split(separator: Self.at, omittingEmptySubsequences: false)
        guard ends.count <= 2, !rest[authority.endIndex...].contains(Self.at), let hosts = ends.last,
            hosts.split(separator: Self.comma).allSatisfy(Self.hasNumericPort)
        else { return nil }
        if ends.count == 2 {
            let words = ends[0].split(separator: Self.colon, omittingEmptySubsequences: false)
            guard words.count <= 2 else { return nil }
            user = (words[0], words.count == 2)
        } else {
            user = nil
        }
        let question = rest.firstIndex(of: Self.question)
        place = rest[hosts.startIndex..<(question ?? rest.endIndex)]
        settings = question.map {
            rest[($0 + 1)...].split(separator: Self.ampersand, omittingEmptySubsequences: false)
        }
    }

    /// The address with `••••` for every password.
    var masked: String {
        var text = Array(scheme)
        if let user { text += user.name + (user.hasPassword ? Self.mask(after: ":") : []) + [Self.at] }
        text += place
        if let settings {
            text += [Self.question] + settings.map(Self.masked).joined(separator: [Self.ampersand])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The address without the password, and without settings that may be one.
    var withoutPassword: String {
        var text = Array(scheme)
        if let user { text += user.name + [Self.at] }
        text += place
        let shown = (settings ?? []).filter { Self.masked($0) == Array($0) }.map(Array.init)
        if !shown.isEmpty { text += [Self.question] + shown.joined(separator: [Self.ampersand]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// A setting as it is, unless it may be a secret: names may be percent-encoded, so only those that are
    /// known to be harmless are shown with their value.
    private static func masked(_ setting: Bytes) -> [UInt8] {
        let name = setting.prefix { $0 != UInt8(ascii: "=") }
        return shownSettings.contains(Array(name)) ? Array(setting) : name + mask(after: "=")
    }

    private static func mask(after delimiter: String) -> [UInt8] { Array("\(delimiter)••••".utf8) }

    /// Whether what follows a host's `:` is digits, or nothing; an IPv6 address has its colons in brackets.
    private static func hasNumericPort(_ host: Bytes) -> Bool {
        let end = host.first == UInt8(ascii: "[") ? host.firstIndex(of: UInt8(ascii: "]")) : nil
        let rest = end.map { host[($0 + 1)...] } ?? host
        guard end == nil || rest.isEmpty || rest.first == colon else { return false }
        return rest.drop { $0 != colon }.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    private static let slash = UInt8(ascii: "/")
    private static let question = UInt8(ascii: "?")
    private static let at = UInt8(ascii: "@")
    private static let colon = UInt8(ascii: ":")
    private static let comma = UInt8(ascii: ",")
    private static let ampersand = UInt8(ascii: "&")

    private static let schemes = ["postgres://", "postgresql://"].map { Array($0.utf8) }

    /// The settings of libpq that may be shown: address and mode, nothing secret.
    private static let shownSettings = Set(
        [
            "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
            "gssencmode",
            "host", "hostaddr", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
            "load_balance_hosts", "options", "passfile", "port", "require_auth", "service", "sslcert",
            "sslcrl",
            "sslkey", "sslmode", "sslrootcert", "target_session_attrs", "tcp_user_timeout", "user",
        ].map { Array($0.utf8) })
}
