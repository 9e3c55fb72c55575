internal import FoundationEssentials

/// The one decoder of the module: it has no state of its own, and making one costs more than using it.
enum JSON {
    static let decoder = JSONDecoder()
}
