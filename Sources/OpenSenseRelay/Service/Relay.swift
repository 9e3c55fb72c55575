internal import HTTPClient
internal import HTTPServer
package import OpenSenseWebhooks
package import RelayCore
internal import RelayStorage

/// A running relay: server, journal and deliveries, put together from a configuration.
package final class Relay: Sendable {
    /// How long what is running may take to finish once the relay is asked to stop, in seconds.
    ///
    /// With the steps after it this stays below the 10 s that a supervisor usually waits.
    package static let stopGraceSeconds = 5

    /// How long a store may take after that, in seconds.
    private static let storeGraceSeconds = 2

    private let listen: String
    private let location: StoreLocation
    private let destinations: [String]
    private let server: HTTPServer
    private let admin: HTTPServer?
    /// Nil without TLS.
    private let certificates: CertificateWatch?
    private let store: any OpenJournal
    private let journal: any Journal
    private let client: HTTPClient
    private let service: DeliveryService
    private let heartbeats: Heartbeats
    private let dispatcher: Dispatcher
    private let effects: Effects
    private let observe: @Sendable (RelayEvent) -> Void

    /// Opens the store and starts to listen; deliveries to vendors begin with ``run(until:)``.
    ///
    /// - Throws: ``RelayStartError``.
    package init(
        _ configuration: Configuration, sockets: InheritedSockets = InheritedSockets(), effects: Effects,
        observe: @escaping @Sendable (RelayEvent) -> Void
    ) throws(RelayStartError) {
        listen =
            sockets.frontDoor == nil ? configuration.listen.description : "a socket of the supervisor"
        location = configuration.store
        destinations = configuration.destinations.map(\.name)
        self.effects = effects
        self.observe = observe
        let generation: Generation
        do { generation = try Generation(configuration) } catch { throw .verifier(error.description) }
        let current = CurrentGeneration(generation)
        let limit = OpenFileBudget.raiseLimit()
        guard let files = OpenFileBudget(limit: limit) else { throw .openFiles(limit: limit) }
        do { client = try HTTPClient(connectionsMax: files.clientConnectionsMax) } catch {
            throw .client(error.message)
        }
        do {
            let names = Set(configuration.destinations.map(\.name))
            store = try configuration.store.open(destinations: names, effects: effects) { gone in
                for name in gone { observe(.destinationGone(name: name)) }
            }
        } catch { throw .store(error) }
        let vitals = VitalSigns()
        journal = ObservedJournal(store, vitals: vitals, now: effects.steadyTime, observe: observe)
        service = DeliveryService(
            journal: journal, client: client, vitals: vitals, effects: effects, observe: observe)
        heartbeats = Heartbeats(
            HeartbeatTarget.all(configuration), journal: journal, client: client, vitals: vitals,
            effects: effects,
            observe: observe)
        let engine = DeliveryEngine(
            destinations: generation.destinations, policy: RetryPolicy(), seed: effects.random(),
            now: effects.now, leaseMilliseconds: configuration.leaseSeconds * 1_000)
        var rhythm = BackgroundRhythm()
        rhythm.retention = configuration.retention
        dispatcher = Dispatcher(
            engine: engine, intake: generation.intake, rhythm: rhythm,
            troubles: generation.troubles, now: effects.steadyTime())
        let hasAdmin = configuration.admin != nil || sockets.admin != nil
        let observeAndNote: @Sendable (RelayEvent) -> Void = { [service] in
            observe($0)
            service.note($0)
        }
        let handler = IntakeHandler(
            current: current, journal: journal, effects: effects,
            observe: observeAndNote, onWork: service.workIsDue,
            onHeard: generation.troubles.isOff ? nil : service.hear,
            hidesReadiness: hasAdmin)
        var limits = ServerLimits()
        limits.connectionsMax = files.serverConnectionsMax
        limits.trustedProxies = configuration.trustedProxies
        let place = ListenPlace(sockets.frontDoor, or: configuration.listen)
        let server = try Self.listen(place, handler, limits, tls: configuration.tls?.context)
        self.server = server
        certificates = configuration.tls.map {
            CertificateWatch(
                $0, readFile: Files.regularContents, effects: effects, observe: observeAndNote,
                use: server.replace(tls:))
        }
        var adminLimits = ServerLimits()
        adminLimits.connectionsMax = files.adminConnectionsMax
        admin =
            if hasAdmin {
                try Self.listen(
                    ListenPlace(sockets.admin, or: configuration.admin ?? .standard), AdminHandler(handler),
                    adminLimits)
            } else { nil }
    }

    /// The port it listens on, also when any free one was asked for.
    package var port: Int { server.port }

    /// Delivers until `stop` returns; then stops accepting, lets what is running finish, and closes the
    /// store.
    ///
    /// Call it once.
    package func run(until stop: @escaping @Sendable () async -> Void) async {
        observe(
            .started(
                listen: listen, port: port, store: location.description,
                destinations: destinations, version: Version.text))
        for name in store.removedDestinations { observe(.destinationGone(name: name)) }
        await serve(until: stop)
        client.close()
        store.close()
        observe(.stopped)
    }

    /// Siblings that end together: leaving the scope cancels what is not awaited and waits for it.
    private func serve(until stop: @Sendable () async -> Void) async {
        async let delivering: Void = service.run(dispatcher)
        async let beating: Void = heartbeats.run()
        // Not awaited: a file on a host that does not answer would hold the end up.
        let watching = UnawaitedTask.start("watch the certificate") { [certificates] in
            await certificates?.run()
        }
        defer { watching.cancel() }
        await stop()
        observe(.stopping)
        async let _: Void = cutOff()
        heartbeats.stop()
        server.stop(graceSeconds: Self.stopGraceSeconds / 2)
        admin?.stop(graceSeconds: 0)
        service.drain()
        await delivering
        await beating
    }

    /// Ends the requests to vendors that take too long: they fail, and are written down to be tried again.
    ///
    /// Where the store does not answer either, nothing is written down, and their leases run out.
    private func cutOff() async {
        do { try await effects.sleep(Self.stopGraceSeconds * 1_000) } catch { return }
        client.close()
        store.endWaiting()
        do { try await effects.sleep(Self.storeGraceSeconds * 1_000) } catch { return }
        service.abandon()
    }

    private static func listen(
        _ place: ListenPlace, _ handler: any ServerHandler, _ limits: ServerLimits, tls: TLSContext? = nil
    ) throws(RelayStartError) -> HTTPServer {
        do {
            return try HTTPServer.start(at: place, tls: tls, limits: limits, handler: handler)
        } catch { throw .listen(error.description) }
    }
}

extension ListenPlace {
    /// The socket that the supervisor passed on, else an address.
    init(_ inherited: Int32?, or address: ListenAddress) {
        self = inherited.map(ListenPlace.inherited) ?? .address(host: address.host, port: address.port)
    }
}

/// Why a relay cannot start.
///
/// Each is one sentence.
package enum RelayStartError: Error, CustomStringConvertible {
    /// The store.
    case store(StoreError)
    /// The address.
    case listen(String)
    /// libcurl.
    case client(String)
    /// The secrets.
    case verifier(String)
    /// The limit on open files is too low.
    case openFiles(limit: Int)

    package var description: String {
        switch self {
        case .store(let error): error.description
        case .listen(let text), .client(let text), .verifier(let text): text
        case .openFiles(let limit):
            "The process may have \(limit) open files; allow it at least \(OpenFileBudget.limitMin) "
                + "(ulimit -n, or LimitNOFILE= in a systemd unit)."
        }
    }
}
