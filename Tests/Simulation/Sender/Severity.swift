/// How bad the sender says that an alarm is.
enum Severity: String {
    case info, warning, alarm, critical
    /// A word that the relay does not know.
    case unheardOf = "catastrophic"

    /// Those that have a rank, the lowest first.
    static let ranked: [Severity] = [.info, .warning, .alarm, .critical]

    /// Its place in the order; nil for a word that has none.
    var rank: Int? { Self.ranked.firstIndex(of: self) }
}
