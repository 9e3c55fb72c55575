/// A vendor, emulated: answers requests as the vendor does, and shows the incidents that result.
///
/// The sandbox hands it one request after the other and says what time it is; an emulator has no clock and no
/// transport. ``SandboxHistory``, ``SandboxJSON`` and ``SandboxResponse/json(_:_:headers:)`` help with what
/// most have in common. An adapter without an emulator works as well as one with it: only `sandbox` and
/// `demo` do without.
public protocol VendorEmulator: Sendable {
    /// The name of the adapter that talks to it; no other emulator of the sandbox has it.
    var vendor: SandboxVendor { get }
    /// The vendor's product, for people.
    var title: String { get }
    /// Values for the required settings of its adapter, by the settings' names; made up, as keys are here.
    ///
    /// The sandbox gives the adapter its address by ``adapterSettings(at:)``.
    var adapterSettings: [String: String] { get }
    /// The members of a JSON body whose text is a secret: wherever a body has one of these names, the
    /// sandbox's list of requests shows `••••`; none unless implemented.
    ///
    /// Header fields are not listed at all.
    var secretNames: [String] { get }
    /// Every incident, oldest first.
    var incidents: [SandboxIncident] { get }
    /// What was done with the last requests, oldest first; at most a thousand entries.
    var log: [SandboxLogEntry] { get }

    /// Whether requests to `path` are this vendor's; the path is as sent, not percent-decoded.
    ///
    /// Where two emulators take a path, the first in the sandbox's list gets its requests.
    func takes(path: String) -> Bool

    /// The settings with which its adapter reaches it, where the sandbox has the address `baseURL`, which has
    /// no path: ``adapterSettings`` and `baseURL` unless implemented.
    func adapterSettings(at baseURL: String) -> [String: String]

    /// Answers a request whose path it takes.
    ///
    /// - Parameters:
    ///   - request: The request; nothing in it was checked.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse

    /// Does what is due at `now`, in seconds since 1970-01-01T00:00:00Z; does nothing unless implemented.
    mutating func advance(to now: Double)

    /// The answer with which the vendor says that something is wrong with itself; without a body unless
    /// implemented.
    ///
    /// - Parameters:
    ///   - status: 400...599, as ordered for a test.
    ///   - headers: What the answer has in any case, such as `Retry-After`.
    func fault(status: Int, headers: [HeaderField]) -> SandboxResponse
}

extension VendorEmulator {
    /// The settings, and the address as `baseURL`.
    public func adapterSettings(at baseURL: String) -> [String: String] {
        adapterSettings.merging(["baseURL": baseURL]) { $1 }
    }

    /// None.
    public var secretNames: [String] { [] }

    /// Does nothing.
    public mutating func advance(to now: Double) {}

    /// An answer without a body.
    public func fault(status: Int, headers: [HeaderField]) -> SandboxResponse {
        SandboxResponse(status: status, headers: headers)
    }
}
