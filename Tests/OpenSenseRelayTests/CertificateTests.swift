internal import HTTPServer
internal import RelayCore
internal import Synchronization
internal import TLSForTests
internal import Testing

@testable internal import OpenSenseRelay

/// Files that change while a certificate is watched, and the time that passes.
private final class Desk: Sendable {
    private struct State {
        var files: [String: String] = [:]
        var looks = 0
        var milliseconds = 0
    }
    private let state = Mutex(State())
    let events = Mutex<[RelayEvent]>([])
    let taken = Mutex<Int>(0)
    /// The wall clock when the test begins, in seconds.
    let start: Int

    init(_ given: TestCertificate, start: Int = 1_800_000_000) {
        self.start = start
        put(given)
    }

    func put(_ given: TestCertificate) {
        state.withLock { $0.files = ["a.pem": given.certificate, "a.key": given.key] }
    }

    func remove(_ path: String) { state.withLock { $0.files[path] = nil } }

    func read(_ path: String) throws -> [UInt8] {
        guard let text = state.withLock({ $0.files[path] }) else { throw FileFault.missing }
        return Array(text.utf8)
    }

    /// Watches until `step` has been called `count` times, each before the files are read.
    func watch(_ count: Int, _ step: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let effects = Effects(
            wallTime: { WallTime(unixMilliseconds: self.start * 1_000 + self.now) },
            steadyTime: { SteadyTime(milliseconds: self.now) },
            sleep: { milliseconds in
                let look = self.state.withLock { state in
                    state.looks += 1
                    state.milliseconds += milliseconds
                    return state.looks
                }
                guard look <= count else { throw CancellationError() }
                step(look)
            }, random: { 0 })
        let identity = try TLSIdentity(TLSFiles(certificate: "a.pem", key: "a.key"), readFile: read)
        await CertificateWatch(
            identity, readFile: read, effects: effects,
            observe: { event in self.events.withLock { $0.append(event) } },
            use: { _ in self.taken.withLock { $0 += 1 } }
        ).run()
    }

    private var now: Int { state.withLock { $0.milliseconds } }
}

@Suite struct `A certificate that is watched` {
    @Test func `is left alone while its files stay as they are`() async throws {
        let desk = Desk(.first)
        try await desk.watch(100)
        #expect(desk.events.withLock { $0 } == [])
        #expect(desk.taken.withLock { $0 } == 0)
    }

    @Test func `is replaced once when its files change`() async throws {
        let desk = Desk(.first)
        try await desk.watch(5) { if $0 == 2 { desk.put(.second) } }
        #expect(desk.taken.withLock { $0 } == 1)
        guard case .certificateReplaced(let days) = desk.events.withLock({ $0 }).first else {
            Issue.record("no event")
            return
        }
        #expect(days > 30_000)
        #expect(desk.events.withLock { $0.count } == 1)
    }

    @Test func `stays while its new files cannot be used, which is said once`() async throws {
        let desk = Desk(.first)
        let halfway = TestCertificate(
            certificate: TestCertificate.second.certificate, key: TestCertificate.first.key)
        try await desk.watch(9) { look in
            if look == 2 { desk.put(halfway) }
            if look == 6 { desk.remove("a.key") }
            if look == 8 { desk.put(.second) }
        }
        let events = desk.events.withLock { $0 }
        #expect(
            events.map(\.code.rawValue) == [
                "certificate.unusable", "certificate.unusable", "certificate.replaced",
            ])
        #expect(
            events.first
                == .certificateUnusable(
                    reason: "a.key: The private key is not that of the first certificate."))
        #expect(desk.taken.withLock { $0 } == 1)
    }

    @Test func `may be written in two steps`() async throws {
        let desk = Desk(.first)
        try await desk.watch(4) { look in
            if look == 2 {
                desk.put(
                    TestCertificate(
                        certificate: TestCertificate.second.certificate, key: TestCertificate.first.key))
            }
            if look == 3 { desk.put(.second) }
        }
        #expect(desk.events.withLock { $0 }.map(\.code.rawValue) == ["certificate.replaced"])
    }

    @Test func `is said to end every day, and pages in the last ones`() async throws {
        // The first certificate ends on 2126-11-03, at 4,949,383,00x seconds.
        let end = try TLSIdentity(
            TLSFiles(certificate: "a.pem", key: "a.key"), readFile: Desk(.first).read
        ).context.certificateEndsAt
        let desk = Desk(.first, start: end - 4 * 86_400 - 100)
        try await desk.watch(6 * 8_640)
        let days = desk.events.withLock { $0 }.compactMap { event -> Int? in
            if case .certificateEnding("a.pem", let days) = event { days } else { nil }
        }
        #expect(days == [4, 3, 2, 1, 0, -1, -2])
        let pages = desk.events.withLock { $0 }.map { TroubleSign($0)?.trouble }
        #expect(pages.first == .some(nil))
        #expect(pages.dropFirst().allSatisfy { $0 == Trouble(.certificate) })
    }
}

@Suite struct `The front door's certificate` {
    private func read(
        _ given: TestCertificate, _ listen: String, option: String? = nil
    ) throws(ConfigurationFaults) -> Configuration {
        let text = """
            { listen: \(listen), store: "memory:", sources: [{ path: "/a", secrets: ["env:SECRET"] }],
              destinations: { d: { adapter: "test", key: "env:SECRET" } } }
            """
        var settings = try ConfigurationSettings(text: Array(text.utf8))
        if let option { settings.override("listen", with: option, from: "--listen") }
        let files = ["relay.pem": given.certificate, "relay.key": given.key]
        let environment = ConfigurationEnvironment(
            variables: ["SECRET": "a secret of the sender"], isRoot: true,
            readFile: { path in
                guard let text = files[path] else { throw FileFault.missing }
                return Array(text.utf8)
            })
        return try Configuration(
            ConfigurationDocument(settings, adapters: [`Configuration files`.type]), in: environment)
    }

    private static let both = #"{ address: ":0", tls: { certificate: "relay.pem", key: "relay.key" } }"#

    @Test func `is read with the configuration`() throws {
        let right = try read(.first, Self.both)
        #expect(right.tls?.files == TLSFiles(certificate: "relay.pem", key: "relay.key"))
        #expect(try read(.first, #"":0""#).tls == nil)
    }

    @Test func `stays when an option gives another address`() throws {
        let given = try read(.first, Self.both, option: "127.0.0.1:81")
        #expect(given.listen.description == "127.0.0.1:81")
        #expect(given.tls != nil)
    }

    @Test(arguments: [
        (TestCertificate.encrypted, both, "listen.tls.key", "passphrase"),
        (TestCertificate.weak, both, "listen.tls.certificate", "ee key too small"),
        (
            .first, #"{ tls: { certificate: "no.pem", key: "relay.key" } }"#, "listen.tls.certificate",
            "no.pem"
        ),
        (.first, #"{ tls: { certificate: "relay.pem" } }"#, "listen.tls", "key:"),
        (.first, #"{ tls: { cert: "relay.pem", key: "relay.key" } }"#, "listen.tls.cert", "certificate"),
        (.first, #"{ tls: "relay.pem" }"#, "listen.tls", "braces"),
    ])
    func `is a fault of its setting`(
        _ row: (given: TestCertificate, listen: String, path: String, words: String)
    ) throws {
        let faults = #expect(throws: ConfigurationFaults.self) { try read(row.given, row.listen) }
        #expect(
            faults?.faults.contains { $0.path == row.path && $0.message.contains(row.words) } == true,
            "\(faults?.faults ?? [])")
    }
}
