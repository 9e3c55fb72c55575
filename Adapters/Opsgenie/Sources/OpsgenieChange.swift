internal import AdapterKit

/// The requests after which an open alert shows what has changed, one after the other.
///
/// A create for an open alert changes nothing but its count, so message and priority are replaced, and a note
/// says what has changed. The first two may be sent twice without harm; the note is last, so that after a
/// crash it alone can be there twice.
enum OpsgenieChange: String, CaseIterable {
    case message
    case priority
    case note

    /// The first for a product, or the one that `progress` has kept.
    init(_ product: OpsgenieProduct, progress: String?) {
        self = progress.flatMap(OpsgenieChange.init) ?? (product.updatesAlerts ? .message : .note)
    }

    /// The one behind it; nil for the last.
    var next: OpsgenieChange? {
        switch self {
        case .message: .priority
        case .priority: .note
        case .note: nil
        }
    }
}
