internal import HTTPServer
internal import OpenSenseWebhooks
internal import RelayCore

/// Takes a certificate that was renewed, and says when one was not.
///
/// The files are read again and again: what renews a certificate writes them and need not know the relay.
struct CertificateWatch: Sendable {
    /// How often the files are read, in milliseconds.
    static let lookMilliseconds = 10_000
    /// How often an end that is near is said, in milliseconds.
    private static let remindMilliseconds = 86_400_000
    /// From when on an end is near, in days.
    static let endingDays = 14

    private var identity: TLSIdentity
    private let readFile: @Sendable (String) throws -> [UInt8]
    private let effects: Effects
    private let observe: @Sendable (RelayEvent) -> Void
    /// Has new connections encrypted.
    private let use: @Sendable (TLSContext) -> Void
    /// What was wrong when the files were read last, and whether that was said.
    private var fault: (error: TLSFilesError, isSaid: Bool)?
    private var remindsAt: SteadyTime?

    init(
        _ identity: TLSIdentity, readFile: @escaping @Sendable (String) throws -> [UInt8], effects: Effects,
        observe: @escaping @Sendable (RelayEvent) -> Void, use: @escaping @Sendable (TLSContext) -> Void
    ) {
        self.identity = identity
        self.readFile = readFile
        self.effects = effects
        self.observe = observe
        self.use = use
    }

    /// Watches until the task is cancelled.
    func run() async {
        var watch = self
        while true {
            watch.remind()
            do { try await effects.sleep(Self.lookMilliseconds) } catch { return }
            watch.look()
        }
    }

    private mutating func look() {
        do throws(TLSFilesError) {
            let content = try TLSIdentity.content(of: identity.files, readFile: readFile)
            guard content != identity.content else { return fault = nil }
            identity = try TLSIdentity(identity.files, content)
            (fault, remindsAt) = (nil, nil)
            use(identity.context)
            observe(.certificateReplaced(days: days))
        } catch {
            // One file may be new and the other about to be: it is said when it stays so.
            guard let known = fault, known.error == error else { return fault = (error, false) }
            guard !known.isSaid else { return }
            fault = (error, true)
            observe(.certificateUnusable(reason: error.message))
        }
    }

    private mutating func remind() {
        let now = effects.steadyTime()
        guard days <= Self.endingDays, remindsAt.map({ now >= $0 }) ?? true else { return }
        remindsAt = now.adding(milliseconds: Self.remindMilliseconds)
        observe(.certificateEnding(path: identity.files.certificate, days: days))
    }

    /// The days until the certificate ends; negative once it has.
    private var days: Int {
        let seconds = identity.context.certificateEndsAt - effects.wallTime().unixSeconds
        return Int((Double(seconds) / 86_400).rounded(.down))
    }
}
