internal import RelayStorage

/// A `postgres://` address, which may hold a password: it is written nowhere but with the password masked.
package struct PostgreSQLAddress: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What libpq is given.
    package let connectionString: String

    /// The address in `postgres://…` or `postgresql://…`; nil for anything else.
    ///
    /// A password with an `@`, a `/` or a `:` that is not percent-encoded is refused, because libpq would take a part of it
    /// for the name of a host, and say so.
    package init?(_ text: String) {
        guard let start = Self.afterScheme(text) else { return nil }
        let rest = text[start...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard rest.count(where: { $0 == "@" }) == authority.count(where: { $0 == "@" }) else { return nil }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 1 || parts[0].count(where: { $0 == ":" }) <= 1 else {
            return nil
        }
        // The server cannot have it, nor can an argument of libpq.
        guard !text.utf8.contains(0), PostgreSQLJournal.isWellFormed(text) else { return nil }
        connectionString = text
    }

    private static func afterScheme(_ text: String) -> String.Index? {
        ["postgres://", "postgresql://"].first { text.hasPrefix($0) }
            .map { text.index(text.startIndex, offsetBy: $0.count) }
    }

    /// The address with every password masked.
    package var description: String {
        guard let start = Self.afterScheme(connectionString) else { return "postgres://" }
        let rest = connectionString[start...]
        var masked = String(connectionString[..<start])
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        var place = rest[..<question]
        if let at = place.firstIndex(of: "@") {
            let user = place[..<at].prefix { $0 != ":" }
            masked += user.endIndex == at ? "\(user)@" : "\(user):••••@"
            place = place[at...].dropFirst()
        }
        masked += place
        guard question < rest.endIndex else { return masked }
        let settings = rest[question...].dropFirst().split(separator: "&", omittingEmptySubsequences: false)
        return masked + "?" + settings.map(Self.masked).joined(separator: "&")
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// A setting as it is, unless it may be a secret: names may be percent-encoded, so only those that are known to be
    /// harmless are shown with their value.
    private static func masked(_ setting: Substring) -> String {
        let name = setting.prefix { $0 != "=" }
        return shownSettings.contains(String(name)) ? String(setting) : "\(name)=••••"
    }

    /// The settings of libpq that tell where and how, and nothing secret.
    private static let shownSettings: Set<String> = [
        "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname", "gssencmode",
        "host", "hostaddr", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
        "load_balance_hosts", "options", "passfile", "port", "require_auth", "service", "sslcert", "sslcrl",
        "sslkey", "sslmode", "sslrootcert", "target_session_attrs", "tcp_user_timeout", "user",
    ]
}
