package import AdapterKit
package import HTTPServer
package import OpenSenseWebhooks
package import RelayCore

/// The configuration of a relay: checked, with defaults filled in and secrets fetched.
package struct Configuration: Sendable {
    /// Where deliveries are received.
    package var listen = ListenAddress.standard
    /// The proxies in front that are believed about whom they forward for.
    package var trustedProxies = TrustedProxies()
    /// What the front door is encrypted with; nil where it is not.
    package var tls: TLSIdentity?
    /// Where health is answered apart from deliveries; nil for nowhere.
    package var admin: ListenAddress?
    /// Where deliveries and work are kept.
    package var store: StoreLocation
    /// How long work belongs to the relay that has begun it; another one takes it over then.
    package var leaseSeconds = DeliveryEngine.leaseMilliseconds / 1_000
    /// How long the history is kept, in days.
    package var historyDays = Retention().historySeconds / 86_400
    /// The senders, at least one; no two have one path.
    package var sources: [SourceConfiguration]
    /// The destinations, at least one, by order of name.
    package var destinations: [DestinationConfiguration]
    /// The routes in order of precedence.
    package var routes: [Route]
    /// Which severity is worse.
    package var severities = SeverityOrder()
    /// Where the relay's own troubles are reported.
    package var trouble = TroubleDocument()
    /// The addresses that are asked regularly while the relay works.
    package var heartbeats: [HeartbeatConfiguration] = []
    /// What people call sites, devices and channels.
    package var names = PlaceNames()
    /// What is allowed and probably a mistake; a sentence each.
    package var warnings: [String] = []

    /// A configuration of its parts.
    package init(
        store: StoreLocation, sources: [SourceConfiguration], destinations: [DestinationConfiguration],
        routes: [Route]
    ) {
        self.store = store
        self.sources = sources
        self.destinations = destinations
        self.routes = routes
    }
}

/// A host and a port to listen on.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address of this machine.
    package var host: String
    /// 0...65535; 0 for any free one.
    package var port: Int

    /// The default: this machine only.
    package static let standard = ListenAddress(host: "127.0.0.1", port: 8_080)

    /// An address of its parts.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// The address in `HOST:PORT`, `[IPv6]:PORT` or `:PORT` for all of this machine's addresses; nil for
    /// anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.allSatisfy(\.isASCII), digits.allSatisfy(\.isNumber), let port = Int(digits),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }

    /// `HOST:PORT`.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Where a relay keeps what it must not lose.
package enum StoreLocation: Sendable, Hashable, CustomStringConvertible {
    /// A SQLite file.
    case sqlite(path: String)
    /// A database in PostgreSQL, which several relays can share.
    case postgresql(PostgreSQLAddress)
    /// Nothing outlives the process: for trying things out.
    case memory

    /// The location in `sqlite:PATH`, `postgres://…` or `memory:`; nil for anything else.
    package init?(_ text: String) {
        if text == "memory:" {
            self = .memory
        } else if let path = Self.sqlitePath(text) {
            guard Self.fault(of: text) == nil else { return nil }
            self = .sqlite(path: path)
        } else if let address = PostgreSQLAddress(text) {
            self = .postgresql(address)
        } else {
            return nil
        }
    }

    /// Why a `sqlite:` text is no location; nil where it is one, or another kind of text.
    ///
    /// SQLite has names that are no files, or not those that they seem to be: what is accepted there would
    /// be gone after a restart.
    package static func fault(of text: String) -> String? {
        guard let path = sqlitePath(text) else { return nil }
        if path.allSatisfy(\.isWhitespace) {
            return
                "\"\(text)\" has no path; expected sqlite:PATH, or memory: for a store that ends with the process."
        }
        if path.hasPrefix(":") || path.hasPrefix("file:") {
            return
                "\"\(text)\" is a special name of SQLite and no path; expected sqlite:PATH, or memory: for a store "
                + "that ends with the process."
        }
        return nil
    }

    private static func sqlitePath(_ text: String) -> String? {
        text.hasPrefix("sqlite:") ? String(text.dropFirst(7)) : nil
    }

    /// As it is written in a configuration, without a password.
    package var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgresql(let address): address.description
        case .memory: "memory:"
        }
    }
}

/// One sender.
package struct SourceConfiguration: Sendable {
    /// The path it POSTs to.
    package var path: String
    /// Its secrets: more than one while it rotates.
    package var secrets: [Secret]
    /// How far its clock may be from ours.
    package var tolerance: TimestampTolerance
    /// What is done with an authentic delivery that is too old or from the future.
    package var staleness: ResponsePolicy.Staleness
    /// Whether a header that disagrees with the signed body is refused instead of reported.
    package var strictHeaders: Bool
    /// For how many hours it may be silent; nil for any time.
    package var expectWithinHours: Int?
    /// Names whose incidents its are; empty for those of all sources without one.
    package var account = ""

    /// A source; the defaults are the contract's.
    package init(
        path: String = "/opensense", secrets: [Secret], tolerance: TimestampTolerance = .standard,
        staleness: ResponsePolicy.Staleness = .askAgain, strictHeaders: Bool = false
    ) {
        self.path = path
        self.secrets = secrets
        self.tolerance = tolerance
        self.staleness = staleness
        self.strictHeaders = strictHeaders
    }
}

/// One destination.
package struct DestinationConfiguration: Sendable {
    /// Its name in routes, logs and the store.
    package var name: String
    /// The type of its adapter.
    package var type: AdapterType
    /// Its adapter.
    package var adapter: any IncidentAdapter
    /// Names the place where ``adapter`` opens incidents; empty where nothing else is known.
    package var fingerprint = ""
    /// The adapters for incidents that were opened at another place, by its fingerprint.
    package var earlierAdapters: [String: any IncidentAdapter] = [:]
    /// Names what the vendor counts requests under; nil for the destination alone.
    package var vendor: String?
    /// The hosts and ports that it talks to.
    package var authorities: Set<String> = []
    /// The settings that may be shown, by name; secrets masked, several in a list.
    package var shownSettings: [String: JSONValue]
    /// How its updates are delivered.
    package var delivering = DeliverySettings()

    /// A destination.
    package init(
        name: String, type: AdapterType, adapter: any IncidentAdapter, shownSettings: [String: JSONValue]
    ) {
        self.name = name
        self.type = type
        self.adapter = adapter
        self.shownSettings = shownSettings
    }
}

/// How a destination's updates are delivered.
package struct DeliverySettings: Sendable, Hashable {
    /// How many requests may be on their way at once.
    package static let concurrencyRange = 1...64
    /// For how long an open may wait before the failover gets it, in seconds.
    package static let failoverAfterRange = 30...86_400

    /// What becomes of the updates behind one that the vendor refused.
    package var onDeadLetter = OnDeadLetter.hold
    /// The destination that gets what this one refused or did not take in 24 hours.
    package var failover: String?
    /// For how long an open waits before the failover gets it.
    package var failoverAfterSeconds = 300
    /// What follows when an open alarm gets worse than it has been.
    package var onWorse = OnWorse.page
    /// What follows when an alarm begins again after a person has acknowledged it.
    package var onReopened = OnReopened.page
    /// When an alarm that is over is left out because nothing of it was sent yet.
    package var collapse = CollapseResolved.overtaken
    /// Requests on their way at the same moment.
    package var concurrencyMax = 16
    /// How bad the sender's words are there, where it is not as usual.
    package var severityMap = SeverityMap()

    /// The defaults: hold, no failover, page again, 16 requests at once.
    package init() {}
}
