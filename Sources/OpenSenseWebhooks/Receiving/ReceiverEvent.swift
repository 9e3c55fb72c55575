/// What a receiver did with a request, for logs and metrics.
///
/// Safe to log, but for the error of a handler, which is the service's own.
@nonexhaustive public enum ReceiverEvent: Sendable {
    /// The handler returned and the delivery is committed.
    ///
    /// A secret that no event has named for ``LedgerRetention/retryHorizonSeconds`` (27,335 s) since the
    /// sender's was changed can go; see <doc:RotateASecret>. The index counts from 0 in the order that the
    /// verifier was given.
    case handled(deliveryID: String?, secretIndex: Int, secretFingerprint: String)
    /// It had been handled before.
    case duplicate(deliveryID: String?)
    /// It was being handled at that moment.
    case inFlight(deliveryID: String?)
    /// Its signature or its age does not hold.
    case refused(VerificationError)
    /// An unsigned header says something else than what was signed.
    case headerDisagrees(name: String, deliveryID: String?)
    /// The signature holds but the body is no delivery that can be read.
    case unreadable(DeliveryError)
    /// The handler threw; the sender tries again.
    case handlerFailed(deliveryID: String?, any Error)
    /// The sender was answered before the handler was done; it goes on.
    case handlerSlow(deliveryID: String?)
    /// The sender was answered before the ledger had said whether the delivery was handled; its handler runs
    /// once the ledger has.
    case ledgerSlow(deliveryID: String?)
    /// The claim ran out while the handler was running, so another instance may handle the delivery too.
    case leaseLost(deliveryID: String?)
    /// The ledger failed.
    ///
    /// Before the handler ran the sender is asked to try again. After it the delivery counts as handled all
    /// the same, and the commit is tried again until it holds, which is reported as `handled`, or until the
    /// receiver stops, when this is reported once more.
    case ledgerFailed(deliveryID: String?, StoreError)
    /// Too many handlers are running, or too many deliveries wait for the ledger.
    case overloaded(deliveryID: String?)
    /// None of the secrets signed it, and it was kept in case the secret is wrong on this side.
    case quarantined
    /// None of the secrets signed it, and it was not kept, because too many came within a minute or are
    /// being kept; the sender is asked to try again.
    case quarantineFull
    /// None of the secrets signed it, and its time is outside the tolerance: it was not kept, as no secret
    /// could make it valid. The sender is asked to try again.
    case quarantineStale
    /// None of the secrets signed it, and the sender was answered before it was kept.
    case quarantineSlow
    /// None of the secrets signed it, and it could not be kept; the sender is asked to try again.
    case quarantineFailed(any Error)
    /// It came to a path of no receiver, and the one whose secret signed it takes it: correct the URL.
    ///
    /// A stranger cannot cause it; the path is the sender's, as the framework gave it.
    case pathMistyped(path: String)
    /// It came to a path of no receiver, and was answered 404, or 429 when it may be signed. The path is the
    /// peer's, as the framework gave it.
    case pathUnknown(path: String)
    /// The method is not POST.
    case notPost
    /// The receiver was stopped.
    case draining
    /// The body is longer than ``ResponsePolicy/bodyBytesMax``.
    case bodyTooLarge(bytes: Int)

    /// The stable name used in logs and metrics; added to, never renamed.
    public var code: String {
        switch self {
        case .handled: "handled"
        case .duplicate: "duplicate"
        case .inFlight: "in-flight"
        case .refused(let error): error.code
        case .headerDisagrees: "header-disagrees"
        case .unreadable(let error): error.code
        case .handlerFailed: "handler-failed"
        case .handlerSlow: "handler-slow"
        case .ledgerSlow: "ledger-slow"
        case .leaseLost: "lease-lost"
        case .ledgerFailed: "ledger-failed"
        case .overloaded: "overloaded"
        case .quarantined: "quarantined"
        case .quarantineFull: "quarantine-full"
        case .quarantineStale: "quarantine-stale"
        case .quarantineSlow: "quarantine-slow"
        case .quarantineFailed: "quarantine-failed"
        case .pathMistyped: "path-mistyped"
        case .pathUnknown: "path-unknown"
        case .notPost: "method-not-allowed"
        case .draining: "draining"
        case .bodyTooLarge: "body-too-large"
        }
    }
}
