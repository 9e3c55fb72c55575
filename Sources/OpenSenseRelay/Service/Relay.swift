package import OpenSenseWebhooks
internal import RelayCore
internal import RelayHTTP
internal import RelayStorage

/// A running relay: server, journal and deliveries, put together from a configuration.
package final class Relay: Sendable {
    /// How long what is running may take to finish once the relay is told to stop, in seconds.
    ///
    /// With the steps after it this stays below the 10 s that a supervisor usually waits.
    package static let stopGraceSeconds = 5
    /// How often old entries of the store are forgotten, in milliseconds.
    static let pruneMilliseconds = 60_000

    static let userAgent = "opensense-relay/\(Version.text)"

    private let listen: ListenAddress
    private let store: StoreLocation
    private let destinations: [String]
    private let server: HTTPServer
    private let admin: HTTPServer?
    private let journal: any OpenJournal
    private let client: HTTPClient
    private let service: DeliveryService
    private let secondReading: SecondReading?
    private let engine: DeliveryEngine
    private let effects: Effects
    private let log: Log

    /// Opens the store and starts to listen; deliveries to vendors begin with ``run(until:)``.
    ///
    /// - Throws: ``RelayStartError``.
    package init(_ configuration: Configuration, effects: Effects, log: Log) throws(RelayStartError) {
        let now = effects.steadyMilliseconds()
        (listen, store) = (configuration.listen, configuration.store)
        destinations = configuration.destinations.map(\.name)
        self.effects = effects
        self.log = log
        let generation: Generation
        do { generation = try Generation(configuration) } catch { throw .verifier(error.description) }
        do { client = try HTTPClient() } catch { throw .client(error.message) }
        do {
            let names = Set(configuration.destinations.map(\.name))
            journal = try configuration.store.open(destinations: names, effects: effects)
        } catch { throw .store(error) }
        service = DeliveryService(journal: journal, client: client, effects: effects, log: log)
        engine = DeliveryEngine(
            destinations: generation.destinations, policy: RetryPolicy(), seed: effects.random(), now: now,
            leaseMilliseconds: configuration.leaseSeconds * 1_000)
        let handler = IntakeHandler(
            sources: generation.sources, intake: generation.intake, journal: journal, effects: effects,
            log: log, onWork: service.workIsDue)
        do {
            // Where people ask for things to be tried again.
            let desk = try StoreDesk(at: configuration.store)
            secondReading =
                if let desk {
                    SecondReading(
                        desk, sources: generation.sources, intake: generation.intake, journal: journal,
                        effects: effects, log: log, onWork: service.workIsDue)
                } else { nil }
        } catch { throw .store(error) }
        server = try Self.listen(configuration.listen, handler)
        admin =
            if let address = configuration.admin { try Self.listen(address, AdminHandler(handler)) } else {
                nil
            }
    }

    /// The port it listens on, also when any free one was asked for.
    package var port: Int { server.port }

    /// Delivers until `stop` returns; then stops accepting, lets what is running finish, and closes the store.
    ///
    /// Call it once.
    package func run(until stop: @escaping @Sendable () async -> Void) async {
        log(
            .info, "relay.started",
            [
                "listen": listen.description, "port": "\(port)", "store": store.description,
                "destinations": destinations.joined(separator: ","), "version": Version.text,
            ])
        for name in journal.goneDestinations {
            log(.error, "destination.gone", ["destination": name, "reason": "its jobs are dead letters now"])
        }
        service.start()
        await serve(until: stop)
        client.close()
        journal.close()
        log(.info, "relay.stopped")
    }

    /// Siblings that end together: leaving the scope cancels what is not awaited and waits for it.
    private func serve(until stop: @Sendable () async -> Void) async {
        async let delivering: Void = service.run(engine)
        async let _: Void = prune()
        async let _: Void? = secondReading?.run()
        await stop()
        log(.info, "relay.stopping")
        server.stop(graceSeconds: Self.stopGraceSeconds / 2)
        admin?.stop(graceSeconds: 0)
        service.drain()
        async let _: Void = cutOff()
        await delivering
    }

    /// Ends the requests to vendors that take too long: they fail, and are written down to be tried again.
    private func cutOff() async {
        do { try await effects.sleep(Self.stopGraceSeconds * 1_000) } catch { return }
        client.close()
    }

    private func prune() async {
        while !Task.isCancelled {
            let looked = await withCheckedContinuation { continuation in
                journal.prune(Retention(), now: effects.steadyMilliseconds()) { result in
                    continuation.resume(returning: (try? result.get()) ?? 0)
                }
            }
            guard looked == 0 else { continue }
            do { try await effects.sleep(Self.pruneMilliseconds) } catch { return }
        }
    }

    private static func listen(
        _ address: ListenAddress, _ handler: any ServerHandler
    ) throws(RelayStartError) -> HTTPServer {
        do {
            return try HTTPServer.start(host: address.host, port: address.port, handler: handler)
        } catch { throw .listen(error.description) }
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

    package var description: String {
        switch self {
        case .store(let error): error.description
        case .listen(let text), .client(let text), .verifier(let text): text
        }
    }
}

/// The version of this software.
package enum Version {
    /// As in `opensense-relay --version`.
    package static let text = "0.1.0"
}
